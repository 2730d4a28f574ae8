-- Take up to :batch sendings of one channel that are due and have not expired, oldest first, for :lease_s
-- seconds. SKIP LOCKED lets senders work side by side; one that dies loses its claim when the lease ends.
UPDATE notification_deliveries AS d
SET attempts = d.attempts + 1,
    claimed_by = :worker,
    next_at = CURRENT_TIMESTAMP + make_interval(secs => :lease_s)
FROM (
    SELECT w.id
    FROM notification_deliveries AS w
    JOIN notifications AS n ON n.id = w.notification_id
    WHERE w.state = 'pending' AND w.channel = :channel AND w.next_at <= CURRENT_TIMESTAMP
        AND (n.expires_at IS NULL OR n.expires_at > CURRENT_TIMESTAMP) AND n.deleted_at IS NULL
    ORDER BY w.next_at, w.created_at, w.id
    LIMIT :batch
    FOR UPDATE OF w SKIP LOCKED
) AS due, notifications AS n, users AS u
WHERE d.id = due.id AND n.id = d.notification_id AND u.id = n.user_id
RETURNING d.id, d.idempotency_key, d.attempts, n.title, n.message, u.username, u.email, u.phone,
    u.is_active AND u.deleted_at IS NULL AS is_active
