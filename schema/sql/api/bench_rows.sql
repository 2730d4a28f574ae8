-- Infractions numbered from the first to the second argument, for measuring: one in five pending, a minute
-- apart over two years and more, spread over ten cameras. Made without triggers, so codes are given.
WITH zone AS (
    INSERT INTO zones (id, name, speed_limit) VALUES ('BENCH', 'Medición', 60) ON CONFLICT DO NOTHING
),
cameras AS (
    INSERT INTO devices (id, zone_id, name, rtsp_url)
    SELECT 'BENCH' || n, 'BENCH', 'Cámara ' || n, 'rtsp://192.0.2.1/' || n FROM generate_series(0, 9) AS n
    ON CONFLICT DO NOTHING
)
INSERT INTO infractions
    (infraction_code, type, device_id, zone_id, detected_speed, speed_limit, violation_details, video_url,
     snapshot_url, confidence_score, detected_at, status, severity, idempotency_key)
SELECT
    'BENCH-' || n, 'SPEED_VIOLATION', 'BENCH' || n %% 10, 'BENCH', 72 + n %% 40, 60,
    '{"speed_sigma_kmh": 0.8}', 'file:///clip.mp4', 'file:///snapshot.jpg', 0.5 + (n %% 50) / 100.0,
    TIMESTAMPTZ '2024-01-01 00:00:00-05' + n * INTERVAL '1 minute',
    CASE WHEN n %% 5 = 0 THEN 'pending' ELSE 'rejected' END, 'muy_grave', 'bench|' || n
FROM generate_series(%s::INT, %s::INT) AS n
