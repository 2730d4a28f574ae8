-- One infraction with all that a reviewer looks at: evidence, vehicle, how it came to its status.
SELECT
    i.id,
    i.infraction_code,
    i.type,
    i.status,
    i.device_id,
    d.name AS device_name,
    d.serial_number AS device_serial,
    d.certificate_number AS device_certificate,
    i.zone_id,
    z.name AS zone_name,
    z.limit_source,
    i.plate,
    i.driver_dni,
    i.detected_speed,
    i.speed_limit,
    i.speed_excess,
    CASE WHEN jsonb_typeof(i.violation_details->'speed_sigma_kmh') = 'number'
        THEN (i.violation_details->>'speed_sigma_kmh')::FLOAT END AS speed_sigma_kmh,
    i.confidence_score,
    i.ocr_confidence,
    i.detected_at,
    i.version,
    i.violation_details,
    COALESCE(i.violation_details->>'vehicle_class', i.metadata->>'vehicle_class') AS seen_class,
    i.violation_details->>'vehicle_color' AS seen_color,
    i.track_id,
    i.severity,
    i.video_url,
    i.snapshot_url,
    i.plate_crop_url,
    i.validated_by,
    i.validated_at,
    i.rejection_reason,
    i.fine_amount,
    i.fine_code,
    i.fine_issued,
    i.fine_paid,
    i.fine_paid_at,
    i.fine_details,
    i.recidivism_risk,
    i.accident_risk,
    i.risk_factors,
    (
        SELECT jsonb_build_object('name', m.model_name, 'version', m.version, 'predicted_at', p.predicted_at,
            'simulated', COALESCE((m.metadata->>'simulated')::BOOLEAN, FALSE))
        FROM ml_predictions AS p
        JOIN ml_models AS m ON m.id = p.model_id
        WHERE p.infraction_id = i.id
        ORDER BY p.predicted_at DESC, p.prediction_type DESC
        LIMIT 1
    ) AS risk_model,
    i.created_at,
    i.updated_at,
    (
        SELECT jsonb_build_object(
            'bundle_id', e.bundle_id, 'store_url', e.store_url, 'manifest_digest', e.manifest_digest,
            'previous_digest', e.previous_digest, 'signature_key_id', e.signature_key_id,
            'software_version', e.software_version, 'sizes', e.sizes, 'sealed_at', e.sealed_at,
            'captured_from', e.captured_from, 'captured_to', e.captured_to,
            'calibration_digest', e.calibration_digest)
        FROM evidence AS e
        WHERE e.infraction_id = i.id AND e.deleted_at IS NULL
        ORDER BY e.sealed_at DESC
        LIMIT 1
    ) AS evidence,
    (
        SELECT jsonb_build_object(
            'plate', v.plate, 'make', v.brand, 'model', v.model, 'year', v.year, 'color', v.color,
            'class', CASE WHEN v.sunarp_data ? 'class' THEN v.sunarp_data->>'class'
                WHEN v.sunarp_last_check IS NOT NULL OR v.brand IS NOT NULL THEN v.vehicle_type END,
            'owner_name', v.owner_name, 'owner_dni', v.owner_dni,
            'owner_address', v.owner_address, 'owner_phone', v.owner_phone,
            'district', v.sunarp_data->>'district',
            'registration_status', v.registration_status, 'sunarp_last_check', v.sunarp_last_check,
            'sunarp_cache_expires', v.sunarp_cache_expires, 'total_infractions', v.total_infractions,
            'last_infraction_date', v.last_infraction_date,
            'simulated', COALESCE((v.sunarp_data->>'simulated')::BOOLEAN, FALSE),
            'found', COALESCE((v.sunarp_data->>'found')::BOOLEAN, TRUE),
            'filled', v.brand IS NOT NULL OR v.owner_name IS NOT NULL)
        FROM vehicles AS v
        WHERE v.plate = i.plate AND v.deleted_at IS NULL
    ) AS vehicle,
    (
        SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'at', t.created_at, 'by', t.username, 'from', t.from_status, 'to', t.to_status,
            'reason', t.reason, 'version', t.version) ORDER BY t.id), '[]')
        FROM infraction_transitions AS t
        WHERE t.infraction_id = i.id
    ) AS history
FROM infractions AS i
LEFT JOIN devices AS d ON d.id = i.device_id
LEFT JOIN zones AS z ON z.id = i.zone_id
WHERE i.id = $1 AND i.deleted_at IS NULL
