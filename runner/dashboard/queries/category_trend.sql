-- One row per series and month, the newest 60 months. All categories: the best seven, and the others together. One category:
-- itself.
WITH

categories AS (
    SELECT
        c.category,
        row_number() OVER (ORDER BY sum(c.total_revenue) DESC, c.category COLLATE "C") AS place
    FROM bi.category_performance AS c
    GROUP BY c.category
),

series AS (
    SELECT
        NULL AS for_category,
        c.category,
        CASE WHEN c.place <= 7 THEN c.category ELSE 'All others' END AS label,
        least(c.place, 8) AS label_order
    FROM categories AS c
    UNION ALL
    SELECT
        c.category AS for_category,
        c.category,
        c.category AS label,
        1 AS label_order
    FROM categories AS c
    WHERE c.place <= 25
)

SELECT
    s.for_category,
    s.label,
    s.label_order,
    m.sale_month,
    CASE
        WHEN m.sale_month > k.as_of - interval '12 months' THEN 0
        ELSE greatest(k.as_of - (m.sale_month + interval '1 month - 1 day')::date, 0)
    END AS days_ago,
    sum(m.total_revenue) AS total_revenue,
    sum(m.margin_amount) AS margin_amount
FROM series AS s
INNER JOIN bi.category_performance AS m ON s.category = m.category
INNER JOIN bi.kpi_summary AS k ON m.sale_month BETWEEN k.as_of - interval '60 months' AND k.as_of
GROUP BY s.for_category, s.label, s.label_order, m.sale_month, k.as_of
ORDER BY s.for_category NULLS FIRST, s.label_order, m.sale_month;
