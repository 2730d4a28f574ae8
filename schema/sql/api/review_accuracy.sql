-- Verdicts that stand, by camera and rule: how many accusations reviewers upheld. An infraction counts once,
-- by the last verdict given; a verdict taken back counts no more.
WITH verdicts AS (
    SELECT DISTINCT ON (t.infraction_id) t.infraction_id, t.to_status
    FROM infraction_transitions AS t
    WHERE t.from_status = 'pending' OR t.to_status = 'pending'
    ORDER BY t.infraction_id, t.id DESC
)
SELECT
    i.device_id,
    d.name AS device_name,
    i.type,
    COUNT(*) FILTER (WHERE v.to_status = 'validated') AS upheld,
    COUNT(*) FILTER (WHERE v.to_status IN ('validated', 'rejected')) AS reviewed
FROM verdicts AS v
JOIN infractions AS i ON i.id = v.infraction_id
LEFT JOIN devices AS d ON d.id = i.device_id
WHERE v.to_status <> 'pending' AND i.deleted_at IS NULL
GROUP BY i.device_id, d.name, i.type
ORDER BY reviewed DESC, i.device_id, i.type
