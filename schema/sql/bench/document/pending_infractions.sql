-- The data model's own statement (4.1), word for word.
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
    d.name as camera_name,
    z.name as zone_name
FROM infractions i
LEFT JOIN vehicles v ON i.plate = v.plate
LEFT JOIN devices d ON i.device_id = d.id
LEFT JOIN zones z ON i.zone_id = z.id
WHERE i.status = 'pending'
    AND i.confidence_score >= 0.8
ORDER BY i.detected_at DESC
LIMIT 50
