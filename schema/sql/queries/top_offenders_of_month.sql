-- Vehicles with most validated infractions of this month in Lima (data model 4.2).
-- Counted per vehicle and driver from an index alone, then names are looked up for twenty rows only.
WITH counted AS (
    SELECT
        i.plate,
        i.driver_dni,
        COUNT(*) AS infraction_count,
        COUNT(*) FILTER (WHERE i.type = 'SPEED_VIOLATION') AS speed_violations,
        COUNT(*) FILTER (WHERE i.type = 'RED_LIGHT') AS red_light_violations,
        MAX(i.detected_speed - i.speed_limit) AS max_speed_excess
    FROM infractions AS i
    WHERE i.detected_at >= DATE_TRUNC('month', CURRENT_TIMESTAMP AT TIME ZONE 'America/Lima')
                           AT TIME ZONE 'America/Lima'
        AND i.status = 'validated'
        AND i.plate IS NOT NULL
        AND i.deleted_at IS NULL
    GROUP BY i.plate, i.driver_dni
    ORDER BY infraction_count DESC, i.plate, i.driver_dni
    LIMIT 20
)
SELECT
    v.plate,
    v.brand,
    v.model,
    v.owner_name,
    dr.full_name AS driver_name,
    dr.risk_score,
    c.infraction_count,
    c.speed_violations,
    c.red_light_violations,
    c.max_speed_excess
FROM counted AS c
JOIN vehicles AS v ON c.plate = v.plate
LEFT JOIN drivers AS dr ON c.driver_dni = dr.dni
ORDER BY c.infraction_count DESC, c.plate, c.driver_dni
