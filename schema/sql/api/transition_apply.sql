-- Carry a transition out: status, verdict, fine, its place in the history, and the event that tells of it.
-- $1 id, $2 from, $3 to, $4 reason, $5 user, $6 username, $7 fine amount, $8 fine code, $9 fine details,
-- $10 event id, $11 idempotency key, $12 topic, $13 payload.
-- A verdict says who gave it and when; taking it back leaves the row as if it had not been given, and the
-- history remembers. The fine is computed once, on the way from pending to validated.
WITH changed AS (
    UPDATE infractions
    SET status = $3::TEXT,
        validated_by = CASE
            WHEN $3::TEXT = 'pending' THEN NULL
            WHEN $2::TEXT = 'pending' THEN $5::UUID
            ELSE validated_by END,
        validated_at = CASE
            WHEN $3::TEXT = 'pending' THEN NULL
            WHEN $2::TEXT = 'pending' THEN clock_timestamp()
            ELSE validated_at END,
        rejection_reason = CASE WHEN $3::TEXT = 'rejected' THEN $4::TEXT WHEN $3::TEXT = 'pending' THEN NULL
            ELSE rejection_reason END,
        fine_amount = CASE WHEN $3::TEXT = 'pending' THEN NULL WHEN $2::TEXT = 'pending' THEN $7::NUMERIC ELSE fine_amount END,
        fine_code = CASE WHEN $3::TEXT = 'pending' THEN NULL WHEN $2::TEXT = 'pending' THEN $8::TEXT ELSE fine_code END,
        fine_details = CASE WHEN $3::TEXT = 'pending' THEN NULL WHEN $2::TEXT = 'pending' THEN $9::JSONB ELSE fine_details END,
        fine_paid = $3::TEXT = 'paid',
        fine_paid_at = CASE WHEN $3::TEXT = 'paid' THEN clock_timestamp() END
    WHERE id = $1
    RETURNING id, version
),
told AS (
    INSERT INTO outbox (event_id, idempotency_key, topic, payload)
    VALUES ($10, $11, $12, $13)
)
INSERT INTO infraction_transitions (infraction_id, from_status, to_status, reason, user_id, username, version)
SELECT id, $2::TEXT, $3::TEXT, $4::TEXT, $5::UUID, $6::TEXT, version
FROM changed
RETURNING id, version, created_at
