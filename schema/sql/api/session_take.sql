-- The token shown, with its user; locked, so that of two uses at once only one is the first.
SELECT
    s.id,
    s.family_id,
    s.revoked,
    s.rotated_at,
    s.expires_at <= clock_timestamp() AS expired,
    u.id AS user_id,
    u.username,
    u.full_name,
    u.role,
    u.permissions,
    u.is_active AND u.deleted_at IS NULL AS active
FROM user_sessions AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.token_hash = $1
FOR UPDATE OF s
