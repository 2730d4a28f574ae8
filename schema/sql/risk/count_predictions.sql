-- So many predictions more on the model's row, and the running mean of their time.
UPDATE ml_models
SET prediction_count = prediction_count + {count},
    avg_prediction_time_ms = (COALESCE(avg_prediction_time_ms, {mean_ms}) * prediction_count + {mean_ms} * {count})
        / (prediction_count + {count}),
    last_prediction_at = clock_timestamp()
WHERE id = {model_id}
