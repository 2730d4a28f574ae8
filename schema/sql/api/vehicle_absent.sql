-- A registry does not know this plate: what it said before stays, what was made up goes, and it is not asked again
-- until $3.
WITH kept AS (
    SELECT plate, COALESCE((sunarp_data->>'simulated')::BOOLEAN, FALSE) AS made_up
    FROM vehicles
    WHERE plate = $1 AND deleted_at IS NULL
    FOR UPDATE
)
UPDATE vehicles AS v SET
    brand = CASE WHEN NOT made_up THEN brand END,
    model = CASE WHEN NOT made_up THEN model END,
    year = CASE WHEN NOT made_up THEN year END,
    color = CASE WHEN NOT made_up THEN color END,
    owner_name = CASE WHEN NOT made_up THEN owner_name END,
    owner_dni = CASE WHEN NOT made_up THEN owner_dni END,
    owner_address = CASE WHEN NOT made_up THEN owner_address END,
    registration_status = CASE WHEN NOT made_up THEN registration_status END,
    sunarp_data = CASE WHEN made_up THEN '{"class": null}' ELSE COALESCE(sunarp_data, '{"class": null}') END
        || '{"simulated": false, "found": false}',
    sunarp_last_check = $2,
    sunarp_cache_expires = $3
FROM kept
WHERE v.plate = kept.plate
