-- What measures: cameras, the history of their calibration, their credentials kept apart.

CREATE TABLE devices (
    id VARCHAR(50) PRIMARY KEY,
    zone_id VARCHAR(50) REFERENCES zones(id) ON DELETE SET NULL,
    name VARCHAR(255) NOT NULL,
    model VARCHAR(100) DEFAULT 'EZVIZ H6C Pro 2K',
    serial_number VARCHAR(100) UNIQUE,
    firmware_version VARCHAR(50),
    rtsp_url TEXT NOT NULL,
    rtsp_substream_url TEXT,
    onvif_url TEXT,
    ip_address INET,
    mac_address MACADDR,
    location GEOGRAPHY(POINT, 4326),
    altitude FLOAT,
    orientation FLOAT,
    tilt FLOAT,
    field_of_view FLOAT,
    calibration_matrix JSONB,
    detection_config JSONB NOT NULL DEFAULT '{}',
    certificate_number VARCHAR(100),
    status VARCHAR(50) NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'inactive', 'maintenance', 'error', 'offline')),
    last_heartbeat TIMESTAMPTZ,
    uptime_seconds INTEGER NOT NULL DEFAULT 0,
    current_fps FLOAT,
    avg_latency_ms FLOAT,
    total_detections BIGINT NOT NULL DEFAULT 0,
    total_infractions BIGINT NOT NULL DEFAULT 0,
    last_maintenance DATE,
    next_maintenance DATE,
    maintenance_notes TEXT,
    installed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by UUID REFERENCES users(id) ON DELETE SET NULL,
    deleted_at TIMESTAMPTZ,
    metadata JSONB
);

CREATE INDEX idx_devices_zone ON devices(zone_id);
CREATE INDEX idx_devices_status ON devices(status);
CREATE INDEX idx_devices_location ON devices USING GIST(location);
CREATE INDEX idx_devices_last_heartbeat ON devices(last_heartbeat DESC);
CREATE INDEX idx_devices_ip ON devices(ip_address);

ALTER TABLE devices ADD CONSTRAINT devices_rtsp_url_format
    CHECK (rtsp_url LIKE 'rtsp://%');

-- A URL that carries user:password would leak it into every query, log and backup.
ALTER TABLE devices ADD CONSTRAINT devices_urls_without_credentials
    CHECK (rtsp_url !~ '^[a-z]+://[^/]*@'
           AND rtsp_substream_url !~ '^[a-z]+://[^/]*@'
           AND onvif_url !~ '^[a-z]+://[^/]*@');

CREATE TABLE camera_credentials (
    device_id VARCHAR(50) PRIMARY KEY REFERENCES devices(id) ON DELETE RESTRICT,
    username VARCHAR(150) NOT NULL,
    password_encrypted BYTEA NOT NULL,  -- Fernet token; the key never enters the database
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Every calibration a camera ever measured with: evidence points here, so rows never change.
CREATE TABLE calibrations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    device_id VARCHAR(50) NOT NULL REFERENCES devices(id) ON DELETE RESTRICT,
    digest CHAR(64) NOT NULL,  -- SHA-256 of the canonical JSON of `calibration`
    calibration JSONB NOT NULL,
    error_meters FLOAT,
    valid_from TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by UUID REFERENCES users(id) ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (device_id, digest)
);

CREATE INDEX idx_calibrations_device_time ON calibrations(device_id, valid_from DESC);
