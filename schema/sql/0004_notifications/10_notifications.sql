-- What each person wants to be told of, and through which channels; no row means the product's default.
CREATE TABLE notification_preferences (
    user_id UUID NOT NULL REFERENCES users(id) ON DELETE RESTRICT,
    notification_type VARCHAR(50) NOT NULL,
    channel VARCHAR(50) NOT NULL CHECK (channel IN ('in_app', 'email', 'sms', 'push')),
    enabled BOOLEAN NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (user_id, notification_type, channel)
);

-- One sending of one notification through one channel. next_at: due from then on; while someone holds it,
-- the end of the claim.
CREATE TABLE notification_deliveries (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    notification_id UUID NOT NULL REFERENCES notifications(id) ON DELETE RESTRICT,
    channel VARCHAR(50) NOT NULL CHECK (channel IN ('in_app', 'email', 'sms', 'push')),
    idempotency_key VARCHAR(255) UNIQUE NOT NULL,
    state VARCHAR(20) NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'expired')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    claimed_by VARCHAR(100),
    sent_at TIMESTAMPTZ,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (notification_id, channel),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);

-- Only what is still to send is ever searched.
CREATE INDEX idx_notification_deliveries_due ON notification_deliveries(channel, next_at)
    WHERE state = 'pending';

-- Events that a consumer has dealt with, written in the transaction that dealt with them.
CREATE TABLE consumed_events (
    consumer VARCHAR(50) NOT NULL,
    event_id UUID NOT NULL,
    consumed_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (consumer, event_id)
);

CREATE INDEX idx_outbox_created ON outbox(created_at, sequence);

DO $api_role$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vigia_api') THEN
        GRANT SELECT ON notification_preferences, notification_deliveries TO vigia_api;
        GRANT INSERT, UPDATE ON notification_preferences TO vigia_api;
    END IF;
END
$api_role$;
