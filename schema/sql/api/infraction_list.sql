-- One page of infractions: the row itself and its zone's name. Conditions and order come from
-- schema/api_infractions, so that each set of filters is a statement of its own with a plan of its own.
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
    i.version
FROM infractions AS i
LEFT JOIN zones AS z ON z.id = i.zone_id
WHERE i.deleted_at IS NULL /*where*/
ORDER BY /*order*/
LIMIT /*limit*/
