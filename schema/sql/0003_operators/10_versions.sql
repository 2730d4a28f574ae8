-- What a person may change carries a version, so that a change of something else in between is seen.
-- An infraction's counts every update; the others count only what people set, not heartbeats or log-ins.

-- Adds one to the version, unless nothing but the columns named in the trigger's arguments changed.
CREATE OR REPLACE FUNCTION bump_version()
RETURNS TRIGGER AS $$
BEGIN
    IF TG_NARGS = 0 OR to_jsonb(OLD) - TG_ARGV <> to_jsonb(NEW) - TG_ARGV THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

ALTER TABLE infractions ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE zones ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE devices ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

CREATE TRIGGER bump_infractions_version
    BEFORE UPDATE ON infractions
    FOR EACH ROW
    EXECUTE FUNCTION bump_version();

CREATE TRIGGER bump_users_version
    BEFORE UPDATE ON users
    FOR EACH ROW
    EXECUTE FUNCTION bump_version('updated_at', 'last_login', 'login_attempts', 'locked_until');

CREATE TRIGGER bump_zones_version
    BEFORE UPDATE ON zones
    FOR EACH ROW
    EXECUTE FUNCTION bump_version('updated_at');

CREATE TRIGGER bump_devices_version
    BEFORE UPDATE ON devices
    FOR EACH ROW
    EXECUTE FUNCTION bump_version('updated_at', 'status', 'last_heartbeat', 'uptime_seconds', 'current_fps',
        'avg_latency_ms', 'total_detections', 'total_infractions', 'firmware_version');
