-- Accidents of drivers or of vehicles. {subject}: the column that names them. {keys}: of these only; NULL for all.
SELECT a.{subject}, EXTRACT(EPOCH FROM a.occurred_at)
FROM accidents AS a
WHERE a.{subject} IS NOT NULL
    AND a.deleted_at IS NULL
    AND ({keys}::TEXT[] IS NULL OR a.{subject} = ANY({keys}::TEXT[]))
ORDER BY a.{subject} COLLATE "C", a.occurred_at
