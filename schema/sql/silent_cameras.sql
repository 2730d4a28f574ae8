-- Cameras that are wanted and were last heard :after_s seconds ago or longer.
SELECT d.id, d.status, d.last_heartbeat
FROM devices AS d
WHERE d.deleted_at IS NULL
    AND d.status IN ('active', 'offline', 'error')
    AND d.last_heartbeat < CURRENT_TIMESTAMP - make_interval(secs => :after_s)
ORDER BY d.id
