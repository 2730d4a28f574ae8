-- Drivers with what the models may know of them, and age and sex, by which fairness is judged alone.
SELECT
    d.dni,
    EXTRACT(EPOCH FROM d.license_issued_date::TIMESTAMP),
    CASE
        WHEN d.license_category LIKE 'A-III%' THEN 2
        WHEN d.license_category LIKE 'A-II%' THEN 1
        WHEN d.license_category LIKE 'A-I%' THEN 0
        ELSE -1
    END,
    EXTRACT(EPOCH FROM d.birth_date::TIMESTAMP),
    COALESCE(d.gender, '')
FROM drivers AS d
WHERE d.deleted_at IS NULL
    AND ({keys}::TEXT[] IS NULL OR d.dni = ANY({keys}::TEXT[]))
ORDER BY d.dni COLLATE "C"
