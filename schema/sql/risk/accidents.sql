-- Accidents of drivers or of vehicles. {subject}: the column that names them. {asked}: a condition on it.
SELECT a.{subject}, EXTRACT(EPOCH FROM a.occurred_at)
FROM accidents AS a
WHERE a.{subject} IS NOT NULL
    AND a.deleted_at IS NULL
    AND {asked}
ORDER BY a.{subject} COLLATE "C", a.occurred_at
