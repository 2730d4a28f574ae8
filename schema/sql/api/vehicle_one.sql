-- A vehicle as the registry knows it, with how often it was fined.
SELECT
    plate, brand AS make, model, year, color, vehicle_type AS class, owner_name, owner_dni, owner_address,
    owner_phone, registration_date, registration_status, sunarp_last_check, sunarp_cache_expires,
    COALESCE((sunarp_data->>'simulated')::BOOLEAN, FALSE) AS simulated,
    total_infractions, last_infraction_date
FROM vehicles
WHERE plate = $1 AND deleted_at IS NULL
