-- Accidents of drivers.
SELECT a.driver_dni, EXTRACT(EPOCH FROM a.occurred_at)
FROM accidents AS a
WHERE a.driver_dni IS NOT NULL
    AND a.deleted_at IS NULL
    AND ({keys}::TEXT[] IS NULL OR a.driver_dni = ANY({keys}::TEXT[]))
ORDER BY a.driver_dni COLLATE "C", a.occurred_at
