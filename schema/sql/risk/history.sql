-- Infractions as the risk models see them, by driver or by plate, whoever drove. {subject}: that column.
-- {asked}: a condition on that column.
-- The last two columns: when the verdict was given, and from when on it did not stand.
SELECT
    i.{subject},
    EXTRACT(EPOCH FROM i.detected_at),
    EXTRACT(EPOCH FROM i.validated_at),
    CASE i.status
        WHEN 'rejected' THEN EXTRACT(EPOCH FROM i.validated_at)
        WHEN 'cancelled' THEN EXTRACT(EPOCH FROM COALESCE(
            (SELECT MAX(t.created_at) FROM infraction_transitions AS t
             WHERE t.infraction_id = i.id AND t.to_status = 'cancelled'), i.updated_at))
    END,
    i.type,
    COALESCE(array_position(ARRAY['leve', 'grave', 'muy_grave'], i.severity::TEXT) - 1, -1),
    CASE WHEN i.type = 'SPEED_VIOLATION' THEN i.speed_excess END,
    COALESCE(i.speed_limit, z.speed_limit)
FROM infractions AS i
LEFT JOIN zones AS z ON z.id = i.zone_id
WHERE i.{subject} IS NOT NULL
    AND i.deleted_at IS NULL
    AND {asked}
ORDER BY i.{subject} COLLATE "C", i.detected_at
