-- One row per country and RFM segment; country NULL: all.
SELECT
    c.country AS for_country,
    c.rfm_segment,
    sum(c.customers)::bigint AS customers,
    sum(c.total_revenue) AS total_revenue
FROM bi.customer_mix AS c
WHERE c.rfm_segment <> 'Prospect'
GROUP BY GROUPING SETS ((c.rfm_segment), (c.country, c.rfm_segment))
ORDER BY c.country NULLS FIRST, sum(c.total_revenue) DESC, c.rfm_segment COLLATE "C";
