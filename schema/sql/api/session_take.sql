-- The token shown, with its user; locked, so that of two uses at once only one is the first.
-- $1 hash, $2 seconds of grace, $3 user agent. `again`: replaced a moment ago by the newest of its family and shown
-- by the same browser: two tabs at once, or an answer that was lost on its way.
SELECT
    s.id,
    s.family_id,
    s.revoked,
    s.rotated_at,
    s.rotated_at > clock_timestamp() - make_interval(secs => $2)
        AND s.user_agent IS NOT DISTINCT FROM $3
        AND NOT EXISTS (
            SELECT 1 FROM user_sessions AS later
            WHERE later.family_id = s.family_id AND later.rotated_at > s.rotated_at
        ) AS again,
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
