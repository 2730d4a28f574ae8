-- What the models may see of the asked subjects, as one row of columns: a deployment that answers in
-- milliseconds asks once. Made of the statements by which jobs read whole tables.
SELECT h.*, d.*,
    (SELECT EXTRACT(EPOCH FROM MIN(detected_at))::FLOAT FROM infractions WHERE deleted_at IS NULL)
FROM (
    SELECT array_agg(key),
        array_agg(detected_s::FLOAT), array_agg(known_s::FLOAT), array_agg(ended_s::FLOAT),
        array_agg(type::TEXT), array_agg(severity::INTEGER),
        array_agg(excess_kmh::FLOAT), array_agg(limit_kmh::FLOAT)
    FROM ({history}) AS q (key, detected_s, known_s, ended_s, type, severity, excess_kmh, limit_kmh)
) AS h, (
    SELECT array_agg(key), array_agg(licensed_s::FLOAT), array_agg(licence::INTEGER)
    FROM ({drivers}) AS q (key, licensed_s, licence)
) AS d
