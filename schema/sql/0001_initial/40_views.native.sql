-- Roll-ups on plain PostgreSQL, with the names and columns of the data model's aggregates.
-- time_bucket() of TimescaleDB aligns hours and five minutes as date_bin() from this origin does.

CREATE VIEW events_hourly AS
SELECT
    date_bin('1 hour', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00') AS hour,
    device_id,
    event_type,
    COUNT(*) AS event_count,
    AVG(event_confidence(data)) AS avg_confidence
FROM events
WHERE event_type = 'detection'
GROUP BY hour, device_id, event_type;

CREATE VIEW inference_metrics_5min AS
SELECT
    date_bin('5 minutes', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00') AS bucket,
    device_id,
    AVG(fps) AS avg_fps,
    PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95_latency,
    AVG(gpu_utilization) AS avg_gpu_util,
    SUM(detections_count) AS total_detections,
    SUM(infractions_count) AS total_infractions
FROM inference_metrics
GROUP BY bucket, device_id;
