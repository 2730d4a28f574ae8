-- Accidents, as registers report them: what the accident model learns from. Nothing here decides anything.

CREATE TABLE accidents (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    source VARCHAR(100) NOT NULL,       -- which register; 'simulated' for generated ones
    external_id VARCHAR(100) NOT NULL,  -- its number there
    occurred_at TIMESTAMPTZ NOT NULL,
    driver_dni VARCHAR(20) REFERENCES drivers(dni) ON DELETE SET NULL,
    plate VARCHAR(20) REFERENCES vehicles(plate) ON DELETE SET NULL,
    zone_id VARCHAR(50) REFERENCES zones(id) ON DELETE SET NULL,
    severity VARCHAR(20) CHECK (severity IN ('damage', 'injury', 'fatal')),
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    UNIQUE (source, external_id),
    CHECK (driver_dni IS NOT NULL OR plate IS NOT NULL)
);

CREATE INDEX idx_accidents_driver ON accidents(driver_dni, occurred_at);
CREATE INDEX idx_accidents_plate ON accidents(plate, occurred_at);
CREATE INDEX idx_accidents_occurred ON accidents(occurred_at DESC);

CREATE TRIGGER update_accidents_updated_at
    BEFORE UPDATE ON accidents
    FOR EACH ROW
    EXECUTE FUNCTION update_updated_at_column();

-- A risk is no part of what a person decides on: writing one must not make their verdict stale. Generated
-- columns are still empty before the update; they follow from others.
DROP TRIGGER bump_infractions_version ON infractions;
CREATE TRIGGER bump_infractions_version
    BEFORE UPDATE ON infractions
    FOR EACH ROW
    EXECUTE FUNCTION bump_version('updated_at', 'recidivism_risk', 'accident_risk', 'risk_factors',
        'speed_excess', 'hour_of_day', 'day_of_week', 'is_weekend');

-- Predictions whose twelve months may be over: only what has no outcome yet is ever searched.
CREATE INDEX idx_ml_predictions_unlabelled ON ml_predictions(prediction_type, predicted_at)
    WHERE actual_value IS NULL;

DO $api_role$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vigia_api') THEN
        GRANT SELECT ON accidents TO vigia_api;
    END IF;
END
$api_role$;
