-- Drivers with what the models may know of them, and age and sex, by which fairness is judged alone.
-- {asked}: a condition on dni.
SELECT
    d.dni,
    EXTRACT(EPOCH FROM d.license_issued_date::TIMESTAMP),
    CASE
        WHEN starts_with(d.license_category, 'A-III') THEN 2
        WHEN starts_with(d.license_category, 'A-II') THEN 1
        WHEN starts_with(d.license_category, 'A-I') THEN 0
        ELSE -1
    END,
    EXTRACT(EPOCH FROM d.birth_date::TIMESTAMP),
    COALESCE(d.gender, '')
FROM drivers AS d
WHERE d.deleted_at IS NULL
    AND {asked}
ORDER BY d.dni COLLATE "C"
