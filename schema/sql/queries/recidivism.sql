-- Drivers with three or more validated infractions, and how often (data model 4.5).
-- Counted for all from an index alone; the rest is computed for the fifty that are shown.
-- days_span counts whole days, so infractions_per_day is NULL within one day, as in the data model.
WITH counted AS (
    SELECT driver_dni, COUNT(*) AS total_infractions
    FROM infractions
    WHERE driver_dni IS NOT NULL
        AND status = 'validated'
        AND deleted_at IS NULL
    GROUP BY driver_dni
    HAVING COUNT(*) >= 3
    ORDER BY total_infractions DESC
    FETCH FIRST 50 ROWS WITH TIES
),
leading_drivers AS (
    SELECT dr.dni, dr.full_name, dr.license_number, dr.risk_score, c.total_infractions
    FROM counted AS c
    JOIN drivers AS dr ON c.driver_dni = dr.dni
    ORDER BY c.total_infractions DESC, dr.risk_score DESC, dr.dni
    LIMIT 50
)
SELECT
    dr.full_name,
    dr.license_number,
    dr.risk_score,
    dr.total_infractions,
    di.days_with_infractions,
    di.first_infraction,
    di.last_infraction,
    EXTRACT(DAY FROM di.last_infraction - di.first_infraction) AS days_span,
    ROUND(dr.total_infractions::NUMERIC
          / NULLIF(EXTRACT(DAY FROM di.last_infraction - di.first_infraction), 0), 2) AS infractions_per_day,
    di.avg_predicted_risk
FROM leading_drivers AS dr
CROSS JOIN LATERAL (
    SELECT
        COUNT(DISTINCT (i.detected_at AT TIME ZONE 'America/Lima')::DATE) AS days_with_infractions,
        MIN(i.detected_at) AS first_infraction,
        MAX(i.detected_at) AS last_infraction,
        AVG(i.recidivism_risk) AS avg_predicted_risk
    FROM infractions AS i
    WHERE i.driver_dni = dr.dni
        AND i.driver_dni IS NOT NULL
        AND i.status = 'validated'
        AND i.deleted_at IS NULL
) AS di
ORDER BY dr.total_infractions DESC, dr.risk_score DESC, dr.dni
