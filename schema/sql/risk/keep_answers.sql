-- A row for each answer of a JSON array, and their count on the model's row, in one statement: all or none.
WITH counted AS ({counted})
INSERT INTO ml_predictions (
    model_id, infraction_id, driver_dni, prediction_type, prediction_value, prediction_class, features,
    prediction_time_ms, predicted_at, metadata)
SELECT {model_id}, a.infraction_id, a.driver_dni, {prediction_type}, a.probability, a.category, a.features,
    {mean_ms}, {at}, jsonb_build_object('risk_factors', a.risk_factors)
FROM json_to_recordset({answers}) AS a (
    infraction_id UUID, driver_dni TEXT, probability FLOAT, category TEXT, features JSONB, risk_factors JSONB)
