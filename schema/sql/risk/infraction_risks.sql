-- Risks of infractions, from the staged columns; a risk that is not staged stays as it is.
UPDATE infractions AS i
SET recidivism_risk = COALESCE(s.recidivism, i.recidivism_risk),
    accident_risk = COALESCE(s.accident, i.accident_risk),
    risk_factors = COALESCE(s.factors, i.risk_factors)
FROM risk_staged AS s
WHERE i.id = s.id
