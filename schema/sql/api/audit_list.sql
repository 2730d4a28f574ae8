-- One page of the audit, newest first.
SELECT
    id, user_id, username, action, resource_type, resource_id, old_values, new_values,
    host(ip_address) AS ip_address, user_agent, endpoint, http_method, success, error_message,
    timestamp, metadata->>'request_id' AS request_id, chain_index, chain_digest
FROM audit_logs
WHERE TRUE /*where*/
ORDER BY timestamp DESC, id DESC
LIMIT /*limit*/
