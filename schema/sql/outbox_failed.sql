-- Put a claimed event back, to be tried again after a wait that doubles with each attempt up to a cap;
-- half of the wait is random, so that many events that failed together do not come back together.
-- Only the relay that holds the claim may do so.
UPDATE outbox
SET last_error = :error,
    claimed_by = NULL,
    next_attempt_at = CURRENT_TIMESTAMP + make_interval(
        secs => LEAST(:cap_s, :base_s * POWER(2, LEAST(attempts, 30) - 1)) * (0.5 + RANDOM() / 2))
WHERE event_id = :event_id AND delivered_at IS NULL AND claimed_by = :relay
