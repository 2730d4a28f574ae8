-- Where a camera's stream is, its credentials still shut, and the newest sealed picture it has made.
SELECT
    d.id, COALESCE(d.detection_config ->> 'source', d.rtsp_url) AS source,
    COALESCE((d.detection_config ->> 'trusted_address')::BOOLEAN, FALSE) AS trusted,
    c.username, c.password_encrypted,
    newest.store_url, newest.detected_at
FROM devices AS d
LEFT JOIN camera_credentials AS c ON c.device_id = d.id
LEFT JOIN LATERAL (
    SELECT e.store_url, i.detected_at
    FROM infractions AS i
    INNER JOIN evidence AS e ON e.infraction_id = i.id
    WHERE i.device_id = d.id
    ORDER BY i.detected_at DESC
    LIMIT 1
) AS newest ON TRUE
WHERE d.id = $1 AND d.deleted_at IS NULL
