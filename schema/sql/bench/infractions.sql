-- Infractions numbered from %(first)s to %(last)s, one every %(step)s from %(since)s on. Draws are hashes of
-- the number, so a row is always the same row. Plates and drivers are skewed: some offend far more often.
INSERT INTO infractions
    (id, infraction_code, type, device_id, zone_id, plate, driver_dni, detected_speed, speed_limit,
     violation_details, video_url, snapshot_url, confidence_score, ocr_confidence, track_id, detected_at, status,
     validated_at, fine_amount, fine_code, fine_issued, fine_paid, fine_paid_at, recidivism_risk, severity,
     idempotency_key, created_at, updated_at)
SELECT
    md5('i' || n)::UUID, 'MED-' || n,
    (ARRAY['SPEED_VIOLATION', 'SPEED_VIOLATION', 'SPEED_VIOLATION', 'RED_LIGHT', 'LANE_INVASION',
           'PHONE_USAGE'])[(1 + a %% 6)::INT],
    'BC' || b %% %(cameras)s::INT, 'BZ' || (b %% %(cameras)s::INT) / 10 %% GREATEST(%(cameras)s::INT / 10, 1),
    'B' || LPAD(who::TEXT, 7, '0'),
    CASE WHEN c %% 10 < 6 THEN LPAD(who::TEXT, 8, '0') END,
    CASE WHEN a %% 6 < 3 THEN 66 + (c %% 4000) / 100.0 END, 60,
    jsonb_build_object('speed_sigma_kmh', 0.8, 'distance_traveled', 30 + c %% 20),
    'file:///store/MED-' || n || '/clip.mp4', 'file:///store/MED-' || n || '/snapshot.jpg',
    0.5 + (d %% 5000) / 10000.0, 0.9, n %% 100000, at, status,
    CASE WHEN status NOT IN ('pending') THEN at + INTERVAL '6 hours' END,
    CASE WHEN status IN ('validated', 'appealed', 'paid') THEN 1284.00 END,
    CASE WHEN a %% 6 < 3 THEN 'M20' WHEN a %% 6 = 3 THEN 'M17' END,
    status IN ('validated', 'appealed', 'paid'), status = 'paid',
    CASE WHEN status = 'paid' THEN at + INTERVAL '9 days' END,
    (d %% 1000) / 1000.0, 'grave', 'med|' || n, at, at
FROM (
    SELECT
        n, %(since)s::TIMESTAMPTZ + n * %(step)s::INTERVAL AS at,
        hashint8(n)::BIGINT + 2147483648 AS a, hashint8(n + 1000000007)::BIGINT + 2147483648 AS b,
        hashint8(n + 2000000011)::BIGINT + 2147483648 AS c, hashint8(n + 3000000019)::BIGINT + 2147483648 AS d,
        -- The cube of a uniform draw: the first thousandth of people has a tenth of the rows.
        FLOOR(POWER(((hashint8(n + 4000000007)::BIGINT + 2147483648) / 4294967296.0)::FLOAT, 3)
              * %(people)s::INT)::BIGINT AS who,
        (ARRAY['pending', 'validated', 'validated', 'validated', 'validated', 'rejected', 'rejected', 'paid',
               'paid', 'appealed'])[(1 + (hashint8(n + 5000000029)::BIGINT + 2147483648) %% 10)::INT] AS status
    FROM generate_series(%(first)s::BIGINT, %(last)s::BIGINT) AS n
) AS drawn
