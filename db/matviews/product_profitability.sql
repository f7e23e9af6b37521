CREATE MATERIALIZED VIEW analytics.product_profitability AS
WITH

totals AS (
    SELECT
        m.product_id,
        sum(m.quantity_sold)::bigint AS quantity_sold,
        sum(m.total_revenue) AS total_revenue,
        sum(m.total_cost) AS total_cost,
        sum(m.costed_revenue) AS costed_revenue,
        sum(m.list_amount) AS list_amount
    FROM rollup.product_months AS m
    GROUP BY m.product_id
),

products AS (
    SELECT
        p.product_id,
        p.product_name,
        p.price,
        p.cost,
        t.costed_revenue,
        coalesce(p.category, 'Uncategorized') AS category,
        (100 * (p.price - p.cost) / nullif(p.price, 0))::numeric(18, 2) AS profit_margin,
        coalesce(t.quantity_sold, 0) AS quantity_sold,
        coalesce(t.total_revenue, 0) AS total_revenue,
        coalesce(t.list_amount, 0) AS list_amount,
        CASE WHEN t.quantity_sold > 0 THEN t.total_cost ELSE 0 END AS total_cost,
        CASE WHEN t.quantity_sold > 0 THEN t.costed_revenue - t.total_cost ELSE 0 END AS contribution
    FROM staging.products AS p
    LEFT JOIN totals AS t ON p.product_id = t.product_id
),

-- The median is the mean of the lower and the upper median: percentile_cont() would compute it as a float.
medians AS (
    SELECT
        p.category,
        (
            (
                percentile_disc(0.5) WITHIN GROUP (ORDER BY p.profit_margin)
                + percentile_disc(0.5) WITHIN GROUP (ORDER BY p.profit_margin DESC)
            ) / 2
        )::numeric(18, 2) AS median_margin
    FROM products AS p
    GROUP BY p.category
),

priced AS (
    SELECT
        p.*,
        m.median_margin,
        (100 * p.cost / nullif(100 - m.median_margin, 0))::numeric(18, 2) AS median_margin_price
    FROM products AS p
    INNER JOIN medians AS m ON p.category = m.category
)

SELECT
    p.product_id,
    p.product_name,
    p.category,
    p.price,
    p.cost,
    p.profit_margin,
    (p.price / nullif(p.cost, 0))::numeric(18, 4) AS price_to_cost,
    p.price < p.cost AS is_below_cost,
    p.quantity_sold,
    p.total_revenue::numeric(18, 2) AS total_revenue,
    p.total_cost::numeric(18, 2) AS total_cost,
    p.contribution::numeric(18, 2) AS contribution,
    (100 * p.contribution / nullif(p.costed_revenue, 0))::numeric(18, 2) AS contribution_share,
    p.contribution < 0 AS is_loss_maker,
    (p.total_revenue / nullif(p.quantity_sold, 0))::numeric(14, 2) AS avg_paid_price,
    p.list_amount::numeric(18, 2) AS list_amount,
    (p.list_amount - p.total_revenue)::numeric(18, 2) AS discount_amount,
    (100 * (p.list_amount - p.total_revenue) / nullif(p.list_amount, 0))::numeric(18, 2) AS discount_share,
    p.median_margin AS category_median_margin,
    p.median_margin_price,
    CASE
        WHEN p.median_margin_price > p.price THEN p.quantity_sold * (p.median_margin_price - p.price)
        WHEN p.median_margin_price <= p.price THEN 0
    END::numeric(18, 2) AS median_margin_gain,
    NULL::boolean AS no_duplicate_check
FROM priced AS p;

CREATE UNIQUE INDEX product_profitability_product_id_key ON analytics.product_profitability (product_id);

COMMENT ON MATERIALIZED VIEW analytics.product_profitability IS
'One row per product, those never sold too: what it earns, what was given away, what another price would bring.';
COMMENT ON COLUMN analytics.product_profitability.product_id IS 'Key.';
COMMENT ON COLUMN analytics.product_profitability.product_name IS 'Name.';
COMMENT ON COLUMN analytics.product_profitability.category IS 'Category; Uncategorized when the shop''s file gives none.';
COMMENT ON COLUMN analytics.product_profitability.price IS 'Current list price.';
COMMENT ON COLUMN analytics.product_profitability.cost IS 'Current cost of one unit; NULL when not known.';
COMMENT ON COLUMN analytics.product_profitability.profit_margin IS
'Margin of the list price in percent: 100 × (price − cost) / price; NULL without a price or a cost.';
COMMENT ON COLUMN analytics.product_profitability.price_to_cost IS
'Ratio of price to cost: price / cost; below 1 the list price does not pay the cost; NULL without a cost.';
COMMENT ON COLUMN analytics.product_profitability.is_below_cost IS
'The list price is below the cost: each unit loses money. NULL when the cost is not known.';
COMMENT ON COLUMN analytics.product_profitability.quantity_sold IS 'Units in completed orders.';
COMMENT ON COLUMN analytics.product_profitability.total_revenue IS 'Sum of the lines in completed orders.';
COMMENT ON COLUMN analytics.product_profitability.total_cost IS
'Cost of the units sold, each at the cost of its day; units whose cost is not known are left out. NULL: of all.';
COMMENT ON COLUMN analytics.product_profitability.contribution IS
'Revenue minus total_cost, of the units whose cost is known; 0 when nothing was sold, NULL when no cost is known.';
COMMENT ON COLUMN analytics.product_profitability.contribution_share IS
'contribution in percent of the revenue of the same units; NULL when that is 0.';
COMMENT ON COLUMN analytics.product_profitability.is_loss_maker IS
'The units sold so far cost more than they brought; NULL when no cost is known.';
COMMENT ON COLUMN analytics.product_profitability.avg_paid_price IS
'What a unit was sold for on average: total_revenue / quantity_sold.';
COMMENT ON COLUMN analytics.product_profitability.list_amount IS
'What the units sold would have brought at the list price of their day.';
COMMENT ON COLUMN analytics.product_profitability.discount_amount IS
'Discount given: list_amount − total_revenue; negative when units sold above the list price.';
COMMENT ON COLUMN analytics.product_profitability.discount_share IS 'discount_amount in percent of list_amount.';
COMMENT ON COLUMN analytics.product_profitability.category_median_margin IS
'Median of profit_margin, in percent, over the products of the category whose margin is known, never sold or not.';
COMMENT ON COLUMN analytics.product_profitability.median_margin_price IS
'List price at which the product would have that margin: cost / (1 − category_median_margin / 100).';
COMMENT ON COLUMN analytics.product_profitability.median_margin_gain IS
'quantity_sold × (median_margin_price − price), if as many had sold; 0 for products at or above the median.';
COMMENT ON COLUMN analytics.product_profitability.no_duplicate_check IS
'Internal: always NULL. A refresh searches the rows that hold no NULL for equal ones, which the key excludes already.';
