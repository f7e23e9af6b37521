-- One row per country and RFM segment; country NULL: all.
WITH

-- Summed up first by what the sets have in common: grouping sets alone would keep the scan from being parallel.
customers AS (
    SELECT
        coalesce(m.country, 'Unknown') AS country,
        m.rfm_segment,
        count(*) AS customers,
        sum(m.total_revenue) AS total_revenue
    FROM bi.customer_metrics AS m
    WHERE m.rfm_segment IS NOT NULL
    GROUP BY coalesce(m.country, 'Unknown'), m.rfm_segment
)

SELECT
    c.country AS for_country,
    c.rfm_segment,
    sum(c.customers) AS customers,
    sum(c.total_revenue) AS total_revenue
FROM customers AS c
GROUP BY GROUPING SETS ((c.rfm_segment), (c.country, c.rfm_segment))
ORDER BY c.country NULLS FIRST, sum(c.total_revenue) DESC, c.rfm_segment COLLATE "C";
