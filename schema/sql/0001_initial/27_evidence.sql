-- The sealed bundle behind an infraction: where it is, what it hashes to, what it was measured with.

CREATE TABLE evidence (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    bundle_id VARCHAR(200) UNIQUE NOT NULL,
    infraction_id UUID REFERENCES infractions(id) ON DELETE RESTRICT,
    device_id VARCHAR(50) REFERENCES devices(id) ON DELETE RESTRICT,
    store_url TEXT NOT NULL,
    manifest_digest CHAR(64) NOT NULL,  -- SHA-256 of manifest.json
    previous_digest CHAR(64),  -- that of the camera's bundle before this one; NULL for its first
    signature_key_id VARCHAR(128) NOT NULL,
    software_version VARCHAR(100) NOT NULL,
    model_digests JSONB NOT NULL DEFAULT '{}',
    calibration_id UUID REFERENCES calibrations(id) ON DELETE RESTRICT,
    calibration_digest CHAR(64),
    device_serial VARCHAR(100),
    device_certificate VARCHAR(100),
    limit_source TEXT,
    sizes JSONB NOT NULL DEFAULT '{}',  -- file name -> bytes
    total_bytes BIGINT NOT NULL DEFAULT 0 CHECK (total_bytes >= 0),
    captured_from TIMESTAMPTZ,
    captured_to TIMESTAMPTZ,
    sealed_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_at TIMESTAMPTZ,
    metadata JSONB
);

CREATE INDEX idx_evidence_infraction ON evidence(infraction_id);
CREATE INDEX idx_evidence_device_time ON evidence(device_id, sealed_at DESC);
CREATE INDEX idx_evidence_manifest ON evidence(manifest_digest);
