-- Metrics numbered from %(first)s to %(last)s, one every %(step)s from %(since)s on, cameras in turn.
INSERT INTO inference_metrics
    (device_id, timestamp, fps, latency_ms, throughput_frames_per_sec, gpu_utilization, cpu_utilization, memory_mb,
     detections_count, tracked_objects_count, infractions_count, decode_latency_ms, detection_latency_ms,
     tracking_latency_ms, avg_detection_confidence)
SELECT
    'BC' || n %% %(cameras)s::INT, %(since)s::TIMESTAMPTZ + n * %(step)s::INTERVAL, 24 + (a %% 200) / 100.0,
    20 + (a %% 100000) / 1000.0, 25, (a %% 1000) / 10.0, 40, 512, (a %% 9)::INT, (a %% 5)::INT, (a %% 50 = 0)::INT, 2.5, 15.25, 1.125,
    0.5 + (a %% 400) / 1000.0
FROM (
    SELECT n, hashint8(n)::BIGINT + 2147483648 AS a
    FROM generate_series(%(first)s::BIGINT, %(last)s::BIGINT) AS n
) AS drawn
