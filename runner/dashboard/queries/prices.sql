-- One row per product whose price could be better, the greatest gain first; at most 100.
SELECT
    r.product_name,
    p.category,
    r.verdict,
    r.elasticity,
    r.elasticity_low,
    r.elasticity_high,
    r.current_price,
    r.advised_price,
    r.price_change,
    r.expected_gain,
    r.expected_gain_low,
    r.expected_gain_high
FROM bi.price_recommendations AS r
INNER JOIN bi.product_performance AS p ON r.product_id = p.product_id
WHERE r.advised_price IS NOT NULL AND r.expected_gain > 0
ORDER BY r.expected_gain DESC, r.product_id ASC
LIMIT 100;
