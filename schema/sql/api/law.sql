-- The law as rows, all of it: articles, tax units, discounts.
SELECT
    (SELECT jsonb_agg(to_jsonb(a) - 'created_at' - 'updated_at' ORDER BY a.id) FROM law_catalogue AS a) AS articles,
    (SELECT jsonb_agg(to_jsonb(u) - 'created_at' - 'updated_at' ORDER BY u.year) FROM uit_values AS u) AS uits,
    (SELECT jsonb_agg(to_jsonb(f) - 'created_at' - 'updated_at' ORDER BY f.id) FROM fine_discounts AS f) AS discounts
