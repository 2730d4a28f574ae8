-- What a registry said of a plate that is known here, and until when it is taken for current. A made-up answer
-- never takes the place of a registry's own or of what was entered by hand.
UPDATE vehicles SET
    brand = $2, model = $3, year = $4, color = $5, vehicle_type = COALESCE($6, vehicle_type), owner_name = $7,
    owner_dni = $8, owner_address = $9, registration_status = $10,
    sunarp_data = $11::JSONB,
    sunarp_last_check = $12, sunarp_cache_expires = $13
WHERE plate = $1 AND deleted_at IS NULL
    AND (NOT ($11::JSONB->>'simulated')::BOOLEAN
        OR COALESCE((sunarp_data->>'simulated')::BOOLEAN,
            sunarp_last_check IS NULL AND brand IS NULL AND owner_name IS NULL))
