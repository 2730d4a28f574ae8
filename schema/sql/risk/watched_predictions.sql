-- Predictions of a model at infractions since an instant: what was said, what came (NULL while unknown), the inputs.
SELECT p.prediction_value, p.actual_value, p.features::TEXT
FROM ml_predictions AS p
WHERE p.infraction_id IS NOT NULL
    AND p.model_id = {model_id}::UUID
    AND p.predicted_at >= to_timestamp({since_s}::FLOAT)
ORDER BY p.predicted_at DESC, p.id DESC
LIMIT {most}
