-- How often a second person came to the same verdict, by the first one.
SELECT
    u.username,
    s.first_verdict,
    COUNT(*) FILTER (WHERE s.verdict = s.first_verdict) AS agreed,
    COUNT(*) AS looked_at
FROM second_reviews AS s
LEFT JOIN users AS u ON u.id = s.first_user_id
WHERE s.verdict IS NOT NULL
GROUP BY u.username, s.first_verdict
ORDER BY u.username, s.first_verdict
