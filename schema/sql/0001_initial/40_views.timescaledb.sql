-- The same roll-ups as continuous aggregates, kept fresh by TimescaleDB.
-- Refreshing reaches back almost as far as raw rows are kept: what arrives late is still counted (only
-- what changed is computed again), and a bucket whose raw rows were dropped is never emptied. Two hours,
-- as the data model has it, are refused, because a window must cover two whole buckets, and would leave
-- rows that arrive later out for good.

SELECT create_hypertable('events', 'timestamp',
    chunk_time_interval => INTERVAL '1 month', migrate_data => TRUE);
SELECT create_hypertable('inference_metrics', 'timestamp',
    chunk_time_interval => INTERVAL '1 month', migrate_data => TRUE);
SELECT create_hypertable('device_health_logs', 'timestamp',
    chunk_time_interval => INTERVAL '1 month', migrate_data => TRUE);
SELECT create_hypertable('ml_predictions', 'predicted_at',
    chunk_time_interval => INTERVAL '1 month', migrate_data => TRUE);
SELECT create_hypertable('audit_logs', 'timestamp',
    chunk_time_interval => INTERVAL '1 month', migrate_data => TRUE);

CREATE MATERIALIZED VIEW events_hourly
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('1 hour', timestamp) AS hour,
    device_id,
    event_type,
    COUNT(*) AS event_count,
    AVG(event_confidence(data)) AS avg_confidence
FROM events
WHERE event_type = 'detection'
GROUP BY hour, device_id, event_type
WITH NO DATA;

SELECT add_continuous_aggregate_policy('events_hourly',
    start_offset => INTERVAL '89 days',
    end_offset => INTERVAL '10 minutes',
    schedule_interval => INTERVAL '10 minutes');

CREATE MATERIALIZED VIEW inference_metrics_5min
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('5 minutes', timestamp) AS bucket,
    device_id,
    AVG(fps) AS avg_fps,
    PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95_latency,
    AVG(gpu_utilization) AS avg_gpu_util,
    SUM(detections_count) AS total_detections,
    SUM(infractions_count) AS total_infractions
FROM inference_metrics
GROUP BY bucket, device_id
WITH NO DATA;

SELECT add_continuous_aggregate_policy('inference_metrics_5min',
    start_offset => INTERVAL '29 days',
    end_offset => INTERVAL '5 minutes',
    schedule_interval => INTERVAL '5 minutes');

-- Only what need not be archived first; audit_logs and ml_predictions wait for the archive job.
SELECT add_retention_policy('events', INTERVAL '90 days');
SELECT add_retention_policy('inference_metrics', INTERVAL '30 days');
SELECT add_retention_policy('device_health_logs', INTERVAL '90 days');
SELECT add_retention_policy('inference_metrics_5min', INTERVAL '1 year');
