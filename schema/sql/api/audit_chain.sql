-- The whole chain in order, those outside it first; enforcement/audit_chain says whether it is intact.
SELECT
    id, user_id, username, action, resource_type, resource_id, old_values, new_values,
    host(ip_address) AS ip_address, user_agent, endpoint, http_method, success, error_message,
    timestamp, metadata, chain_index, chain_previous, chain_digest
FROM audit_logs
ORDER BY chain_index NULLS FIRST, id
