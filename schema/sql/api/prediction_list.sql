-- What models said, newest first.
SELECT
    p.id, p.model_id, m.model_name, m.version AS model_version, p.infraction_id, p.prediction_type,
    p.prediction_value, p.prediction_class, p.prediction_confidence, p.actual_value, p.actual_class,
    p.prediction_time_ms, p.predicted_at
FROM ml_predictions AS p
JOIN ml_models AS m ON m.id = p.model_id
WHERE TRUE /*where*/
ORDER BY p.predicted_at DESC, p.id DESC
LIMIT /*limit*/
