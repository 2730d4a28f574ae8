-- The first time: every five minutes before the watermark in one pass.
INSERT INTO inference_metrics_5min_rollup
    (bucket, device_id, avg_fps, p95_latency, avg_gpu_util, total_detections, total_infractions)
SELECT
    date_bin('5 minutes', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00'), device_id, AVG(fps),
    PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY latency_ms), AVG(gpu_utilization), SUM(detections_count),
    SUM(infractions_count)
FROM inference_metrics
WHERE timestamp >= %(raw_from)s AND timestamp < %(watermark)s
GROUP BY 1, 2
ON CONFLICT (bucket, device_id) DO UPDATE
SET avg_fps = EXCLUDED.avg_fps, p95_latency = EXCLUDED.p95_latency, avg_gpu_util = EXCLUDED.avg_gpu_util,
    total_detections = EXCLUDED.total_detections, total_infractions = EXCLUDED.total_infractions
