-- Articles of the catalogue; with a day, those in force on it.
SELECT
    code, infraction_type, description, severity, excess_over_kmh, excess_up_to_kmh, uit_percent, points,
    tolerance_kmh, prompt_payment_discount, valid_from, valid_to, source, verified, note
FROM law_catalogue
WHERE $1::DATE IS NULL
    OR ((valid_from IS NULL OR valid_from <= $1) AND (valid_to IS NULL OR $1 <= valid_to))
ORDER BY infraction_type, excess_over_kmh NULLS FIRST, valid_from NULLS FIRST
