-- A vehicle as the registry knows it, with how often it was fined. A stub has the class that a camera saw, which
-- is not the registry's word: `class` is shown only where somebody filled the row.
SELECT
    plate, brand AS make, model, year, color,
    CASE WHEN sunarp_data ? 'class' THEN sunarp_data->>'class'
        WHEN sunarp_last_check IS NOT NULL OR brand IS NOT NULL THEN vehicle_type END AS class,
    owner_name, owner_dni, owner_address, owner_phone, sunarp_data->>'district' AS district,
    registration_date, registration_status, sunarp_last_check, sunarp_cache_expires,
    COALESCE((sunarp_data->>'simulated')::BOOLEAN, FALSE) AS simulated,
    COALESCE((sunarp_data->>'found')::BOOLEAN, TRUE) AS found,
    (brand IS NOT NULL OR owner_name IS NOT NULL) AS filled,
    total_infractions, last_infraction_date
FROM vehicles
WHERE plate = $1 AND deleted_at IS NULL
