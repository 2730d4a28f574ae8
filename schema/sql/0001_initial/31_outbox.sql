-- Events written in the transaction that caused them, delivered later, at least once.

CREATE TABLE outbox (
    event_id UUID PRIMARY KEY,
    sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    idempotency_key VARCHAR(255) UNIQUE NOT NULL,
    topic VARCHAR(100) NOT NULL,
    payload JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    delivered_at TIMESTAMPTZ,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    claimed_by VARCHAR(100),
    last_error TEXT
);

-- Only what is still to deliver is ever searched.
CREATE INDEX idx_outbox_due ON outbox(next_attempt_at, sequence) WHERE delivered_at IS NULL;
