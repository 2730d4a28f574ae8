-- Bundles whose clip or pictures are due for a colder keeping, by id, a page at a time: (bundle_id, store_url,
-- wanted clip class, wanted stills class). Not those that are held, nor of infractions still open.
SELECT due.bundle_id, due.store_url, due.clip, due.stills
FROM (
    SELECT
        e.*,
        CASE WHEN e.sealed_at < CURRENT_TIMESTAMP - clips.freeze_after THEN 'frozen'
             WHEN e.sealed_at < CURRENT_TIMESTAMP - clips.keep THEN 'cold' ELSE 'hot' END AS clip,
        CASE WHEN e.sealed_at < CURRENT_TIMESTAMP - stills.freeze_after THEN 'frozen'
             WHEN e.sealed_at < CURRENT_TIMESTAMP - stills.keep THEN 'cold' ELSE 'hot' END AS stills
    FROM evidence AS e
    CROSS JOIN (SELECT * FROM retention_policies WHERE table_name = 'evidence_clips') AS clips
    CROSS JOIN (SELECT * FROM retention_policies WHERE table_name = 'evidence_stills') AS stills
    WHERE e.bundle_id > %(after)s
        AND (e.clip_class <> 'frozen' OR e.stills_class <> 'frozen')
        AND e.sealed_at < CURRENT_TIMESTAMP - LEAST(clips.keep, stills.keep)
) AS due
LEFT JOIN infractions AS i ON i.id = due.infraction_id
WHERE (due.clip, due.stills) IS DISTINCT FROM (due.clip_class, due.stills_class)
    AND COALESCE(i.status, '') NOT IN ('pending', 'appealed')
    AND NOT EXISTS (
        SELECT 1 FROM legal_holds AS hold
        WHERE hold.infraction_id = due.infraction_id AND hold.released_at IS NULL)
ORDER BY due.bundle_id
LIMIT %(limit)s
