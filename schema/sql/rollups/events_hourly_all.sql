-- The first time: every hour before the watermark in one pass.
INSERT INTO events_hourly_rollup (hour, device_id, event_type, event_count, avg_confidence)
SELECT
    date_bin('1 hour', timestamp, TIMESTAMPTZ '2000-01-03 00:00:00+00'), device_id, event_type,
    COUNT(*), AVG(event_confidence(data))
FROM events
WHERE event_type = 'detection' AND timestamp >= %(raw_from)s AND timestamp < %(watermark)s
GROUP BY 1, 2, 3
ON CONFLICT (hour, device_id, event_type) DO UPDATE
SET event_count = EXCLUDED.event_count, avg_confidence = EXCLUDED.avg_confidence
