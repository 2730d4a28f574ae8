-- What batch jobs did, and which due times the scheduler has taken.

CREATE TABLE job_runs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job VARCHAR(100) NOT NULL,
    parameters JSONB NOT NULL DEFAULT '{}',
    status VARCHAR(20) NOT NULL DEFAULT 'running'
        CHECK (status IN ('running', 'done', 'failed', 'interrupted')),
    figures JSONB NOT NULL DEFAULT '{}',
    error TEXT,
    started_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TIMESTAMPTZ
);

CREATE INDEX idx_job_runs_job ON job_runs(job, started_at DESC);

-- One row per due time of a scheduled job: whoever writes it runs it, so it runs once.
CREATE TABLE job_schedule (
    job VARCHAR(100) NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    claimed_by VARCHAR(100) NOT NULL,
    claimed_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TIMESTAMPTZ,
    exit_code INTEGER,
    PRIMARY KEY (job, due_at)
);
