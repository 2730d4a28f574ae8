-- Validated speeding by zone, day and hour of Lima, kept as infractions come, change and go (data model 4.3).
-- Vehicles are counted on the last day on which each was seen in that zone at that hour: the different
-- vehicles of a period without an end are then a sum over its days.

CREATE TABLE zone_hours (
    day DATE NOT NULL,  -- in Lima
    zone_id VARCHAR(50) NOT NULL,  -- no key: a zone that is removed takes its rows along through infractions
    hour INTEGER NOT NULL,
    infractions BIGINT NOT NULL,
    last_vehicles BIGINT NOT NULL,  -- plates not seen in this zone at this hour on any later day
    speeds BIGINT NOT NULL,
    speed_sum FLOAT,
    max_speed FLOAT,
    confidence_sum FLOAT NOT NULL,
    PRIMARY KEY (day, zone_id, hour)
);

-- Whoever counts an hour of a zone again writes its row first, so that writers take turns and one that reads
-- an older snapshot is refused.
CREATE TABLE zone_hour_turns (
    zone_id VARCHAR(50) NOT NULL,
    hour INTEGER NOT NULL,
    turns BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (zone_id, hour)
) WITH (fillfactor = 50);

-- Each vehicle's last day in a zone at an hour, and the one before a day.
CREATE INDEX idx_infractions_speeding_plate ON infractions(plate, zone_id, hour_of_day, detected_at)
    WHERE status = 'validated' AND type = 'SPEED_VIOLATION' AND deleted_at IS NULL AND plate IS NOT NULL;

-- Counts one hour of one day again. From the rows themselves, never by adding and taking away: nothing can
-- drift, and a bulk change comes out right whatever its order.
CREATE OR REPLACE FUNCTION count_zone_hour(of_zone VARCHAR, of_day DATE, of_hour INTEGER)
RETURNS VOID AS $$
DECLARE
    midnight_after TIMESTAMPTZ := (of_day + 1)::TIMESTAMP AT TIME ZONE 'America/Lima';
    -- Where clocks were set back an hour came twice, and this is its second.
    begins TIMESTAMPTZ := (of_day + make_interval(hours => of_hour)) AT TIME ZONE 'America/Lima';
BEGIN
    WITH counted AS (
        SELECT
            COUNT(*) AS infractions,
            COUNT(DISTINCT i.plate) FILTER (WHERE NOT EXISTS (
                SELECT 1 FROM infractions AS later
                WHERE later.zone_id = of_zone AND later.hour_of_day = of_hour AND later.plate = i.plate
                    AND later.detected_at >= midnight_after
                    AND later.status = 'validated' AND later.type = 'SPEED_VIOLATION'
                    AND later.deleted_at IS NULL AND later.plate IS NOT NULL)) AS last_vehicles,
            COUNT(i.detected_speed) AS speeds,
            SUM(i.detected_speed) AS speed_sum,
            MAX(i.detected_speed) AS max_speed,
            SUM(i.confidence_score) AS confidence_sum
        FROM infractions AS i
        WHERE i.zone_id = of_zone
            AND i.detected_at >= begins - INTERVAL '1 hour' AND i.detected_at < begins + INTERVAL '1 hour'
            AND i.hour_of_day = of_hour AND (i.detected_at AT TIME ZONE 'America/Lima')::DATE = of_day
            AND i.status = 'validated' AND i.type = 'SPEED_VIOLATION' AND i.deleted_at IS NULL
        HAVING COUNT(*) > 0
    ),
    kept AS (
        INSERT INTO zone_hours AS z
            (day, zone_id, hour, infractions, last_vehicles, speeds, speed_sum, max_speed, confidence_sum)
        SELECT of_day, of_zone, of_hour, c.infractions, c.last_vehicles, c.speeds, c.speed_sum, c.max_speed,
            c.confidence_sum
        FROM counted AS c
        ON CONFLICT (day, zone_id, hour) DO UPDATE
        SET infractions = EXCLUDED.infractions, last_vehicles = EXCLUDED.last_vehicles, speeds = EXCLUDED.speeds,
            speed_sum = EXCLUDED.speed_sum, max_speed = EXCLUDED.max_speed,
            confidence_sum = EXCLUDED.confidence_sum
        RETURNING 1
    )
    DELETE FROM zone_hours
    WHERE day = of_day AND zone_id = of_zone AND hour = of_hour AND NOT EXISTS (SELECT 1 FROM kept);
END;
$$ LANGUAGE plpgsql;

-- After a row came to or left a zone's hour: that hour, and the vehicle's day before it, whose last it may
-- have been or be now.
CREATE OR REPLACE FUNCTION count_zone_hour_of(of_zone VARCHAR, at TIMESTAMPTZ, of_plate VARCHAR)
RETURNS VOID AS $$
DECLARE
    of_day DATE := (at AT TIME ZONE 'America/Lima')::DATE;
    of_hour INTEGER := EXTRACT(HOUR FROM at AT TIME ZONE 'America/Lima');
    before TIMESTAMPTZ;
