-- The first staged accident that names a driver, vehicle or zone that is not on record.
SELECT s.line, CASE
    WHEN s.driver_dni IS NOT NULL AND d.dni IS NULL THEN 'driver_dni: ' || s.driver_dni
    WHEN s.plate IS NOT NULL AND v.plate IS NULL THEN 'plate: ' || s.plate
    ELSE 'zone_id: ' || s.zone_id END
FROM accidents_staged AS s
LEFT JOIN drivers AS d ON d.dni = s.driver_dni
LEFT JOIN vehicles AS v ON v.plate = s.plate
LEFT JOIN zones AS z ON z.id = s.zone_id
WHERE (s.driver_dni IS NOT NULL AND d.dni IS NULL)
    OR (s.plate IS NOT NULL AND v.plate IS NULL)
    OR (s.zone_id IS NOT NULL AND z.id IS NULL)
ORDER BY s.line
LIMIT 1
