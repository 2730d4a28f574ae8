-- Refresh tokens rotate: each use replaces the token by the next of its family, and a token used twice
-- revokes the family, because one of the two users is not its owner.

ALTER TABLE user_sessions ADD COLUMN family_id UUID NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE user_sessions ADD COLUMN rotated_at TIMESTAMPTZ;
ALTER TABLE user_sessions ADD COLUMN revoked_reason VARCHAR(50);

CREATE INDEX idx_sessions_family ON user_sessions(family_id);

-- Answers already given to a request that carried an Idempotency-Key, given again to its repetition.
CREATE TABLE idempotency_keys (
    user_id UUID NOT NULL REFERENCES users(id) ON DELETE RESTRICT,
    key VARCHAR(255) NOT NULL,
    request_digest CHAR(64) NOT NULL,  -- SHA-256 of method, path and body
    response_status INTEGER,  -- NULL only inside the transaction that computes it
    response_body JSONB,
    response_headers JSONB,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (user_id, key)
);

CREATE INDEX idx_idempotency_keys_created ON idempotency_keys(created_at);
