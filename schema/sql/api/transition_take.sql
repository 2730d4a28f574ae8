-- The infraction, locked until the transition is committed: a second reviewer waits, then sees the first's.
SELECT
    id, infraction_code, type, status, version, detected_at, speed_excess, device_id, fine_issued, fine_details
FROM infractions
WHERE id = $1 AND deleted_at IS NULL
FOR UPDATE
