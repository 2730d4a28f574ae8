-- The API may read what jobs did and what is archived or held.

DO $api_role$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vigia_api') THEN
        GRANT SELECT ON job_runs, job_schedule, archives, legal_holds TO vigia_api;
    END IF;
END
$api_role$;
