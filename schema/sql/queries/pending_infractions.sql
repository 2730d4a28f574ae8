-- Infractions waiting for a verdict (data model 4.1): the surest first seen, newest first.
-- Served by idx_infractions_pending_sure: fifty index entries are read, then joined.
SELECT
    i.infraction_code,
    i.type,
    i.detected_at,
    i.plate,
    v.brand,
    v.model,
    i.detected_speed,
    i.speed_limit,
    i.confidence_score,
    i.snapshot_url,
    d.name AS camera_name,
    z.name AS zone_name
FROM infractions AS i
LEFT JOIN vehicles AS v ON i.plate = v.plate
LEFT JOIN devices AS d ON i.device_id = d.id
LEFT JOIN zones AS z ON i.zone_id = z.id
WHERE i.status = 'pending'
    AND i.confidence_score >= 0.8
    AND i.deleted_at IS NULL
ORDER BY i.detected_at DESC
LIMIT 50
