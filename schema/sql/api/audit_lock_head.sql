-- Take the end of the chain for this transaction; the next writer waits here until it ends.
-- The outer select runs once the lock is held, so ids and times have the order of the chain.
SELECT
    head.last_index,
    head.last_digest,
    clock_timestamp() AS at,
    nextval('audit_logs_id_seq') AS id
FROM (SELECT last_index, last_digest FROM audit_chain_head FOR UPDATE) AS head
