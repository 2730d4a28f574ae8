-- The rows that question 4.4 is about, counted camera by camera and nothing else: no answer that reads them can
-- be quicker.
SELECT d.id, im.rows
FROM devices AS d
CROSS JOIN LATERAL (
    SELECT COUNT(*) AS rows
    FROM inference_metrics
    WHERE device_id = d.id
        AND timestamp >= CURRENT_TIMESTAMP - INTERVAL '1 hour'
) AS im
WHERE d.status = 'active'
