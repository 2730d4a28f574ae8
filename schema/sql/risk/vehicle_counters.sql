-- Counters of vehicles that were there before their history came.
UPDATE vehicles AS v
SET total_infractions = c.total, last_infraction_date = c.last
FROM (
    SELECT i.plate, COUNT(*) AS total, MAX(i.detected_at) AS last
    FROM infractions AS i
    WHERE i.plate = ANY(:plates) AND infraction_counts(i.status, i.deleted_at)
    GROUP BY i.plate) AS c
WHERE v.plate = c.plate
