-- Drivers with three or more validated infractions, and how often (data model 4.5).
-- days_span counts whole days, so infractions_per_day is NULL within one day, as in the data model.
WITH driver_infractions AS (
    SELECT
        driver_dni,
        COUNT(*) AS total_infractions,
        COUNT(DISTINCT (detected_at AT TIME ZONE 'America/Lima')::DATE) AS days_with_infractions,
        MIN(detected_at) AS first_infraction,
        MAX(detected_at) AS last_infraction,
        AVG(recidivism_risk) AS avg_predicted_risk
    FROM infractions
    WHERE driver_dni IS NOT NULL
        AND status = 'validated'
        AND deleted_at IS NULL
    GROUP BY driver_dni
    HAVING COUNT(*) >= 3
)
SELECT
    dr.full_name,
    dr.license_number,
    dr.risk_score,
    di.total_infractions,
    di.days_with_infractions,
    di.first_infraction,
    di.last_infraction,
    EXTRACT(DAY FROM di.last_infraction - di.first_infraction) AS days_span,
    ROUND(di.total_infractions::NUMERIC
          / NULLIF(EXTRACT(DAY FROM di.last_infraction - di.first_infraction), 0), 2) AS infractions_per_day,
    di.avg_predicted_risk
FROM driver_infractions AS di
JOIN drivers AS dr ON di.driver_dni = dr.dni
ORDER BY di.total_infractions DESC, dr.risk_score DESC, dr.dni
LIMIT 50
