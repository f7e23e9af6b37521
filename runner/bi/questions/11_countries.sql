-- Revenue by country
-- Where do our customers live who brought most? All months.
-- bar: country, total_revenue
SELECT
    g.country,
    sum(g.total_revenue) AS total_revenue
FROM bi.geographic_performance AS g
GROUP BY g.country
ORDER BY sum(g.total_revenue) DESC, g.country ASC
LIMIT 15;
