-- Back to 0006: nothing here holds anything that is not in `infractions`.
DROP TRIGGER update_zone_hours_on_insert ON infractions;
DROP TRIGGER update_zone_hours_on_delete ON infractions;
DROP TRIGGER update_zone_hours_on_change ON infractions;
DROP FUNCTION update_zone_hours();
DROP FUNCTION count_all_zone_hours();
DROP FUNCTION speeding_vehicles(VARCHAR, INTEGER, TIMESTAMPTZ);
DROP FUNCTION count_zone_hour_of(VARCHAR, TIMESTAMPTZ, VARCHAR);
DROP FUNCTION count_zone_hour(VARCHAR, DATE, INTEGER);
DROP TABLE zone_hours;
DROP TABLE zone_hour_turns;
DROP INDEX idx_infractions_speeding_plate;

DROP INDEX idx_infractions_validated_time;
CREATE INDEX idx_infractions_validated_time ON infractions(detected_at)
    INCLUDE (zone_id, plate, driver_dni, type, hour_of_day, detected_speed, speed_limit, confidence_score)
    WHERE status = 'validated' AND deleted_at IS NULL;

DROP INDEX idx_inference_metrics_device;
CREATE INDEX idx_inference_metrics_device ON inference_metrics(device_id, timestamp DESC);
DROP INDEX idx_inference_metrics_time;
CREATE INDEX idx_inference_metrics_time ON inference_metrics(timestamp)
    INCLUDE (device_id, latency_ms, gpu_utilization);
