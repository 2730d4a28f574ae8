-- Speeding by zone and hour of Lima over the last seven days (data model 4.3).
-- From zone_hours, kept as infractions change. Different vehicles are a sum over days (see there), unless
-- zones share a name, as the data model lets them: then they are counted from the rows.
SELECT
    z.name AS zone,
    k.hour,
    SUM(k.infractions)::BIGINT AS total_infractions,
    CASE
        WHEN MIN(z.id) = MAX(z.id) THEN SUM(k.last_vehicles)::BIGINT
        ELSE speeding_vehicles(
            z.name, k.hour,
            ((CURRENT_TIMESTAMP AT TIME ZONE 'America/Lima')::DATE - 7)::TIMESTAMP AT TIME ZONE 'America/Lima')
    END AS unique_vehicles,
    SUM(k.speed_sum) / NULLIF(SUM(k.speeds), 0)::FLOAT AS avg_speed,
    MAX(k.max_speed) AS max_speed,
    SUM(k.confidence_sum) / SUM(k.infractions)::FLOAT AS avg_confidence
FROM zone_hours AS k
JOIN zones AS z ON k.zone_id = z.id
WHERE k.day >= (CURRENT_TIMESTAMP AT TIME ZONE 'America/Lima')::DATE - 7
GROUP BY z.name, k.hour
ORDER BY zone, hour
