-- Audit rows are chained: each carries the digest of the one before it and its own (enforcement/audit_chain).
-- NULL only in rows that the product did not write.

ALTER TABLE audit_logs ADD COLUMN chain_index BIGINT;
ALTER TABLE audit_logs ADD COLUMN chain_previous CHAR(64);
ALTER TABLE audit_logs ADD COLUMN chain_digest CHAR(64);

CREATE INDEX idx_audit_logs_chain ON audit_logs(chain_index);

-- The end of the chain. Its row lock lines writers up, and the last row cannot be removed unseen.
-- archived_*: the last row that was moved to the archive; the chain in the table begins after it.
CREATE TABLE audit_chain_head (
    id BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (id),
    last_index BIGINT NOT NULL DEFAULT 0,
    last_digest CHAR(64) NOT NULL DEFAULT REPEAT('0', 64),
    archived_index BIGINT NOT NULL DEFAULT 0,
    archived_digest CHAR(64) NOT NULL DEFAULT REPEAT('0', 64)
);

INSERT INTO audit_chain_head DEFAULT VALUES;
