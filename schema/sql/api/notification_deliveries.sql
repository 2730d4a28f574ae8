-- What was sent of one notification, and when. $1 notification.
SELECT d.channel, d.state, d.attempts, d.sent_at, d.last_error, d.created_at,
    CASE WHEN d.state = 'pending' THEN d.next_at END AS next_at
FROM notification_deliveries AS d
WHERE d.notification_id = $1
ORDER BY d.created_at, d.channel
