-- A sending that was taken over; the notification remembers its mail as the data model has it.
WITH done AS (
    UPDATE notification_deliveries
    SET state = 'sent', sent_at = clock_timestamp(), claimed_by = NULL, last_error = NULL
    WHERE id = :id AND state = 'pending' AND claimed_by = :worker
    RETURNING notification_id, channel, sent_at
)
UPDATE notifications AS n
SET email_sent = TRUE, email_sent_at = done.sent_at
FROM done
WHERE n.id = done.notification_id AND done.channel = 'email'
