CREATE MATERIALIZED VIEW analytics.customer_mix AS
SELECT
    coalesce(c.country, 'Unknown') AS country,
    c.customer_tier,
    c.customer_status,
    coalesce(c.rfm_segment, 'Prospect') AS rfm_segment,
    count(*) AS customers,
    sum(c.total_revenue)::numeric(18, 2) AS total_revenue,
    sum(c.revenue_365_days)::numeric(18, 2) AS revenue_365_days
FROM analytics.customer_metrics AS c
GROUP BY coalesce(c.country, 'Unknown'), c.customer_tier, c.customer_status, coalesce(c.rfm_segment, 'Prospect');

CREATE UNIQUE INDEX customer_mix_country_kind_key
ON analytics.customer_mix (country, customer_tier, customer_status, rfm_segment);

COMMENT ON MATERIALIZED VIEW analytics.customer_mix IS
'One row per country, customer tier, health and RFM segment that has customers: to be added up as a question needs.';
COMMENT ON COLUMN analytics.customer_mix.country IS 'Key. Country of the customers; Unknown when it is not known.';
COMMENT ON COLUMN analytics.customer_mix.customer_tier IS 'Key. Tier, as in analytics.customer_metrics.';
COMMENT ON COLUMN analytics.customer_mix.customer_status IS 'Key. Health, as in analytics.customer_metrics.';
COMMENT ON COLUMN analytics.customer_mix.rfm_segment IS
'Key. RFM segment, as in analytics.customer_metrics; Prospect: never bought.';
COMMENT ON COLUMN analytics.customer_mix.customers IS 'Customers in all four.';
COMMENT ON COLUMN analytics.customer_mix.total_revenue IS 'Their lifetime revenue.';
COMMENT ON COLUMN analytics.customer_mix.revenue_365_days IS
'Their revenue in the 365 days that end with config.clock.as_of.';
