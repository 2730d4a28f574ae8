-- What a camera measures with, and the view its zone keeps for it.
SELECT
    d.id, d.zone_id, d.calibration_matrix, d.detection_config, z.lane_config, z.has_traffic_light
FROM devices AS d
LEFT JOIN zones AS z ON z.id = d.zone_id AND z.deleted_at IS NULL
WHERE d.id = $1 AND d.deleted_at IS NULL