BEGIN
    IF of_zone IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO zone_hour_turns AS t (zone_id, hour) VALUES (of_zone, of_hour)
    ON CONFLICT (zone_id, hour) DO UPDATE SET turns = t.turns + 1;
    -- Statements from here on see what those who had their turn before have committed.
    PERFORM count_zone_hour(of_zone, of_day, of_hour);
    SELECT MAX(detected_at) INTO before
    FROM infractions
    WHERE zone_id = of_zone AND hour_of_day = of_hour AND plate = of_plate
        AND detected_at < of_day::TIMESTAMP AT TIME ZONE 'America/Lima'
        AND status = 'validated' AND type = 'SPEED_VIOLATION' AND deleted_at IS NULL AND plate IS NOT NULL;
    IF before IS NOT NULL THEN
        PERFORM count_zone_hour(of_zone, (before AT TIME ZONE 'America/Lima')::DATE, of_hour);
    END IF;
END;
$$ LANGUAGE plpgsql;

-- With the owner's rights: who may change an infraction may not therefore write counts. One plan for all
-- hours: making one for each would take longer than counting does.
CREATE OR REPLACE FUNCTION update_zone_hours()
RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status = 'validated' AND OLD.type = 'SPEED_VIOLATION' AND OLD.deleted_at IS NULL THEN
        PERFORM count_zone_hour_of(OLD.zone_id, OLD.detected_at, OLD.plate);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status = 'validated' AND NEW.type = 'SPEED_VIOLATION' AND NEW.deleted_at IS NULL THEN
        PERFORM count_zone_hour_of(NEW.zone_id, NEW.detected_at, NEW.plate);
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan;

-- Named to run after the counters of drivers and vehicles, so that all writers lock in one order.
CREATE TRIGGER update_zone_hours_on_insert
    AFTER INSERT ON infractions
    FOR EACH ROW
    WHEN (NEW.status = 'validated' AND NEW.type = 'SPEED_VIOLATION' AND NEW.deleted_at IS NULL)
    EXECUTE FUNCTION update_zone_hours();

CREATE TRIGGER update_zone_hours_on_delete
    AFTER DELETE ON infractions
    FOR EACH ROW
    WHEN (OLD.status = 'validated' AND OLD.type = 'SPEED_VIOLATION' AND OLD.deleted_at IS NULL)
    EXECUTE FUNCTION update_zone_hours();

CREATE TRIGGER update_zone_hours_on_change
    AFTER UPDATE ON infractions
    FOR EACH ROW
    WHEN (((OLD.status = 'validated' AND OLD.type = 'SPEED_VIOLATION' AND OLD.deleted_at IS NULL)
           OR (NEW.status = 'validated' AND NEW.type = 'SPEED_VIOLATION' AND NEW.deleted_at IS NULL))
          AND (OLD.status, OLD.type, OLD.deleted_at, OLD.zone_id, OLD.plate, OLD.detected_at, OLD.detected_speed,
               OLD.confidence_score)
              IS DISTINCT FROM
              (NEW.status, NEW.type, NEW.deleted_at, NEW.zone_id, NEW.plate, NEW.detected_at, NEW.detected_speed,
               NEW.confidence_score))
    EXECUTE FUNCTION update_zone_hours();

-- Different vehicles at an hour in zones that share a name, which no sum of theirs tells. A function, because
-- the planner would count a statement of such cost in although it hardly ever runs.
CREATE OR REPLACE FUNCTION speeding_vehicles(of_name VARCHAR, of_hour INTEGER, since TIMESTAMPTZ)
RETURNS BIGINT AS $$
    SELECT COUNT(DISTINCT i.plate)
    FROM infractions AS i
    JOIN zones AS z ON i.zone_id = z.id
    WHERE z.name = of_name AND i.hour_of_day = of_hour AND i.detected_at >= since
        AND i.type = 'SPEED_VIOLATION' AND i.status = 'validated' AND i.deleted_at IS NULL
$$ LANGUAGE sql STABLE;

-- All of them in one pass; for rows that were written while triggers slept. Writers wait meanwhile.
CREATE OR REPLACE FUNCTION count_all_zone_hours()
RETURNS BIGINT AS $$
DECLARE
    counted BIGINT;
BEGIN
    LOCK TABLE infractions IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM zone_hours;
    INSERT INTO zone_hours
        (day, zone_id, hour, infractions, last_vehicles, speeds, speed_sum, max_speed, confidence_sum)
    SELECT
        day, zone_id, hour_of_day, COUNT(*),
        COUNT(DISTINCT plate) FILTER (WHERE day = last_day),
        COUNT(detected_speed), SUM(detected_speed), MAX(detected_speed), SUM(confidence_score)
    FROM (
        SELECT
            zone_id, hour_of_day, plate, detected_speed, confidence_score, day,
            MAX(day) OVER (PARTITION BY zone_id, hour_of_day, plate) AS last_day
        FROM (
            SELECT *, (detected_at AT TIME ZONE 'America/Lima')::DATE AS day
            FROM infractions
            WHERE status = 'validated' AND type = 'SPEED_VIOLATION' AND deleted_at IS NULL AND zone_id IS NOT NULL
        ) AS speeding
    ) AS seen
    GROUP BY day, zone_id, hour_of_day;
    GET DIAGNOSTICS counted = ROW_COUNT;
    RETURN counted;
END;
$$ LANGUAGE plpgsql;

SELECT count_all_zone_hours();
