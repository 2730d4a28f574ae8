-- All users that stand, by name; no hashes.
SELECT
    u.id, u.username, u.email, u.full_name, u.phone, u.role, u.permissions, u.is_active, u.is_verified,
    u.last_login, u.login_attempts, u.locked_until, u.created_at, u.updated_at, u.version
FROM users AS u
WHERE u.deleted_at IS NULL /*where*/
ORDER BY u.username
LIMIT 1000
