-- What was archived: one live row per table and month, written after the file was read back and compared.
-- Retention drops rows only against such a row, and only while the table still says what the file says.

CREATE TABLE archives (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    table_name VARCHAR(100) NOT NULL,
    month DATE NOT NULL CHECK (EXTRACT(DAY FROM month) = 1),  -- a UTC month, as partitions are
    path TEXT NOT NULL,  -- in the store
    row_count BIGINT NOT NULL CHECK (row_count > 0),
    file_bytes BIGINT NOT NULL,
    file_sha256 CHAR(64) NOT NULL,
    content_digest CHAR(64) NOT NULL,  -- of the rows in the order of their key (schema/row_digest.py)
    columns JSONB NOT NULL,  -- [[name, PostgreSQL type], …] as they were archived
    schema_revision VARCHAR(32) NOT NULL,
    first_at TIMESTAMPTZ NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    archived_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    dropped_at TIMESTAMPTZ,
    restored_at TIMESTAMPTZ,
    keep_until TIMESTAMPTZ,  -- restored rows are not dropped again before
    superseded_at TIMESTAMPTZ,
    metadata JSONB
);

CREATE UNIQUE INDEX idx_archives_live ON archives(table_name, month) WHERE superseded_at IS NULL;

-- What must stay as it is for a court or an appeal, whatever its age. Infraction: its row, its evidence
-- and what refers to it. Table and period: every row of that table in it.
CREATE TABLE legal_holds (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    infraction_id UUID REFERENCES infractions(id) ON DELETE RESTRICT,
    table_name VARCHAR(100),
    since TIMESTAMPTZ,
    until TIMESTAMPTZ,
    reason TEXT NOT NULL,
    placed_by VARCHAR(150) NOT NULL,
    placed_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    released_by VARCHAR(150),
    released_at TIMESTAMPTZ,
    CHECK ((infraction_id IS NULL) <> (table_name IS NULL)),
    CHECK (table_name IS NULL OR (since IS NOT NULL AND until IS NOT NULL AND since < until))
);

CREATE INDEX idx_legal_holds_standing ON legal_holds(infraction_id) WHERE released_at IS NULL;

-- Where a bundle's clip and its pictures are kept: at hand, cheaper, or cheapest and slow to come back.
ALTER TABLE evidence ADD COLUMN clip_class VARCHAR(20) NOT NULL DEFAULT 'hot'
    CHECK (clip_class IN ('hot', 'cold', 'frozen'));
ALTER TABLE evidence ADD COLUMN stills_class VARCHAR(20) NOT NULL DEFAULT 'hot'
    CHECK (stills_class IN ('hot', 'cold', 'frozen'));
CREATE INDEX idx_evidence_clip_class ON evidence(sealed_at) WHERE clip_class <> 'frozen' OR stills_class <> 'frozen';

ALTER TABLE retention_policies ADD COLUMN freeze_after INTERVAL;  -- files: from then on in the coldest class

INSERT INTO retention_policies (table_name, keep, archive_first, drop_rows, note, freeze_after) VALUES
    ('evidence_clips', INTERVAL '30 days', FALSE, FALSE, 'at hand 30 days, cold to two years, then frozen; never deleted', INTERVAL '2 years'),
    ('evidence_stills', INTERVAL '90 days', FALSE, FALSE, 'at hand 90 days, cold to two years, then frozen; never deleted', INTERVAL '2 years');

-- Marked is what the ledger holds. A mark in each row would rewrite it, its version and its time of change,
-- and it would no longer equal what was archived.
DROP FUNCTION mark_infractions_archived(UUID[]);

CREATE OR REPLACE FUNCTION archive_old_infractions()
RETURNS SETOF infractions AS $$
    SELECT i.*
    FROM infractions AS i
    JOIN retention_policies AS policy ON policy.table_name = 'infractions'
    WHERE i.detected_at < CURRENT_TIMESTAMP - policy.keep
        AND NOT EXISTS (
            SELECT 1 FROM archives AS a
            WHERE a.table_name = 'infractions' AND a.superseded_at IS NULL
                AND a.month = date_trunc('month', i.detected_at AT TIME ZONE 'UTC')::DATE)
$$ LANGUAGE sql STABLE;
