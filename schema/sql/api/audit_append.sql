-- Add a row at the end of the chain and move the end there.
WITH head AS (
    UPDATE audit_chain_head SET last_index = $17, last_digest = $19
)
INSERT INTO audit_logs
    (id, user_id, username, action, resource_type, resource_id, old_values, new_values, ip_address,
     user_agent, endpoint, http_method, success, error_message, timestamp, metadata,
     chain_index, chain_previous, chain_digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::TEXT::INET, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
