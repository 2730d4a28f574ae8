-- What the database itself keeps true about an infraction: its code, its severity, the counters.

CREATE SEQUENCE infraction_code_seq START 1;

-- INF-YYYYMMDD-NNNNN: the day in Lima and one sequence for all days, never reset, gaps allowed.
-- Five digits are a minimum width: LPAD to a fixed five would cut the sixth and make codes collide.
CREATE OR REPLACE FUNCTION generate_infraction_code()
RETURNS TRIGGER AS $$
DECLARE
    number TEXT;
BEGIN
    IF NEW.infraction_code IS NULL THEN
        number := nextval('infraction_code_seq')::TEXT;
        NEW.infraction_code := 'INF-' || TO_CHAR(NEW.detected_at AT TIME ZONE 'America/Lima', 'YYYYMMDD')
            || '-' || LPAD(number, GREATEST(5, LENGTH(number)), '0');
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER set_infraction_code
    BEFORE INSERT ON infractions
    FOR EACH ROW
    EXECUTE FUNCTION generate_infraction_code();

-- Severity comes from the catalogue at the infraction's date and is then kept on the row, so that a
-- later change of the catalogue cannot unbalance the drivers' counters.
CREATE OR REPLACE FUNCTION set_infraction_severity()
RETURNS TRIGGER AS $$
DECLARE
    day DATE := (NEW.detected_at AT TIME ZONE 'America/Lima')::DATE;
BEGIN
    SELECT law.severity INTO NEW.severity
    FROM law_catalogue AS law
    WHERE (law.code = NEW.fine_code OR (NEW.fine_code IS NULL AND law.infraction_type = NEW.type))
        AND (law.valid_from IS NULL OR law.valid_from <= day) AND (law.valid_to IS NULL OR day <= law.valid_to)
    ORDER BY array_position(ARRAY['muy_grave', 'grave', 'leve'], law.severity::TEXT)
    LIMIT 1;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER set_infraction_severity_on_insert
    BEFORE INSERT ON infractions
    FOR EACH ROW
    WHEN (NEW.severity IS NULL)
    EXECUTE FUNCTION set_infraction_severity();

CREATE TRIGGER set_infraction_severity_on_change
    BEFORE UPDATE OF type, fine_code, detected_at ON infractions
    FOR EACH ROW
    WHEN ((OLD.type, OLD.fine_code, OLD.detected_at)
          IS DISTINCT FROM (NEW.type, NEW.fine_code, NEW.detected_at))
    EXECUTE FUNCTION set_infraction_severity();

-- Counters follow transitions both ways: into standing counts one, out of it takes one back, and a
-- corrected plate or driver moves the count from the old to the new.
CREATE OR REPLACE FUNCTION update_vehicle_stats()
RETURNS TRIGGER AS $$
DECLARE
    stood BOOLEAN := TG_OP <> 'INSERT' AND infraction_counts(OLD.status, OLD.deleted_at);
    stands BOOLEAN := TG_OP <> 'DELETE' AND infraction_counts(NEW.status, NEW.deleted_at);
BEGIN
    IF stood AND stands AND OLD.plate IS NOT DISTINCT FROM NEW.plate
        AND OLD.detected_at = NEW.detected_at THEN
        RETURN NULL;
    END IF;
    IF stood AND OLD.plate IS NOT NULL THEN
        UPDATE vehicles
        SET total_infractions = GREATEST(total_infractions - 1, 0),
            last_infraction_date = (
                SELECT MAX(i.detected_at) FROM infractions AS i
                WHERE i.plate = OLD.plate AND infraction_counts(i.status, i.deleted_at))
        WHERE plate = OLD.plate;
    END IF;
    IF stands AND NEW.plate IS NOT NULL THEN
        UPDATE vehicles
        SET total_infractions = total_infractions + 1,
            last_infraction_date = GREATEST(last_infraction_date, NEW.detected_at)
        WHERE plate = NEW.plate;
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER update_vehicle_infraction_count
    AFTER INSERT OR DELETE OR UPDATE OF status, plate, detected_at, deleted_at ON infractions
    FOR EACH ROW
    EXECUTE FUNCTION update_vehicle_stats();

CREATE OR REPLACE FUNCTION update_driver_stats()
RETURNS TRIGGER AS $$
DECLARE
    stood BOOLEAN := TG_OP <> 'INSERT' AND infraction_counts(OLD.status, OLD.deleted_at);
    stands BOOLEAN := TG_OP <> 'DELETE' AND infraction_counts(NEW.status, NEW.deleted_at);
BEGIN
    IF stood AND stands AND OLD.driver_dni IS NOT DISTINCT FROM NEW.driver_dni
        AND OLD.detected_at = NEW.detected_at AND OLD.severity IS NOT DISTINCT FROM NEW.severity THEN
        RETURN NULL;
    END IF;
    IF stood AND OLD.driver_dni IS NOT NULL THEN
        UPDATE drivers
        SET total_infractions = GREATEST(total_infractions - 1, 0),
            serious_infractions = GREATEST(
                serious_infractions - COALESCE(OLD.severity IN ('grave', 'muy_grave'), FALSE)::INTEGER, 0),
            last_infraction_date = (
                SELECT MAX(i.detected_at) FROM infractions AS i
                WHERE i.driver_dni = OLD.driver_dni AND infraction_counts(i.status, i.deleted_at))
        WHERE dni = OLD.driver_dni;
    END IF;
    IF stands AND NEW.driver_dni IS NOT NULL THEN
        UPDATE drivers
        SET total_infractions = total_infractions + 1,
            serious_infractions =
                serious_infractions + COALESCE(NEW.severity IN ('grave', 'muy_grave'), FALSE)::INTEGER,
            last_infraction_date = GREATEST(last_infraction_date, NEW.detected_at)
        WHERE dni = NEW.driver_dni;
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

-- No column list: severity may be set by a trigger, which an UPDATE OF list would not see.
CREATE TRIGGER update_driver_infraction_count
    AFTER INSERT OR DELETE OR UPDATE ON infractions
    FOR EACH ROW
    EXECUTE FUNCTION update_driver_stats();
