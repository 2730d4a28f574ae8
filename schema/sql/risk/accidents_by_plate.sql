-- Accidents of vehicles.
SELECT a.plate, EXTRACT(EPOCH FROM a.occurred_at)
FROM accidents AS a
WHERE a.plate IS NOT NULL
    AND a.deleted_at IS NULL
    AND ({keys}::TEXT[] IS NULL OR a.plate = ANY({keys}::TEXT[]))
ORDER BY a.plate COLLATE "C", a.occurred_at
