-- Versions of models, newest first.
SELECT
    id, model_name, version, model_type, framework, framework_version, metrics, hyperparameters,
    feature_names, feature_importance, is_active, deployed_at, prediction_count, avg_prediction_time_ms,
    last_prediction_at, data_drift_detected, concept_drift_detected, drift_check_at, description,
    metadata->'gate'->>'reason' AS gate_reason, (metadata->'gate'->>'promote')::BOOLEAN AS gate_promotes,
    COALESCE((metadata->>'simulated')::BOOLEAN, FALSE) AS simulated, created_at
FROM ml_models
WHERE deleted_at IS NULL
ORDER BY model_name, created_at DESC
LIMIT 500
