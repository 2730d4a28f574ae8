-- The views answer as before, and as TimescaleDB's continuous aggregates do: kept buckets before the
-- watermark, raw rows from there on.

CREATE OR REPLACE VIEW events_hourly AS
SELECT hour, device_id, event_type, event_count, avg_confidence
FROM events_hourly_rollup
WHERE hour < (SELECT watermark FROM rollup_state WHERE rollup = 'events_hourly')
UNION ALL
SELECT
    date_bin('1 hour', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00') AS hour,
    device_id,
    event_type,
    COUNT(*) AS event_count,
    AVG(event_confidence(data)) AS avg_confidence
FROM events
WHERE event_type = 'detection'
    AND timestamp >= (SELECT watermark FROM rollup_state WHERE rollup = 'events_hourly')
GROUP BY 1, 2, 3;

CREATE OR REPLACE VIEW inference_metrics_5min AS
SELECT bucket, device_id, avg_fps, p95_latency, avg_gpu_util, total_detections, total_infractions
FROM inference_metrics_5min_rollup
WHERE bucket < (SELECT watermark FROM rollup_state WHERE rollup = 'inference_metrics_5min')
UNION ALL
SELECT
    date_bin('5 minutes', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00') AS bucket,
    device_id,
    AVG(fps) AS avg_fps,
    PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95_latency,
    AVG(gpu_utilization) AS avg_gpu_util,
    SUM(detections_count) AS total_detections,
    SUM(infractions_count) AS total_infractions
FROM inference_metrics
WHERE timestamp >= (SELECT watermark FROM rollup_state WHERE rollup = 'inference_metrics_5min')
GROUP BY 1, 2;
