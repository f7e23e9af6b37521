-- What the views of sales decide by, the rules of the insights, and a copy of the comments that the metric dictionary is made of.

CREATE TABLE IF NOT EXISTS config.order_funnel (
    is_only_row boolean NOT NULL DEFAULT true,
    max_open_days integer NOT NULL DEFAULT 14,
    CONSTRAINT order_funnel_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT order_funnel_is_only_row_check CHECK (is_only_row),
    CONSTRAINT order_funnel_max_open_days_check CHECK (max_open_days >= 0)
);
COMMENT ON TABLE config.order_funnel IS 'One row: how the order funnel decides.';
COMMENT ON COLUMN config.order_funnel.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.order_funnel.max_open_days IS 'An order that is open for more days than this is overdue.';
INSERT INTO config.order_funnel DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS ops.published_column (
    view_name text COLLATE "C" NOT NULL,
    place smallint NOT NULL,
    column_name text COLLATE "C" NOT NULL,
    data_type text COLLATE "C" NOT NULL,
    is_key boolean NOT NULL,
    column_comment text NOT NULL,
    view_comment text NOT NULL,
    CONSTRAINT published_column_pkey PRIMARY KEY (view_name, place)
);
COMMENT ON TABLE ops.published_column IS
'One row per column of a published view: a copy of the catalog, which has no triggers, for analytics.metric_dictionary.';
COMMENT ON COLUMN ops.published_column.place IS 'Place of the column in its view, from 1.';
COMMENT ON COLUMN ops.published_column.is_key IS 'Part of the view''s unique index.';

CREATE TABLE IF NOT EXISTS config.insight_rule (
    rule_name text COLLATE "C" NOT NULL,
    area text COLLATE "C" NOT NULL,
    sentence text NOT NULL,
    min_figure numeric(18, 2) NOT NULL,
    max_rows integer NOT NULL,
    is_on boolean NOT NULL DEFAULT true,
    description text NOT NULL,
    CONSTRAINT insight_rule_pkey PRIMARY KEY (rule_name),
    CONSTRAINT insight_rule_area_check CHECK (area IN ('customers', 'products', 'sales')),
    CONSTRAINT insight_rule_min_figure_check CHECK (min_figure >= 0 AND min_figure <> 'NaN'),
    CONSTRAINT insight_rule_max_rows_check CHECK (max_rows >= 0)
);
COMMENT ON TABLE config.insight_rule IS 'One row per rule of analytics.business_insights: when it speaks, and what it says.';
COMMENT ON COLUMN config.insight_rule.rule_name IS 'Name of the rule; the names are fixed.';
COMMENT ON COLUMN config.insight_rule.area IS 'customers, products or sales.';
COMMENT ON COLUMN config.insight_rule.sentence IS
'What it says, in your words. {subject}, {other}, {count}, {share}, {times}, {amount}, {other_amount} and {each} are filled in; '
'a '
'rule knows some of them.';
COMMENT ON COLUMN config.insight_rule.min_figure IS 'The rule speaks from this figure on; description says which figure.';
COMMENT ON COLUMN config.insight_rule.max_rows IS 'At most so many sentences, those with the largest amounts.';
COMMENT ON COLUMN config.insight_rule.is_on IS 'false: the rule is silent.';
COMMENT ON COLUMN config.insight_rule.description IS 'What the rule looks at, and what min_figure is.';
INSERT INTO config.insight_rule (rule_name, area, sentence, min_figure, max_rows, description)
VALUES
(
    'tier_revenue', 'customers', '{share} of customers'' revenue comes from the {count} {subject} customers: {amount}.', 25, 1,
    'Tier with the most lifetime revenue; min_figure: its share of customers'' revenue in percent.'
),
(
    'revenue_at_risk', 'customers', '{count} customers are {subject}: they have brought {amount}, {share} of customers'' '
    'revenue.',
    5, 1, 'Customers whose health is At Risk; min_figure: their share of customers'' revenue in percent.'
),
(
    'best_customers', 'customers', 'A {subject} customer has brought {each} on average, {times} times the average customer.',
    2, 1, 'Customers of the tier VIP; min_figure: their average value divided by that of all customers who bought.'
),
(
    'tier_move', 'customers', 'A {other} customer brings {each} more than a {subject} one: for all {count}, {amount}.',
    0, 1, 'The tier whose move one tier up is worth most; min_figure: the worth in money.'
),
(
    'category_dominates', 'products', '{subject} brings {share} of product revenue: {amount}.', 40, 1,
    'Category with the most revenue; min_figure: its share of the revenue of order lines in percent.'
),
(
    'month_trend', 'sales', '{subject} brought {other_amount}, {share} {other} than a year before: {amount}.', 10, 1,
    'The last month that is over, beside the same month a year before; min_figure: growth or decline in percent.'
),
(
    'country_trend', 'sales', '{subject} brought {other_amount} in the last 12 months, {share} {other} than in the 12 before: '
    '{amount}.', 20, 3,
    'Countries, the last 12 months that are over beside the 12 before; min_figure: growth or decline in percent.'
),
(
    'unusual_day', 'sales', '{subject} brought {other_amount}, {times} times what was to be expected of such a day.', 3, 3,
    'Days of the last 90 whose revenue is far from the 28 days before, weekday considered; min_figure: distance in standard '
    'deviations of the last year.'
),
(
    'cancellations', 'sales', '{share} of the orders of the last 12 months were cancelled: {count}, worth {amount}.', 5, 1,
    'Orders with the outcome cancelled in the last 12 months that are over; min_figure: share of the orders in percent.'
),
(
    'overdue_orders', 'sales', '{count} orders are still open after more than {other} days: {amount}.', 1, 1,
    'Open orders older than config.order_funnel.max_open_days; min_figure: number of orders.'
),
(
    'category_decline', 'products', '{subject} brought {other_amount} in the last 3 months, {share} {other} than a year before: '
    '{amount}.',
    10, 3, 'Categories, the last 3 months that are over beside the same a year before; min_figure: decline in percent.'
),
(
    'product_optimisation', 'products', 'At the median margin of their categories, {count} products would have brought {amount} '
    'more.',
    0, 1, 'Products priced below the median margin of their category (analytics.product_profitability); min_figure: what that '
    'price would have brought, had as many been sold.'
),
(
    'pair_to_sell', 'products', '{subject} and {other} go together: in {count} orders, {times} times as often as by chance.',
    2, 5,
    'Pairs of analytics.product_affinity, ranked by the list price of what was bought together; min_figure: lift.'
),
(
    'stock_risk', 'products', '{subject} runs out: {count} left. It brings about {amount} in 30 days.', 0, 5,
    'Products that are out of stock or at risk of it (analytics.inventory_intelligence), ranked by 30 days of demand at the list '
    'price; min_figure: units a day.'
)
ON CONFLICT DO NOTHING;

