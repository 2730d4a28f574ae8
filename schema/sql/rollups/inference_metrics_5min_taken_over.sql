-- Buckets kept on plain PostgreSQL whose raw rows have gone, into the table in which TimescaleDB keeps its own.
DO $taken_over$
DECLARE
    kept TEXT := (
        SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
        FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = current_schema() AND view_name = 'inference_metrics_5min');
BEGIN
    EXECUTE format(
        'INSERT INTO %s (bucket, device_id, avg_fps, p95_latency, avg_gpu_util, total_detections, total_infractions)
         SELECT bucket, device_id, avg_fps, p95_latency, avg_gpu_util, total_detections, total_infractions FROM inference_metrics_5min_rollup AS old
         WHERE NOT EXISTS (
             SELECT 1 FROM inference_metrics_5min AS new
             WHERE new.bucket = old.bucket AND new.device_id IS NOT DISTINCT FROM old.device_id)', kept);
END
$taken_over$
