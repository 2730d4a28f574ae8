-- A driver whom a person identified, with the age of today.
SELECT
    d.dni, d.full_name, d.license_number, d.license_category, d.license_expiry, a.age, d.phone, d.email,
    d.address, d.total_infractions, d.serious_infractions, d.last_infraction_date, d.risk_score,
    d.risk_category, d.risk_updated_at, d.is_active, d.is_blacklisted
FROM drivers AS d
JOIN drivers_with_age AS a ON a.dni = d.dni
WHERE d.dni = $1 AND d.deleted_at IS NULL
