-- The data model's own statement (4.2), word for word.
SELECT
    v.plate,
    v.brand,
    v.model,
    v.owner_name,
    dr.full_name as driver_name,
    dr.risk_score,
    COUNT(*) as infraction_count,
    SUM(CASE WHEN i.type = 'SPEED_VIOLATION' THEN 1 ELSE 0 END) as speed_violations,
    SUM(CASE WHEN i.type = 'RED_LIGHT' THEN 1 ELSE 0 END) as red_light_violations,
    MAX(i.detected_speed - i.speed_limit) as max_speed_excess
FROM infractions i
JOIN vehicles v ON i.plate = v.plate
LEFT JOIN drivers dr ON i.driver_dni = dr.dni
WHERE i.detected_at >= DATE_TRUNC('month', CURRENT_DATE)
    AND i.status = 'validated'
GROUP BY v.plate, v.brand, v.model, v.owner_name, dr.full_name, dr.risk_score
ORDER BY infraction_count DESC
LIMIT 20
