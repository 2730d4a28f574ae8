-- How each active camera performs, with its last hour (data model 4.4).
-- Read per camera, in the order of an index that holds all that is needed: no row is sorted by camera, and
-- none is joined to its camera's columns.
SELECT
    d.id,
    d.name,
    d.status,
    d.last_heartbeat,
    d.current_fps,
    d.avg_latency_ms,
    d.total_detections,
    d.total_infractions,
    ROUND((d.total_infractions::NUMERIC / NULLIF(d.total_detections, 0)) * 100, 2) AS infraction_rate,
    im.avg_gpu_util,
    im.p95_latency
FROM devices AS d
CROSS JOIN LATERAL (
    SELECT
        AVG(gpu_utilization) AS avg_gpu_util,
        PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95_latency
    FROM inference_metrics
    WHERE device_id = d.id
        AND timestamp >= CURRENT_TIMESTAMP - INTERVAL '1 hour'
) AS im
WHERE d.status = 'active'
    AND d.deleted_at IS NULL
ORDER BY d.name
