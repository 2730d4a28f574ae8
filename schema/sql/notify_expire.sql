-- What nobody needs to be told any more.
UPDATE notification_deliveries AS d
SET state = 'expired', claimed_by = NULL
FROM notifications AS n
WHERE n.id = d.notification_id AND d.state = 'pending' AND n.expires_at <= CURRENT_TIMESTAMP
    AND (d.claimed_by IS NULL OR d.next_at <= CURRENT_TIMESTAMP)
RETURNING d.id
