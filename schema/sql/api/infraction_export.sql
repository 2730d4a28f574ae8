-- Infractions to hand out as a table, newest first; read through a server-side cursor.
SELECT
    i.id,
    i.infraction_code,
    i.type,
    i.status,
    i.device_id,
    i.zone_id,
    z.name AS zone_name,
    i.plate,
    i.detected_speed,
    i.speed_limit,
    i.speed_excess,
    CASE WHEN jsonb_typeof(i.violation_details->'speed_sigma_kmh') = 'number'
        THEN (i.violation_details->>'speed_sigma_kmh')::FLOAT END AS speed_sigma_kmh,
    i.confidence_score,
    i.ocr_confidence,
    i.detected_at,
    i.severity,
    i.fine_code,
    i.fine_amount,
    i.fine_issued,
    i.fine_paid,
    i.fine_paid_at,
    i.validated_at,
    i.rejection_reason,
    i.version
FROM infractions AS i
LEFT JOIN zones AS z ON z.id = i.zone_id
WHERE i.deleted_at IS NULL /*where*/
ORDER BY i.detected_at DESC, i.id DESC
