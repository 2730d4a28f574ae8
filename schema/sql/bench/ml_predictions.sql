-- Predictions numbered from %(first)s to %(last)s, one every %(step)s from %(since)s on, of one model.
INSERT INTO ml_predictions
    (model_id, driver_dni, prediction_type, prediction_value, prediction_class, prediction_confidence, features,
     prediction_time_ms, predicted_at, updated_at)
SELECT
    model.id, LPAD((a %% %(people)s::INT)::TEXT, 8, '0'), 'recidivism', (a %% 10000) / 10000.0, 'low', 0.8,
    jsonb_build_object('infraction_count', a %% 9, 'recency', a %% 365, 'severity', 'grave'), 1.25, at, at
FROM (
    SELECT n, hashint8(n)::BIGINT + 2147483648 AS a, %(since)s::TIMESTAMPTZ + n * %(step)s::INTERVAL AS at
    FROM generate_series(%(first)s::BIGINT, %(last)s::BIGINT) AS n
) AS drawn, (SELECT id FROM ml_models WHERE model_name = 'bench' LIMIT 1) AS model
