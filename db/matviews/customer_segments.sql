CREATE MATERIALIZED VIEW analytics.customer_segments AS
WITH

-- Who never bought is a Prospect in both; everyone else has a health. A shop that has no tier from one order on has buyers in the
-- tier Prospect, too.
cells AS (
    SELECT
        t.customer_tier,
        t.min_orders,
        s.customer_status,
        s.min_days
    FROM config.customer_tier AS t
    INNER JOIN config.customer_status AS s
        ON t.min_orders > 0 OR (SELECT count(*) FILTER (WHERE o.min_orders = 1) FROM config.customer_tier AS o) = 0
    UNION ALL
    SELECT
        t.customer_tier,
        t.min_orders,
        'Prospect' AS customer_status,
        NULL AS min_days
    FROM config.customer_tier AS t
    WHERE t.min_orders = 0
),

segments AS (
    SELECT
        c.customer_tier,
        c.customer_status,
        sum(c.customers)::bigint AS customers,
        sum(c.total_revenue) AS total_revenue,
        sum(c.revenue_365_days) AS revenue_365_days
    FROM analytics.customer_mix AS c
    GROUP BY c.customer_tier, c.customer_status
),

totals AS (
    SELECT
        sum(s.customers) AS customers,
        sum(s.total_revenue) AS total_revenue
    FROM segments AS s
),

tiers AS (
    SELECT
        t.customer_tier,
        t.min_orders,
        sum(s.customers) AS customers,
        sum(s.total_revenue) AS total_revenue
    FROM config.customer_tier AS t
    LEFT JOIN segments AS s ON t.customer_tier = s.customer_tier
    GROUP BY t.customer_tier, t.min_orders
),

-- The difference of two averages as one fraction, so that it is rounded once.
steps AS (
    SELECT
        t.customer_tier,
        lead(t.customer_tier) OVER tiers_up AS next_tier,
        lead(t.total_revenue) OVER tiers_up * t.customers - t.total_revenue * lead(t.customers) OVER tiers_up AS lead_numerator,
        t.customers * lead(t.customers) OVER tiers_up AS lead_denominator
    FROM tiers AS t
    WINDOW tiers_up AS (ORDER BY t.min_orders)
)

SELECT
    c.customer_tier,
    c.customer_status,
    row_number() OVER (ORDER BY c.min_orders DESC, c.min_days ASC) AS segment_order,
    coalesce(s.customers, 0) AS customers,
    (100.0 * coalesce(s.customers, 0) / nullif(a.customers, 0))::numeric(7, 4) AS customer_share,
    coalesce(s.total_revenue, 0)::numeric(18, 2) AS total_revenue,
    (100 * coalesce(s.total_revenue, 0) / nullif(a.total_revenue, 0))::numeric(7, 4) AS revenue_share,
    (s.total_revenue / s.customers)::numeric(18, 2) AS avg_customer_value,
    coalesce(s.revenue_365_days, 0)::numeric(18, 2) AS revenue_365_days,
    CASE WHEN c.customer_status = 'At Risk' THEN coalesce(s.total_revenue, 0) ELSE 0 END::numeric(18, 2) AS revenue_at_risk,
    t.next_tier,
    (t.lead_numerator / t.lead_denominator)::numeric(18, 2) AS next_tier_lead,
    (coalesce(s.customers, 0) * t.lead_numerator / t.lead_denominator)::numeric(18, 2) AS next_tier_value
FROM cells AS c
CROSS JOIN totals AS a
INNER JOIN steps AS t ON c.customer_tier = t.customer_tier
LEFT JOIN segments AS s ON c.customer_tier = s.customer_tier AND c.customer_status = s.customer_status;

CREATE UNIQUE INDEX customer_segments_customer_tier_customer_status_key
ON analytics.customer_segments (customer_tier, customer_status);

COMMENT ON MATERIALIZED VIEW analytics.customer_segments IS
'One row per customer tier and health, those without customers too; Prospects have no health.';
COMMENT ON COLUMN analytics.customer_segments.customer_tier IS 'Key. Tier, as in analytics.customer_metrics.';
COMMENT ON COLUMN analytics.customer_segments.customer_status IS 'Key. Health, as in analytics.customer_metrics.';
COMMENT ON COLUMN analytics.customer_segments.segment_order IS 'To sort by: best tier first, in it the healthiest first.';
COMMENT ON COLUMN analytics.customer_segments.customers IS 'Customers in the segment.';
COMMENT ON COLUMN analytics.customer_segments.customer_share IS 'They in percent of all customers.';
COMMENT ON COLUMN analytics.customer_segments.total_revenue IS 'Their lifetime revenue.';
COMMENT ON COLUMN analytics.customer_segments.revenue_share IS
'It in percent of all customers'' revenue; NULL while there is none.';
COMMENT ON COLUMN analytics.customer_segments.avg_customer_value IS
'Average value: total_revenue / customers; NULL without customers.';
COMMENT ON COLUMN analytics.customer_segments.revenue_365_days IS
'Their revenue in the 365 days that end with config.clock.as_of.';
COMMENT ON COLUMN analytics.customer_segments.revenue_at_risk IS
'Revenue at risk: total_revenue where the health is At Risk, else 0.';
COMMENT ON COLUMN analytics.customer_segments.next_tier IS 'The tier above; NULL for the highest.';
COMMENT ON COLUMN analytics.customer_segments.next_tier_lead IS
'Average lifetime revenue of a customer of the tier above minus that of one of this tier, whatever their health; NULL when one '
'of the tiers has no customers.';
COMMENT ON COLUMN analytics.customer_segments.next_tier_value IS
'Value of moving one tier up: customers × next_tier_lead, before rounding.';
