-- Count an attempt before the password is looked at, so that many at once cannot outrun the lock: the one
-- that reaches the limit locks the account, and is let off only if it succeeds.
-- `tried` says whether this attempt may go on. Everything comes from the locked row, which is the latest.
WITH asked AS (
    SELECT
        id, username, full_name, role, permissions, is_active, password_hash, locked_until,
        COALESCE(locked_until > clock_timestamp(), FALSE) AS locked,
        CASE WHEN login_attempts >= $2 THEN 1 ELSE login_attempts + 1 END AS attempts
    FROM users
    WHERE username = $1 AND deleted_at IS NULL
    FOR UPDATE
),
counted AS (
    UPDATE users AS u
    SET login_attempts = asked.attempts,
        locked_until = CASE
            WHEN asked.attempts >= $2 THEN clock_timestamp() + make_interval(secs => $3)
        END
    FROM asked
    WHERE u.id = asked.id AND NOT asked.locked
    RETURNING u.id
)
SELECT
    asked.id,
    asked.username,
    asked.full_name,
    asked.role,
    asked.permissions,
    asked.is_active,
    asked.password_hash,
    counted.id IS NOT NULL AS tried,
    GREATEST(EXTRACT(EPOCH FROM asked.locked_until - clock_timestamp()), 0)::FLOAT AS retry_after_s
FROM asked
LEFT JOIN counted ON counted.id = asked.id
