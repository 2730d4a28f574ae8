-- Functions that tables, triggers and views below lean on.

CREATE OR REPLACE FUNCTION update_updated_at_column()
RETURNS TRIGGER AS $$
BEGIN
    NEW.updated_at = CURRENT_TIMESTAMP;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

-- Mean confidence of one event: its own `confidence`, else that of its nested detections.
-- The data model's example nests it in data.detections[], where its own view could not see it.
CREATE OR REPLACE FUNCTION event_confidence(data JSONB)
RETURNS FLOAT AS $$
    SELECT CASE
        WHEN jsonb_typeof(data->'confidence') = 'number' THEN (data->>'confidence')::FLOAT
        WHEN jsonb_typeof(data->'detections') = 'array' THEN (
            SELECT AVG((detection->>'confidence')::FLOAT)
            FROM jsonb_array_elements(data->'detections') AS detection
            WHERE jsonb_typeof(detection->'confidence') = 'number')
    END
$$ LANGUAGE sql IMMUTABLE PARALLEL SAFE;

-- An infraction counts against a vehicle or driver while it stands: validated, under appeal, or paid.
CREATE OR REPLACE FUNCTION infraction_counts(status TEXT, deleted_at TIMESTAMPTZ)
RETURNS BOOLEAN AS $$
    SELECT deleted_at IS NULL AND status IN ('validated', 'appealed', 'paid')
$$ LANGUAGE sql IMMUTABLE PARALLEL SAFE;
