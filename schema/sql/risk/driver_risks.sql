-- Risks of drivers, from the staged columns.
UPDATE drivers AS d
SET risk_score = s.risk, risk_category = s.category, risk_updated_at = s.at
FROM risk_staged AS s
WHERE d.dni = s.key
