-- Buckets kept on plain PostgreSQL whose raw rows have gone, into the table in which TimescaleDB keeps its own.
DO $taken_over$
DECLARE
    kept TEXT := (
        SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
        FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = current_schema() AND view_name = 'events_hourly');
BEGIN
    EXECUTE format(
        'INSERT INTO %s (hour, device_id, event_type, event_count, avg_confidence)
         SELECT hour, device_id, event_type, event_count, avg_confidence FROM events_hourly_rollup AS old
         WHERE NOT EXISTS (
             SELECT 1 FROM events_hourly AS new
             WHERE new.hour = old.hour AND new.device_id IS NOT DISTINCT FROM old.device_id)', kept);
END
$taken_over$
