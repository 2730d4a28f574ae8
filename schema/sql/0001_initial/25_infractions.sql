-- The row everything else consumes.

CREATE TABLE infractions (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    infraction_code VARCHAR(50) UNIQUE NOT NULL,
    type VARCHAR(50) NOT NULL
        CHECK (type IN ('SPEED_VIOLATION', 'LANE_INVASION', 'RED_LIGHT', 'NO_SEATBELT',
                        'PHONE_USAGE', 'OTHER')),
    device_id VARCHAR(50) REFERENCES devices(id) ON DELETE SET NULL,
    zone_id VARCHAR(50) REFERENCES zones(id) ON DELETE SET NULL,
    plate VARCHAR(20) REFERENCES vehicles(plate) ON DELETE SET NULL,
    driver_dni VARCHAR(20) REFERENCES drivers(dni) ON DELETE SET NULL,
    detected_speed FLOAT,
    speed_limit FLOAT,
    speed_excess FLOAT GENERATED ALWAYS AS (detected_speed - speed_limit) STORED,
    violation_details JSONB,
    video_url TEXT NOT NULL,
    video_duration_seconds INTEGER NOT NULL DEFAULT 15,
    snapshot_url TEXT NOT NULL,
    plate_crop_url TEXT,
    additional_images TEXT[],
    confidence_score FLOAT NOT NULL CHECK (confidence_score >= 0 AND confidence_score <= 1),
    ocr_confidence FLOAT CHECK (ocr_confidence >= 0 AND ocr_confidence <= 1),
    track_id INTEGER,
    detected_at TIMESTAMPTZ NOT NULL,
    hour_of_day INTEGER
        GENERATED ALWAYS AS (EXTRACT(HOUR FROM detected_at AT TIME ZONE 'America/Lima')) STORED,
    day_of_week INTEGER
        GENERATED ALWAYS AS (EXTRACT(DOW FROM detected_at AT TIME ZONE 'America/Lima')) STORED,
    is_weekend BOOLEAN
        GENERATED ALWAYS AS (EXTRACT(DOW FROM detected_at AT TIME ZONE 'America/Lima') IN (0, 6)) STORED,
    weather_conditions VARCHAR(50),
    visibility VARCHAR(50),
    lighting_conditions VARCHAR(50),
    status VARCHAR(50) NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'validated', 'rejected', 'appealed', 'paid', 'cancelled')),
    validated_by UUID REFERENCES users(id) ON DELETE SET NULL,
    validated_at TIMESTAMPTZ,
    rejection_reason TEXT,
    fine_amount DECIMAL(10, 2),
    fine_code VARCHAR(50),
    fine_issued BOOLEAN NOT NULL DEFAULT FALSE,
    fine_paid BOOLEAN NOT NULL DEFAULT FALSE,
    fine_paid_at TIMESTAMPTZ,
    recidivism_risk FLOAT CHECK (recidivism_risk >= 0 AND recidivism_risk <= 1),
    accident_risk FLOAT CHECK (accident_risk >= 0 AND accident_risk <= 1),
    risk_factors JSONB,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- Ours, beyond the data model.
    idempotency_key VARCHAR(255) UNIQUE,
    severity VARCHAR(20) CHECK (severity IN ('leve', 'grave', 'muy_grave')),
    deleted_at TIMESTAMPTZ,
    metadata JSONB
);

CREATE INDEX idx_infractions_type ON infractions(type);
CREATE INDEX idx_infractions_status ON infractions(status);
CREATE INDEX idx_infractions_device ON infractions(device_id, detected_at DESC);
CREATE INDEX idx_infractions_zone ON infractions(zone_id, detected_at DESC);
CREATE INDEX idx_infractions_plate ON infractions(plate);
CREATE INDEX idx_infractions_driver ON infractions(driver_dni);
CREATE INDEX idx_infractions_detected_at ON infractions(detected_at DESC);

CREATE INDEX idx_infractions_pending ON infractions(status, detected_at DESC)
    WHERE status = 'pending';
CREATE INDEX idx_infractions_zone_date ON infractions(zone_id, detected_at)
    WHERE status != 'cancelled';
CREATE INDEX idx_infractions_type_date ON infractions(type, detected_at DESC);

CREATE INDEX idx_infractions_code ON infractions(infraction_code);

CREATE INDEX idx_infractions_details ON infractions USING GIN(violation_details);
CREATE INDEX idx_infractions_risk_factors ON infractions USING GIN(risk_factors);
