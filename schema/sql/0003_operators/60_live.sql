-- Whoever listens on vigia_infractions hears of new infractions and of changed status: ids only, no plates.
-- A load of many rows at once tells of a hundred; listeners then read the list again.

CREATE OR REPLACE FUNCTION tell_of_new_infractions()
RETURNS TRIGGER AS $$
BEGIN
    PERFORM pg_notify('vigia_infractions', json_build_object(
        'event', 'infraction', 'id', told.id, 'status', told.status)::TEXT)
    FROM (SELECT id, status FROM added LIMIT 100) AS told;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER tell_of_new_infractions
    AFTER INSERT ON infractions
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT
    EXECUTE FUNCTION tell_of_new_infractions();

CREATE OR REPLACE FUNCTION tell_of_transition()
RETURNS TRIGGER AS $$
BEGIN
    PERFORM pg_notify('vigia_infractions', json_build_object(
        'event', 'transition', 'id', NEW.id, 'status', NEW.status)::TEXT);
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER tell_of_transition
    AFTER UPDATE OF status ON infractions
    FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION tell_of_transition();
