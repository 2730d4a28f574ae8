-- Turn the natively partitioned tables into plain ones with the same columns, rows, keys, indexes and
-- triggers, so that the next file can make hypertables of them. Run in one transaction, writers stopped.
DROP VIEW events_hourly;
DROP VIEW inference_metrics_5min;

DO $take_over$
DECLARE
    name TEXT;
    again TEXT[];
    statement TEXT;
BEGIN
    FOREACH name IN ARRAY
        ARRAY['events', 'inference_metrics', 'device_health_logs', 'ml_predictions', 'audit_logs']
    LOOP
        -- What LIKE does not copy under its own name: primary key, foreign keys, indexes, triggers.
        SELECT array_agg(definition ORDER BY step) INTO again
        FROM (
            SELECT CASE contype WHEN 'p' THEN 1 ELSE 2 END AS step,
                   format('ALTER TABLE %I ADD CONSTRAINT %I %s', name, conname, pg_get_constraintdef(oid)) AS definition
            FROM pg_constraint
            WHERE conrelid = name::REGCLASS AND contype IN ('p', 'f')
            UNION ALL
            SELECT 3, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
            FROM pg_index
            WHERE indrelid = name::REGCLASS AND NOT indisprimary
            UNION ALL
            SELECT 4, pg_get_triggerdef(oid)
            FROM pg_trigger
            WHERE tgrelid = name::REGCLASS AND NOT tgisinternal
        ) AS needed;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name || '_plain', name);
        EXECUTE format('INSERT INTO %I SELECT * FROM %I', name || '_plain', name);
        EXECUTE format('ALTER SEQUENCE %I OWNED BY %I.id', name || '_id_seq', name || '_plain');
        EXECUTE format('DROP TABLE %I', name);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name || '_plain', name);
        FOREACH statement IN ARRAY again LOOP
            EXECUTE statement;
        END LOOP;
    END LOOP;
END
$take_over$;
