-- Speeding by zone and hour of Lima over the last seven days (data model 4.3).
-- hour_of_day is the stored hour in Lima; the data model's EXTRACT took the session's zone.
SELECT
    z.name AS zone,
    i.hour_of_day AS hour,
    COUNT(*) AS total_infractions,
    COUNT(DISTINCT i.plate) AS unique_vehicles,
    AVG(i.detected_speed) AS avg_speed,
    MAX(i.detected_speed) AS max_speed,
    AVG(i.confidence_score) AS avg_confidence
FROM infractions AS i
JOIN zones AS z ON i.zone_id = z.id
WHERE i.detected_at >= ((CURRENT_TIMESTAMP AT TIME ZONE 'America/Lima')::DATE - 7)::TIMESTAMP
                       AT TIME ZONE 'America/Lima'
    AND i.type = 'SPEED_VIOLATION'
    AND i.status = 'validated'
    AND i.deleted_at IS NULL
GROUP BY z.name, i.hour_of_day
ORDER BY zone, hour
