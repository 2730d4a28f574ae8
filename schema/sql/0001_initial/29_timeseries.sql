-- Time series: partitioned by month, or hypertables where TimescaleDB is present.
-- The marked clause is kept on plain PostgreSQL and dropped for TimescaleDB (schema/timeseries.py).

CREATE TABLE events (
    id BIGSERIAL,
    event_type VARCHAR(50) NOT NULL,
    event_category VARCHAR(50),
    device_id VARCHAR(50) REFERENCES devices(id) ON DELETE RESTRICT,
    infraction_id UUID REFERENCES infractions(id) ON DELETE RESTRICT,
    timestamp TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    data JSONB NOT NULL,
    severity VARCHAR(20) CHECK (severity IN ('debug', 'info', 'warning', 'error', 'critical')),
    PRIMARY KEY (id, timestamp)
) /*native PARTITION BY RANGE (timestamp)*/;

CREATE INDEX idx_events_device_time ON events(device_id, timestamp DESC);
CREATE INDEX idx_events_type ON events(event_type, timestamp DESC);
CREATE INDEX idx_events_severity ON events(severity) WHERE severity IN ('error', 'critical');
CREATE INDEX idx_events_data ON events USING GIN(data);

CREATE TABLE inference_metrics (
    id BIGSERIAL,
    device_id VARCHAR(50) NOT NULL REFERENCES devices(id) ON DELETE RESTRICT,
    timestamp TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    fps FLOAT NOT NULL,
    latency_ms FLOAT NOT NULL,
    throughput_frames_per_sec FLOAT,
    gpu_id INTEGER DEFAULT 0,
    gpu_utilization FLOAT,
    gpu_memory_used_mb FLOAT,
    gpu_memory_total_mb FLOAT,
    gpu_temperature FLOAT,
    cpu_utilization FLOAT,
    memory_mb FLOAT,
    detections_count INTEGER NOT NULL DEFAULT 0,
    tracked_objects_count INTEGER NOT NULL DEFAULT 0,
    infractions_count INTEGER NOT NULL DEFAULT 0,
    decode_latency_ms FLOAT,
    detection_latency_ms FLOAT,
    tracking_latency_ms FLOAT,
    ocr_latency_ms FLOAT,
    avg_detection_confidence FLOAT,
    avg_ocr_confidence FLOAT,
    PRIMARY KEY (id, timestamp)
) /*native PARTITION BY RANGE (timestamp)*/;

CREATE INDEX idx_inference_metrics_device ON inference_metrics(device_id, timestamp DESC);
CREATE INDEX idx_inference_metrics_gpu ON inference_metrics(gpu_id, timestamp DESC);

CREATE TABLE device_health_logs (
    id BIGSERIAL,
    device_id VARCHAR(50) NOT NULL REFERENCES devices(id) ON DELETE RESTRICT,
    timestamp TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    status VARCHAR(50) NOT NULL,
    cpu_usage FLOAT,
    memory_usage FLOAT,
    temperature FLOAT,
    network_latency_ms FLOAT,
    packet_loss FLOAT,
    bandwidth_mbps FLOAT,
    fps FLOAT,
    bitrate_kbps FLOAT,
    dropped_frames INTEGER,
    error_count INTEGER NOT NULL DEFAULT 0,
    error_messages TEXT[],
    metadata JSONB,
    PRIMARY KEY (id, timestamp)
) /*native PARTITION BY RANGE (timestamp)*/;

CREATE INDEX idx_device_health_device_time ON device_health_logs(device_id, timestamp DESC);
CREATE INDEX idx_device_health_status ON device_health_logs(status, timestamp DESC);
