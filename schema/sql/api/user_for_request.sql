-- Who is behind an access token now: still active, and the family of its session not revoked.
SELECT u.id, u.username, u.full_name, u.role, u.permissions
FROM users AS u
WHERE u.id = $1
    AND u.is_active
    AND u.deleted_at IS NULL
    AND EXISTS (SELECT 1 FROM user_sessions AS s WHERE s.family_id = $2 AND s.user_id = u.id)
    AND NOT EXISTS (SELECT 1 FROM user_sessions AS s WHERE s.family_id = $2 AND s.revoked)
