-- What one user was told and has not expired, newest first.
SELECT
    n.id, n.title, n.message, n.notification_type, n.infraction_id, n.device_id, n.is_read, n.read_at,
    n.priority, n.channel, n.created_at, n.expires_at
FROM notifications AS n
WHERE n.user_id = $1
    AND n.channel = 'in_app'
    AND n.deleted_at IS NULL
    AND (n.expires_at IS NULL OR n.expires_at > CURRENT_TIMESTAMP) /*where*/
ORDER BY n.created_at DESC, n.id DESC
LIMIT /*limit*/
