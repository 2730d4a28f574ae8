-- The oldest event of the last :days days that this consumer has not dealt with, held until commit; whether
-- a relay has carried it elsewhere does not matter here.
SELECT o.event_id, o.topic, o.payload
FROM outbox AS o
WHERE o.created_at > CURRENT_TIMESTAMP - make_interval(days => :days)
    AND NOT EXISTS (SELECT 1 FROM consumed_events AS c WHERE c.consumer = :consumer AND c.event_id = o.event_id)
ORDER BY o.created_at, o.sequence
LIMIT 1
FOR UPDATE OF o SKIP LOCKED
