-- A camera's last day in fives of minutes, oldest first.
SELECT bucket, avg_fps, p95_latency, avg_gpu_util, total_detections, total_infractions
FROM inference_metrics_5min
WHERE device_id = $1 AND bucket >= CURRENT_TIMESTAMP - INTERVAL '1 day'
ORDER BY bucket
