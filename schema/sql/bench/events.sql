-- Detection events numbered from %(first)s to %(last)s, one every %(step)s from %(since)s on, cameras in turn.
INSERT INTO events (event_type, event_category, device_id, timestamp, data, severity)
SELECT
    'detection', 'inference_complete', 'BC' || n %% %(cameras)s::INT, %(since)s::TIMESTAMPTZ + n * %(step)s::INTERVAL,
    jsonb_build_object('frames', 25, 'confidence', 0.5 + (a %% 4000) / 10000.0), 'info'
FROM (
    SELECT n, hashint8(n)::BIGINT + 2147483648 AS a
    FROM generate_series(%(first)s::BIGINT, %(last)s::BIGINT) AS n
) AS drawn
