-- The data model's own statement (4.3), word for word.
SELECT
    z.name as zone,
    EXTRACT(HOUR FROM i.detected_at) as hour,
    COUNT(*) as total_infractions,
    COUNT(DISTINCT i.plate) as unique_vehicles,
    AVG(i.detected_speed) as avg_speed,
    MAX(i.detected_speed) as max_speed,
    AVG(i.confidence_score) as avg_confidence
FROM infractions i
JOIN zones z ON i.zone_id = z.id
WHERE i.detected_at >= CURRENT_DATE - INTERVAL '7 days'
    AND i.type = 'SPEED_VIOLATION'
    AND i.status = 'validated'
GROUP BY z.name, EXTRACT(HOUR FROM i.detected_at)
ORDER BY zone, hour
