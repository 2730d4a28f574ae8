-- Monthly partitions on plain PostgreSQL. Months are UTC months, so a boundary never moves.

-- Creates the partitions of `parent` for `months` months from the month of `first_day`, and a default
-- partition that catches any other date: a row is never refused for its time. Rows that the default
-- already holds for a month move into that month's new partition. Returns how many were created.
CREATE OR REPLACE FUNCTION ensure_month_partitions(parent REGCLASS, first_day DATE, months INTEGER)
RETURNS INTEGER AS $$
DECLARE
    parent_name TEXT := (SELECT relname FROM pg_class WHERE oid = parent);
    time_column TEXT := (
        SELECT a.attname
        FROM pg_partitioned_table AS p
        JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
        WHERE p.partrelid = parent);
    lower_bound TIMESTAMPTZ;
    upper_bound TIMESTAMPTZ;
    partition_name TEXT;
    created INTEGER := 0;
BEGIN
    IF time_column IS NULL THEN
        RAISE EXCEPTION 'table % is not partitioned', parent;
    END IF;
    -- Two callers at once would both see the month missing.
    PERFORM pg_advisory_xact_lock(hashtext('vigia.partitions'), parent::OID::INTEGER);
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %s DEFAULT', parent_name || '_default', parent);
    FOR step IN 0 .. months - 1 LOOP
        lower_bound := (date_trunc('month', first_day::TIMESTAMP) + make_interval(months => step)) AT TIME ZONE 'UTC';
        upper_bound := (date_trunc('month', first_day::TIMESTAMP) + make_interval(months => step + 1)) AT TIME ZONE 'UTC';
        partition_name := parent_name || to_char(lower_bound AT TIME ZONE 'UTC', '"_y"YYYY"m"MM');
        CONTINUE WHEN to_regclass(quote_ident(partition_name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name, parent);
        EXECUTE format(
            'WITH moved AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
            parent_name || '_default', time_column, lower_bound, time_column, upper_bound, partition_name);
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       parent, partition_name, lower_bound, upper_bound);
        created := created + 1;
    END LOOP;
    RETURN created;
END;
$$ LANGUAGE plpgsql;

SELECT ensure_month_partitions(parent, (CURRENT_DATE - INTERVAL '1 month')::DATE, 4)
FROM unnest(ARRAY['events', 'inference_metrics', 'device_health_logs', 'ml_predictions', 'audit_logs']::REGCLASS[])
    AS parent;
