-- The data model's own statement (4.5), word for word.
WITH driver_infractions AS (
    SELECT
        driver_dni,
        COUNT(*) as total_infractions,
        COUNT(DISTINCT DATE(detected_at)) as days_with_infractions,
        MIN(detected_at) as first_infraction,
        MAX(detected_at) as last_infraction,
        AVG(recidivism_risk) as avg_predicted_risk
    FROM infractions
    WHERE driver_dni IS NOT NULL
        AND status = 'validated'
    GROUP BY driver_dni
)
SELECT
    dr.full_name,
    dr.license_number,
    dr.risk_score,
    di.total_infractions,
    di.days_with_infractions,
    di.first_infraction,
    di.last_infraction,
    EXTRACT(DAY FROM di.last_infraction - di.first_infraction) as days_span,
    ROUND(di.total_infractions::NUMERIC / NULLIF(EXTRACT(DAY FROM di.last_infraction - di.first_infraction), 0), 2) as infractions_per_day,
    di.avg_predicted_risk
FROM driver_infractions di
JOIN drivers dr ON di.driver_dni = dr.dni
WHERE di.total_infractions >= 3
ORDER BY di.total_infractions DESC, dr.risk_score DESC
LIMIT 50
