-- How long each table keeps its rows (data model, 2.x and 5.1), read by the retention job.
-- TimescaleDB policies are added only where nothing must be archived before it is dropped.

CREATE TABLE retention_policies (
    table_name VARCHAR(100) PRIMARY KEY,
    keep INTERVAL NOT NULL,
    archive_first BOOLEAN NOT NULL,
    drop_rows BOOLEAN NOT NULL DEFAULT TRUE,  -- false: rows are marked archived, never dropped
    note TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);

INSERT INTO retention_policies (table_name, keep, archive_first, drop_rows, note) VALUES
    ('events', INTERVAL '90 days', FALSE, TRUE, 'dropped after 90 days'),
    ('inference_metrics', INTERVAL '30 days', FALSE, TRUE, 'raw rows; the five-minute roll-up is kept a year'),
    ('inference_metrics_5min', INTERVAL '1 year', FALSE, TRUE, 'roll-up of inference_metrics'),
    ('device_health_logs', INTERVAL '90 days', FALSE, TRUE, 'dropped after 90 days'),
    ('ml_predictions', INTERVAL '1 year', TRUE, TRUE, 'archived to object storage, then dropped'),
    ('audit_logs', INTERVAL '2 years', TRUE, TRUE, 'archived to cold storage, then dropped'),
    ('infractions', INTERVAL '2 years', TRUE, FALSE, 'archived to cold storage and marked; the row stays');

-- Infractions due for the archive and not yet marked. The data model's function wrote a file on the
-- server (a syntax error, and a superuser's right); here a job streams these rows out, uploads, reads
-- back and compares, and only then marks what it archived.
CREATE OR REPLACE FUNCTION archive_old_infractions()
RETURNS SETOF infractions AS $$
    SELECT i.*
    FROM infractions AS i
    JOIN retention_policies AS policy ON policy.table_name = 'infractions'
    WHERE i.detected_at < CURRENT_TIMESTAMP - policy.keep
        AND COALESCE(i.metadata->>'archived', 'false') <> 'true'
$$ LANGUAGE sql STABLE;

CREATE OR REPLACE FUNCTION mark_infractions_archived(archived_ids UUID[])
RETURNS INTEGER AS $$
    WITH marked AS (
        UPDATE infractions
        SET metadata = jsonb_set(COALESCE(metadata, '{}'::JSONB), '{archived}', 'true'::JSONB)
        WHERE id = ANY(archived_ids)
        RETURNING id)
    SELECT COUNT(*)::INTEGER FROM marked
$$ LANGUAGE sql;
