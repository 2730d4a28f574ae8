-- As events_hourly.sql, of five minutes.
WITH touched AS MATERIALIZED (
    SELECT DISTINCT date_bin('5 minutes', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00') AS bucket, device_id
    FROM inference_metrics
    WHERE id > %(read_from)s AND timestamp >= %(raw_from)s AND timestamp < %(watermark)s
    UNION
    SELECT DISTINCT date_bin('5 minutes', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00'), device_id
    FROM inference_metrics
    WHERE timestamp >= %(before)s AND timestamp < %(watermark)s
),
computed AS (
    SELECT t.bucket, t.device_id, kept.*
    FROM touched AS t
    CROSS JOIN LATERAL (
        SELECT
            AVG(m.fps) AS avg_fps,
            PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY m.latency_ms) AS p95_latency,
            AVG(m.gpu_utilization) AS avg_gpu_util,
            SUM(m.detections_count) AS total_detections,
            SUM(m.infractions_count) AS total_infractions
        FROM inference_metrics AS m
        WHERE m.device_id = t.device_id
            AND m.timestamp >= t.bucket AND m.timestamp < t.bucket + INTERVAL '5 minutes'
    ) AS kept
)
INSERT INTO inference_metrics_5min_rollup
    (bucket, device_id, avg_fps, p95_latency, avg_gpu_util, total_detections, total_infractions)
SELECT bucket, device_id, avg_fps, p95_latency, avg_gpu_util, total_detections, total_infractions FROM computed
ON CONFLICT (bucket, device_id) DO UPDATE
SET avg_fps = EXCLUDED.avg_fps, p95_latency = EXCLUDED.p95_latency, avg_gpu_util = EXCLUDED.avg_gpu_util,
    total_detections = EXCLUDED.total_detections, total_infractions = EXCLUDED.total_infractions
