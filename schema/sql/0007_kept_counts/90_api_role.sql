-- The API reads the counts; triggers write them with their owner's rights.

DO $api_role$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vigia_api') THEN
        GRANT SELECT ON zone_hours TO vigia_api;
    END IF;
END
$api_role$;
