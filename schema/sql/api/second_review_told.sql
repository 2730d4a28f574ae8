-- The event that a second verdict is asked for. $1 event id, $2 idempotency key, $3 infraction, $4 transition.
INSERT INTO outbox (event_id, idempotency_key, topic, payload)
SELECT $1::UUID, $2::TEXT, 'second_review.due', jsonb_build_object(
    'event_id', $1::UUID,
    'infraction_id', i.id,
    'infraction_code', i.infraction_code,
    'type', i.type,
    'camera_id', i.device_id,
    'version', t.version)
FROM infractions AS i
JOIN infraction_transitions AS t ON t.infraction_id = i.id AND t.id = $4
WHERE i.id = $3
