-- TimescaleDB's own policies drop by age alone: also what a legal hold keeps. Raw rows leave by
-- jobs.enforce_retention, as on plain PostgreSQL; only buckets, which nothing refers to, go by themselves.
SELECT remove_retention_policy('events', if_exists => TRUE);
SELECT remove_retention_policy('inference_metrics', if_exists => TRUE);
SELECT remove_retention_policy('device_health_logs', if_exists => TRUE);
