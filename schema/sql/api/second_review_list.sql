-- Verdicts that another person is asked for, oldest first; not those of the one who asks.
SELECT s.id, s.infraction_id, i.infraction_code, i.type, i.detected_at, s.created_at
FROM second_reviews AS s
JOIN infractions AS i ON i.id = s.infraction_id
WHERE s.verdict IS NULL AND s.first_user_id IS DISTINCT FROM $1
ORDER BY s.created_at, s.id
LIMIT $2
