-- A sending that was not taken over: again after a wait, or never.
UPDATE notification_deliveries
SET state = CASE WHEN :for_good THEN 'failed' ELSE 'pending' END,
    last_error = :error,
    claimed_by = NULL,
    next_at = CURRENT_TIMESTAMP + make_interval(secs => :wait_s)
WHERE id = :id AND state = 'pending' AND claimed_by = :worker
