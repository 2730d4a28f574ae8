-- Cameras that stand, with where and how they are; addresses carry no credentials (a constraint says so).
SELECT
    d.id, d.zone_id, z.name AS zone_name, d.name, d.model, d.serial_number, d.certificate_number,
    d.firmware_version,
    CASE WHEN d.detection_config ->> 'source' LIKE 'rtsps://%' THEN d.detection_config ->> 'source' ELSE d.rtsp_url END
        AS rtsp_url,
    d.status, d.last_heartbeat, d.uptime_seconds, d.current_fps,
    d.avg_latency_ms, d.total_detections, d.total_infractions, d.orientation, d.tilt, d.field_of_view,
    ST_X(d.location::geometry) AS longitude,
    ST_Y(d.location::geometry) AS latitude,
    d.last_maintenance, d.next_maintenance, d.installed_at, d.version,
    d.calibration_matrix IS NOT NULL AS calibrated,
    EXISTS (SELECT 1 FROM camera_credentials AS c WHERE c.device_id = d.id AND c.username <> '')
        AS has_credentials
FROM devices AS d
LEFT JOIN zones AS z ON z.id = d.zone_id
WHERE d.deleted_at IS NULL /*where*/
ORDER BY d.name, d.id
LIMIT 1000
