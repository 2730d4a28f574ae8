-- The data model's own statement (4.4), word for word.
SELECT
    d.id,
    d.name,
    d.status,
    d.last_heartbeat,
    d.current_fps,
    d.avg_latency_ms,
    d.total_detections,
    d.total_infractions,
    ROUND((d.total_infractions::NUMERIC / NULLIF(d.total_detections, 0)) * 100, 2) as infraction_rate,
    AVG(im.gpu_utilization) as avg_gpu_util,
    PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY im.latency_ms) as p95_latency
FROM devices d
LEFT JOIN LATERAL (
    SELECT * FROM inference_metrics
    WHERE device_id = d.id
        AND timestamp >= CURRENT_TIMESTAMP - INTERVAL '1 hour'
) im ON true
WHERE d.status = 'active'
GROUP BY d.id, d.name, d.status, d.last_heartbeat, d.current_fps,
         d.avg_latency_ms, d.total_detections, d.total_infractions
ORDER BY d.name
