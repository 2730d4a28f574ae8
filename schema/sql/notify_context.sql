-- When an event happened, who did it, and who gave the infraction's verdict.
SELECT
    (SELECT o.created_at FROM outbox AS o WHERE o.event_id = :event_id) AS happened_at,
    (SELECT t.user_id FROM infraction_transitions AS t
     WHERE t.infraction_id = :infraction_id AND t.version = :version) AS actor,
    (SELECT i.validated_by FROM infractions AS i WHERE i.id = :infraction_id) AS reviewer,
    EXISTS (SELECT 1 FROM infractions AS i WHERE i.id = :infraction_id) AS infraction_exists
