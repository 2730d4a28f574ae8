-- Staged accidents into the table; one that is there already stays as it is. Returns how many are new.
WITH added AS (
    INSERT INTO accidents (source, external_id, occurred_at, driver_dni, plate, zone_id, severity)
    SELECT :source, s.external_id, s.occurred_at, s.driver_dni, s.plate, s.zone_id, s.severity
    FROM accidents_staged AS s
    ON CONFLICT (source, external_id) DO NOTHING
    RETURNING id)
SELECT COUNT(*) FROM added
