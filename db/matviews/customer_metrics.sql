CREATE MATERIALIZED VIEW analytics.customer_metrics AS
WITH

-- The values with which the first, second, third and fourth fifth of those who bought end, worst first.
fifths AS (
    SELECT
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY least(r.last_order_date, k.as_of)) AS dates,
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY r.completed_orders) AS orders,
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY r.total_revenue) AS revenues
    FROM rollup.customers AS r
    CROSS JOIN config.clock AS k
    WHERE r.completed_orders > 0
),

-- A score counts the fifths whose last value is worse: - 1 and - 0.01 because width_bucket() counts equal ones too. OFFSET 0 has
-- each column computed once, though several that come later hang on it.
scored AS (
    SELECT
        c.*,
        1 + width_bucket(k.as_of - c.days_since_last_order - 1, f.dates) AS recency_score,
        1 + width_bucket(nullif(c.completed_orders, 0) - 1, f.orders) AS frequency_score,
        1 + width_bucket(CASE WHEN c.completed_orders > 0 THEN c.total_revenue - 0.01 END, f.revenues) AS monetary_score
    FROM rollup.customer_figures AS c
    CROSS JOIN config.clock AS k
    CROSS JOIN fifths AS f
    OFFSET 0  -- noqa: AM09
)

SELECT
    c.customer_id,
    c.full_name,
    c.email,
    c.customer_segment,
    c.country,
    c.registration_date,
    c.total_orders,
    c.completed_orders,
    c.total_revenue,
    c.avg_order_value,
    c.first_order_date,
    c.last_order_date,
    c.customer_tier,
    c.value_segment,
    c.customer_status,
    c.days_since_last_order,
    c.avg_days_between_orders,
    c.orders_30_days,
    c.revenue_30_days,
    c.orders_90_days,
    c.revenue_90_days,
    c.orders_365_days,
    c.revenue_365_days,
    c.recency_score,
    c.frequency_score,
    c.monetary_score,
    g.rfm_segment,
    b.favourite_category,
    NULL::boolean AS no_duplicate_check
FROM scored AS c
LEFT JOIN rollup.customer_baskets AS b ON c.customer_id = b.customer_id
LEFT JOIN config.rfm_segment AS g
    ON c.recency_score = g.recency_score AND (c.frequency_score + c.monetary_score + 1) / 2 = g.value_score;

CREATE UNIQUE INDEX customer_metrics_customer_id_key ON analytics.customer_metrics (customer_id);

COMMENT ON MATERIALIZED VIEW analytics.customer_metrics IS 'One row per customer, those who never ordered too.';
COMMENT ON COLUMN analytics.customer_metrics.customer_id IS 'Key.';
COMMENT ON COLUMN analytics.customer_metrics.full_name IS
'First and last name; in bi initials, unless pipeline_pii was granted; NULL when both are empty.';
COMMENT ON COLUMN analytics.customer_metrics.email IS
'E-mail address; in bi a salted hash and the domain, unless pipeline_pii was granted.';
COMMENT ON COLUMN analytics.customer_metrics.customer_segment IS 'Segment as the shop''s file gives it.';
COMMENT ON COLUMN analytics.customer_metrics.country IS 'Country as the shop''s file gives it.';
COMMENT ON COLUMN analytics.customer_metrics.registration_date IS 'Day of registration.';
COMMENT ON COLUMN analytics.customer_metrics.total_orders IS 'Orders in any status.';
COMMENT ON COLUMN analytics.customer_metrics.completed_orders IS
'Orders that count as revenue: those whose status config.order_status marks so.';
COMMENT ON COLUMN analytics.customer_metrics.total_revenue IS
'Lifetime value so far: sum of total_amount of the completed orders, in the shop''s currency.';
COMMENT ON COLUMN analytics.customer_metrics.avg_order_value IS
'Average order value: total_revenue / completed_orders; NULL without a completed order.';
COMMENT ON COLUMN analytics.customer_metrics.first_order_date IS 'Day of the first completed order.';
COMMENT ON COLUMN analytics.customer_metrics.last_order_date IS 'Day of the last completed order.';
COMMENT ON COLUMN analytics.customer_metrics.customer_tier IS
'VIP, Loyal, Regular, One-time or Prospect, by completed_orders; limits in config.customer_tier.';
COMMENT ON COLUMN analytics.customer_metrics.value_segment IS
'High, Medium or Low, by total_revenue; limits in config.value_segment.';
COMMENT ON COLUMN analytics.customer_metrics.customer_status IS
'Health: Active, At Risk, Dormant or Lost by days_since_last_order, limits in config.customer_status; Prospect: never bought.';
COMMENT ON COLUMN analytics.customer_metrics.days_since_last_order IS
'Days from last_order_date to config.clock.as_of; 0 for a later order; NULL without a completed order.';
COMMENT ON COLUMN analytics.customer_metrics.avg_days_between_orders IS
'Mean days from one completed order to the next: (last_order_date - first_order_date) / (completed_orders - 1); NULL below two.';
COMMENT ON COLUMN analytics.customer_metrics.orders_30_days IS
'Completed orders of the 30 days that end with config.clock.as_of; later ones are not counted.';
COMMENT ON COLUMN analytics.customer_metrics.revenue_30_days IS 'Revenue of orders_30_days.';
COMMENT ON COLUMN analytics.customer_metrics.orders_90_days IS
'Completed orders of the 90 days that end with config.clock.as_of; later ones are not counted.';
COMMENT ON COLUMN analytics.customer_metrics.revenue_90_days IS 'Revenue of orders_90_days.';
COMMENT ON COLUMN analytics.customer_metrics.orders_365_days IS
'Completed orders of the 365 days that end with config.clock.as_of; later ones are not counted.';
COMMENT ON COLUMN analytics.customer_metrics.revenue_365_days IS 'Revenue of orders_365_days.';
COMMENT ON COLUMN analytics.customer_metrics.recency_score IS
'1 to 5 among those who bought: 1 + floor(5 × those whose last order is older / those who bought). Equal days, equal scores; '
'an order after config.clock.as_of counts as of that day; NULL: never bought.';
COMMENT ON COLUMN analytics.customer_metrics.frequency_score IS
'1 to 5 among those who bought: 1 + floor(5 × those with fewer completed orders / those who bought); NULL: never bought.';
COMMENT ON COLUMN analytics.customer_metrics.monetary_score IS
'1 to 5 among those who bought: 1 + floor(5 × those with less total_revenue / those who bought); NULL: never bought.';
COMMENT ON COLUMN analytics.customer_metrics.rfm_segment IS
'Champions, Loyal Customers … Lost, by recency_score and the mean of the other two, in config.rfm_segment; NULL: never bought.';
COMMENT ON COLUMN analytics.customer_metrics.favourite_category IS
'Category with the most revenue in completed orders, then the most units, then the first by name; NULL without such a line.';
COMMENT ON COLUMN analytics.customer_metrics.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
