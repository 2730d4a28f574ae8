-- The first token of a new family, or the next of one.
INSERT INTO user_sessions (user_id, token_hash, expires_at, ip_address, user_agent, family_id)
VALUES ($1, $2, $3, $4::TEXT::INET, $5, COALESCE($6, gen_random_uuid()))
RETURNING id, family_id
