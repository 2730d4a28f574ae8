-- The right password: forget the attempts, and keep a hash made anew where the old one was too cheap.
UPDATE users
SET login_attempts = 0,
    locked_until = NULL,
    last_login = clock_timestamp(),
    password_hash = COALESCE($2, password_hash)
WHERE id = $1
