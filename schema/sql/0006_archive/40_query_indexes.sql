-- Indexes that answer the data model's five questions (4.1 to 4.5) without touching the rows themselves.

CREATE INDEX idx_infractions_pending_sure ON infractions(detected_at DESC)
    WHERE status = 'pending' AND confidence_score >= 0.8 AND deleted_at IS NULL;

CREATE INDEX idx_infractions_validated_time ON infractions(detected_at)
    INCLUDE (zone_id, plate, driver_dni, type, hour_of_day, detected_speed, speed_limit, confidence_score)
    WHERE status = 'validated' AND deleted_at IS NULL;

CREATE INDEX idx_infractions_validated_driver ON infractions(driver_dni, detected_at)
    INCLUDE (recidivism_risk)
    WHERE status = 'validated' AND deleted_at IS NULL AND driver_dni IS NOT NULL;

CREATE INDEX idx_inference_metrics_time ON inference_metrics(timestamp)
    INCLUDE (device_id, latency_ms, gpu_utilization);
