-- Infractions whose verdict made a fine, newest first.
SELECT
    i.id, i.infraction_code, i.type, i.status, i.plate, i.detected_at, i.fine_code, i.fine_amount,
    (i.fine_details->>'verified')::BOOLEAN AS verified, i.fine_details->'points' AS points,
    i.fine_issued, i.fine_paid, i.fine_paid_at, i.validated_at, i.version
FROM infractions AS i
WHERE i.deleted_at IS NULL
    AND i.status IN ('validated', 'appealed', 'paid', 'cancelled') /*where*/
ORDER BY i.detected_at DESC, i.id DESC
LIMIT /*limit*/
