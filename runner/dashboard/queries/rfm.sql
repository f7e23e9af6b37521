-- One row per country and RFM segment; country NULL: all.
WITH

customers AS (
    SELECT
        coalesce(m.country, 'Unknown') AS country,
        m.rfm_segment,
        m.total_revenue
    FROM bi.customer_metrics AS m
    WHERE m.rfm_segment IS NOT NULL
)

SELECT
    c.country AS for_country,
    c.rfm_segment,
    count(*) AS customers,
    sum(c.total_revenue) AS total_revenue
FROM customers AS c
GROUP BY GROUPING SETS ((c.rfm_segment), (c.country, c.rfm_segment))
ORDER BY c.country NULLS FIRST, sum(c.total_revenue) DESC, c.rfm_segment COLLATE "C";
