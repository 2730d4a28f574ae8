-- The questions of 4.2 and 4.4 from indexes that hold what they need and no more.

-- 4.3 no longer reads it.
DROP INDEX idx_infractions_validated_time;
CREATE INDEX idx_infractions_validated_time ON infractions(detected_at)
    INCLUDE (plate, driver_dni, type, detected_speed, speed_limit)
    WHERE status = 'validated' AND deleted_at IS NULL AND plate IS NOT NULL;

-- What 4.4 reads of a camera's last hour moves from the index by time to the one by camera.
DROP INDEX idx_inference_metrics_device;
CREATE INDEX idx_inference_metrics_device ON inference_metrics(device_id, timestamp DESC)
    INCLUDE (latency_ms, gpu_utilization);

DROP INDEX idx_inference_metrics_time;
CREATE INDEX idx_inference_metrics_time ON inference_metrics(timestamp);
