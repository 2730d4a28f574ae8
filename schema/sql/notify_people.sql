-- Everyone who may be told something, with what they switched on or off.
SELECT
    u.id, u.role, u.permissions, u.metadata->>'language' AS language,
    COALESCE(
        (SELECT jsonb_agg(jsonb_build_array(p.notification_type, p.channel, p.enabled))
         FROM notification_preferences AS p WHERE p.user_id = u.id),
        '[]'::JSONB) AS preferences
FROM users AS u
WHERE u.is_active AND u.deleted_at IS NULL
ORDER BY u.id
