-- What came of recidivism predictions: 1 as soon as another infraction stands within twelve months after the
-- instant they were of, 0 once the twelve months and the verdicts' time are over. The instant is the
-- infraction's own, or when it was said.
WITH due AS (
    SELECT p.id, p.predicted_at, COALESCE(i.detected_at, p.predicted_at) AS at,
        p.driver_dni, CASE WHEN p.driver_dni IS NULL THEN i.plate END AS plate, p.infraction_id
    FROM ml_predictions AS p
    LEFT JOIN infractions AS i ON i.id = p.infraction_id
    WHERE p.prediction_type = 'recidivism' AND p.actual_value IS NULL
),
known AS (
    SELECT d.id, d.predicted_at, d.at, EXISTS (
        SELECT 1 FROM infractions AS n
        WHERE (n.driver_dni = d.driver_dni OR (d.driver_dni IS NULL AND n.plate = d.plate))
            AND n.id IS DISTINCT FROM d.infraction_id
            AND n.detected_at > d.at AND n.detected_at <= d.at + INTERVAL '365 days'
            AND infraction_counts(n.status, n.deleted_at)) AS came
    FROM due AS d
)
UPDATE ml_predictions AS p
SET actual_value = k.came::INTEGER, actual_class = CASE WHEN k.came THEN 'yes' ELSE 'no' END,
    updated_at = CURRENT_TIMESTAMP
FROM known AS k
WHERE p.id = k.id AND p.predicted_at = k.predicted_at
    AND (k.came OR k.at + INTERVAL '365 days' + make_interval(days => :verdict_days) < CURRENT_TIMESTAMP)
