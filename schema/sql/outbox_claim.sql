-- Take up to :batch events that are due, oldest first, for :lease_s seconds.
-- SKIP LOCKED lets relays work side by side; a relay that dies loses its claim when the lease ends,
-- because next_attempt_at is the end of the lease until the event is delivered or failed.
-- An attempt counts when it is taken, so that one that kills its relay is counted too.
UPDATE outbox AS o
SET attempts = o.attempts + 1,
    claimed_by = :relay,
    next_attempt_at = CURRENT_TIMESTAMP + make_interval(secs => :lease_s)
FROM (
    SELECT event_id
    FROM outbox
    WHERE delivered_at IS NULL AND next_attempt_at <= CURRENT_TIMESTAMP
    ORDER BY next_attempt_at, sequence
    LIMIT :batch
    FOR UPDATE SKIP LOCKED
) AS due
WHERE o.event_id = due.event_id
RETURNING o.event_id, o.sequence, o.idempotency_key, o.topic, o.payload, o.created_at, o.attempts
