-- Infractions with a subject: the driver where identified, else the vehicle. {pending}: only those that wait
-- for a verdict; else all since {since_s}.
SELECT i.id, COALESCE(i.driver_dni, i.plate), i.driver_dni IS NOT NULL, EXTRACT(EPOCH FROM i.detected_at)
FROM infractions AS i
WHERE i.deleted_at IS NULL
    AND COALESCE(i.driver_dni, i.plate) IS NOT NULL
    AND CASE WHEN {pending}::BOOLEAN THEN i.status = 'pending'
        ELSE i.detected_at >= to_timestamp({since_s}::FLOAT) END
ORDER BY i.driver_dni IS NOT NULL, COALESCE(i.driver_dni, i.plate) COLLATE "C", i.detected_at
