-- Compute again each hour that has a row not yet taken, or that lies between the old and the new watermark.
-- Whole hours are read again, so that a late row is counted and none is counted twice.
WITH touched AS MATERIALIZED (
    SELECT DISTINCT date_bin('1 hour', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00') AS hour, device_id
    FROM events
    WHERE event_type = 'detection' AND id > %(read_from)s
        AND timestamp >= %(raw_from)s AND timestamp < %(watermark)s
    UNION
    SELECT DISTINCT date_bin('1 hour', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00'), device_id
    FROM events
    WHERE event_type = 'detection' AND timestamp >= %(before)s AND timestamp < %(watermark)s
),
computed AS (
    SELECT t.hour, t.device_id, 'detection' AS event_type, kept.event_count, kept.avg_confidence
    FROM touched AS t
    CROSS JOIN LATERAL (
        SELECT COUNT(*) AS event_count, AVG(event_confidence(e.data)) AS avg_confidence
        FROM events AS e
        WHERE e.event_type = 'detection'
            AND (e.device_id = t.device_id OR (e.device_id IS NULL AND t.device_id IS NULL))
            AND e.timestamp >= t.hour AND e.timestamp < t.hour + INTERVAL '1 hour'
    ) AS kept
)
INSERT INTO events_hourly_rollup (hour, device_id, event_type, event_count, avg_confidence)
SELECT hour, device_id, event_type, event_count, avg_confidence FROM computed
ON CONFLICT (hour, device_id, event_type) DO UPDATE
SET event_count = EXCLUDED.event_count, avg_confidence = EXCLUDED.avg_confidence
