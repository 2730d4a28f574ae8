-- What the operators' API may do, whatever its code does: nothing is deleted but forgotten answers, and what
-- is written to the audit and to the history of an infraction stays as it is. Tables are named one by one:
-- "all tables" would include the audit's partitions. Where this login may not make roles, nothing is granted
-- and the API says at start that it runs with the login's own rights.

DO $api_role$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vigia_api') THEN
        BEGIN
            CREATE ROLE vigia_api NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was quicker
            WHEN insufficient_privilege THEN RAISE NOTICE 'this login may not create the role vigia_api';
        END;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vigia_api') THEN
        RETURN;
    END IF;
    GRANT USAGE ON SCHEMA public TO vigia_api;
    GRANT SELECT ON
        users, user_sessions, zones, devices, camera_credentials, calibrations, vehicles, drivers,
        drivers_with_age, infractions, infraction_transitions, second_reviews, evidence, events,
        inference_metrics, device_health_logs, events_hourly, inference_metrics_5min, ml_models,
        ml_predictions, notifications, audit_logs, audit_chain_head, outbox, idempotency_keys, uit_values,
        law_catalogue, speed_limits, plate_grammars, fine_discounts, retention_policies, alembic_version
        TO vigia_api;
    GRANT INSERT, UPDATE ON
        users, user_sessions, zones, devices, camera_credentials, vehicles, drivers, second_reviews,
        notifications, outbox, idempotency_keys
        TO vigia_api;
    GRANT INSERT ON calibrations, infraction_transitions, audit_logs TO vigia_api;
    GRANT UPDATE ON infractions TO vigia_api;
    GRANT UPDATE (last_index, last_digest) ON audit_chain_head TO vigia_api;
    GRANT DELETE ON idempotency_keys TO vigia_api;
    GRANT USAGE ON SEQUENCE audit_logs_id_seq TO vigia_api;
    REVOKE UPDATE, DELETE, TRUNCATE ON audit_logs, infraction_transitions FROM vigia_api;
    IF NOT pg_has_role(CURRENT_USER, 'vigia_api', 'MEMBER') THEN
        EXECUTE format('GRANT vigia_api TO %I', CURRENT_USER);
    END IF;
END
$api_role$;
