-- One row per country and category that the page can be narrowed to: the 25 of each with the most revenue.
(
    SELECT
        'country' AS kind,
        g.country AS label
    FROM bi.geographic_performance AS g
    GROUP BY g.country
    HAVING sum(g.total_revenue) > 0
    ORDER BY sum(g.total_revenue) DESC, g.country COLLATE "C"
    LIMIT 25
)
UNION ALL
(
    SELECT
        'category' AS kind,
        c.category AS label
    FROM bi.category_performance AS c
    GROUP BY c.category
    HAVING sum(c.total_revenue) > 0
    ORDER BY sum(c.total_revenue) DESC, c.category COLLATE "C"
    LIMIT 25
)
ORDER BY kind, label;
