-- Speeding by zone and hour of Lima over the last seven days (data model 4.3).
-- hour_of_day is the stored hour in Lima; the data model's EXTRACT took the session's zone. Counted per
-- vehicle first, so that different vehicles are counted without a sort; read from an index alone.
WITH by_vehicle AS (
    SELECT
        z.name AS zone,
        i.hour_of_day AS hour,
        i.plate,
        COUNT(*) AS infractions,
        SUM(i.detected_speed) AS speed_sum,
        COUNT(i.detected_speed) AS speeds,
        MAX(i.detected_speed) AS max_speed,
        SUM(i.confidence_score) AS confidence_sum
    FROM infractions AS i
    JOIN zones AS z ON i.zone_id = z.id
    WHERE i.detected_at >= ((CURRENT_TIMESTAMP AT TIME ZONE 'America/Lima')::DATE - 7)::TIMESTAMP
                           AT TIME ZONE 'America/Lima'
        AND i.type = 'SPEED_VIOLATION'
        AND i.status = 'validated'
        AND i.deleted_at IS NULL
    GROUP BY z.name, i.hour_of_day, i.plate
)
SELECT
    zone,
    hour,
    SUM(infractions)::BIGINT AS total_infractions,
    COUNT(plate) AS unique_vehicles,
    SUM(speed_sum) / NULLIF(SUM(speeds), 0)::FLOAT AS avg_speed,
    MAX(max_speed) AS max_speed,
    SUM(confidence_sum) / SUM(infractions)::FLOAT AS avg_confidence
FROM by_vehicle
GROUP BY zone, hour
ORDER BY zone, hour