ALTER TABLE rollup.days
ADD COLUMN IF NOT EXISTS discount_amount numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS tax_amount numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS shipping_amount numeric(18, 2) NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS refunded_amount numeric(18, 2) NOT NULL DEFAULT 0;
COMMENT ON COLUMN rollup.days.discount_amount IS 'Discounts of the completed orders.';
COMMENT ON COLUMN rollup.days.tax_amount IS 'Tax within total_revenue.';
COMMENT ON COLUMN rollup.days.shipping_amount IS 'Shipping within total_revenue.';
COMMENT ON COLUMN rollup.days.refunded_amount IS 'What was paid back of total_revenue, whenever it was.';

CREATE TABLE IF NOT EXISTS rollup.refund_days (
    sale_date date NOT NULL,
    refunded_orders bigint NOT NULL,
    refunded_amount numeric(18, 2) NOT NULL,
    CONSTRAINT refund_days_pkey PRIMARY KEY (sale_date)
);
COMMENT ON TABLE rollup.refund_days IS 'One row per day on which something was paid back.';
COMMENT ON COLUMN rollup.refund_days.sale_date IS
'Day of the refund; that of the order, when it is not known or would be earlier.';
COMMENT ON COLUMN rollup.refund_days.refunded_orders IS 'Completed orders that were refunded on the day.';
COMMENT ON COLUMN rollup.refund_days.refunded_amount IS 'What was paid back for them.';
CREATE INDEX IF NOT EXISTS orders_refund_day_idx ON staging.orders (greatest(refunded_at::date, order_day))
WHERE refunded_amount > 0;
INSERT INTO rollup.dirty DEFAULT VALUES;
