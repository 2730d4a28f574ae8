-- Roll-ups kept in tables on plain PostgreSQL; with TimescaleDB these stay empty.

CREATE TABLE events_hourly_rollup (
    hour TIMESTAMPTZ NOT NULL,
    device_id VARCHAR(50),
    event_type VARCHAR(50) NOT NULL,
    event_count BIGINT NOT NULL,
    avg_confidence FLOAT,
    UNIQUE NULLS NOT DISTINCT (hour, device_id, event_type)
);

CREATE TABLE inference_metrics_5min_rollup (
    bucket TIMESTAMPTZ NOT NULL,
    device_id VARCHAR(50) NOT NULL,
    avg_fps FLOAT,
    p95_latency FLOAT,
    avg_gpu_util FLOAT,
    total_detections BIGINT,
    total_infractions BIGINT,
    PRIMARY KEY (bucket, device_id)
);

-- How far each roll-up is. read_from: every row with an id up to it has been taken. points: ids seen since,
-- each with the transaction id from which on nothing was running when it was noted; once all older
-- transactions have ended, no row below it can still appear. raw_from: raw rows before it were dropped.
CREATE TABLE rollup_state (
    rollup VARCHAR(100) PRIMARY KEY,
    watermark TIMESTAMPTZ NOT NULL DEFAULT '0001-01-01 00:00:00+00',
    read_from BIGINT NOT NULL DEFAULT 0,
    points JSONB NOT NULL DEFAULT '[]',
    raw_from TIMESTAMPTZ NOT NULL DEFAULT '0001-01-01 00:00:00+00',
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TRIGGER update_rollup_state_updated_at
    BEFORE UPDATE ON rollup_state
    FOR EACH ROW
    EXECUTE FUNCTION update_updated_at_column();

INSERT INTO rollup_state (rollup) VALUES ('events_hourly'), ('inference_metrics_5min');
