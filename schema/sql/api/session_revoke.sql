-- End log-ins; whose comes from schema/api_accounts.
UPDATE user_sessions
SET revoked = TRUE, revoked_reason = $1
WHERE NOT revoked AND /*whose*/
