CREATE MATERIALIZED VIEW analytics.business_insights AS
WITH

tiers AS (
    SELECT
        c.customer_tier,
        t.min_orders,
        sum(c.customers)::bigint AS customers,
        sum(c.total_revenue) AS revenue,
        sum(c.total_revenue) / sum(c.customers) AS avg_revenue,
        sum(sum(c.total_revenue)) OVER () AS all_revenue,
        sum(sum(c.total_revenue)) OVER ()
        / nullif(sum(sum(c.customers)) FILTER (WHERE t.min_orders > 0) OVER (), 0) AS buyer_revenue
    FROM analytics.customer_mix AS c
    INNER JOIN config.customer_tier AS t ON c.customer_tier = t.customer_tier
    GROUP BY c.customer_tier, t.min_orders
),

tier_moves AS (
    SELECT
        t.customer_tier,
        t.customers,
        lead(t.customer_tier) OVER (ORDER BY t.min_orders) AS next_tier,
        lead(t.avg_revenue) OVER (ORDER BY t.min_orders) - t.avg_revenue AS step
    FROM tiers AS t
    WHERE t.min_orders > 0
),

categories AS (
    SELECT
        p.category,
        sum(p.total_revenue) AS revenue,
        sum(sum(p.total_revenue)) OVER () AS all_revenue
    FROM analytics.product_performance AS p
    GROUP BY p.category
),

-- The last month that is over, and how many full months before it there are.
months AS (
    SELECT max(m.sale_month) AS last_month
    FROM analytics.monthly_sales AS m
    WHERE NOT m.is_partial
),

countries AS (
    SELECT
        g.country,
        m.last_month,
        sum(g.total_revenue) FILTER (WHERE g.sale_month > m.last_month - interval '12 months') AS revenue,
        sum(g.total_revenue) FILTER (WHERE g.sale_month <= m.last_month - interval '12 months') AS revenue_before
    FROM analytics.geographic_performance AS g
    INNER JOIN months AS m ON g.sale_month BETWEEN m.last_month - interval '23 months' AND m.last_month
    WHERE NOT g.is_partial
    GROUP BY g.country, m.last_month
    HAVING count(*) = 24
),

cancelled AS (
    SELECT
        min(f.sale_month) AS first_month,
        max(f.sale_month) AS last_month,
        sum(f.total_orders) AS all_orders,
        sum(f.total_orders) FILTER (WHERE f.outcome = 'cancelled') AS orders,
        sum(f.total_amount) FILTER (WHERE f.outcome = 'cancelled') AS amount
    FROM analytics.order_funnel AS f
    INNER JOIN months AS m ON f.sale_month > m.last_month - interval '12 months' AND f.sale_month <= m.last_month
),

overdue AS (
    SELECT
        sum(f.overdue_orders) AS orders,
        sum(f.overdue_amount) AS amount
    FROM analytics.order_funnel AS f
),

category_quarters AS (
    SELECT
        c.category,
        m.last_month,
        sum(c.total_revenue) FILTER (WHERE c.sale_month > m.last_month - interval '3 months') AS revenue,
        sum(c.total_revenue) FILTER (WHERE c.sale_month <= m.last_month - interval '12 months') AS revenue_before
    FROM analytics.category_performance AS c
    INNER JOIN months AS m
        ON
            c.sale_month BETWEEN m.last_month - interval '2 months' AND m.last_month
            OR c.sale_month BETWEEN m.last_month - interval '14 months' AND m.last_month - interval '12 months'
    WHERE NOT c.is_partial
    GROUP BY c.category, m.last_month
    HAVING count(*) = 6
),

low_prices AS (
    SELECT
        count(*) AS products,
        sum(p.median_margin_gain) AS gain
    FROM analytics.product_profitability AS p
    WHERE p.median_margin_gain > 0
),

-- A row for each thing that a rule found. figure decides whether the rule speaks; amount is the money at stake; proof is what
-- evidence_figure gives over the rows of evidence_view that evidence_filter leaves.
findings AS (
    (
        SELECT
            'tier_revenue' AS rule_name,
            t.customer_tier AS subject,
            NULL AS other,
            100 * t.revenue / t.all_revenue AS figure,
            t.customers AS item_count,
            100 * t.revenue / t.all_revenue AS share,
            NULL::numeric AS times,
            t.revenue AS amount,
            NULL::numeric AS other_amount,
            NULL::numeric AS each_amount,
            t.revenue AS proof,
            'customer_metrics' AS evidence_view,
            format('customer_tier = %L', t.customer_tier) AS evidence_filter,
            'sum(total_revenue)' AS evidence_figure
        FROM tiers AS t
        WHERE t.all_revenue > 0
        ORDER BY t.revenue DESC, t.min_orders DESC
        LIMIT 1
    )
    UNION ALL
    SELECT
        'revenue_at_risk' AS rule_name,
        'At Risk' AS subject,
        NULL AS other,
        100 * k.at_risk_revenue / nullif(t.revenue, 0) AS figure,
        k.at_risk_customers AS item_count,
        100 * k.at_risk_revenue / nullif(t.revenue, 0) AS share,
        NULL AS times,
        k.at_risk_revenue AS amount,
        NULL AS other_amount,
        NULL AS each_amount,
        k.at_risk_revenue AS proof,
        'customer_metrics' AS evidence_view,
        'customer_status = ''At Risk''' AS evidence_filter,
        'sum(total_revenue)' AS evidence_figure
    FROM analytics.kpi_summary AS k
    CROSS JOIN (SELECT sum(t.revenue) AS revenue FROM tiers AS t) AS t
    UNION ALL
    SELECT
        'best_customers' AS rule_name,
        t.customer_tier AS subject,
        NULL AS other,
        t.avg_revenue / nullif(t.buyer_revenue, 0) AS figure,
        t.customers AS item_count,
        NULL AS share,
        t.avg_revenue / nullif(t.buyer_revenue, 0) AS times,
        t.revenue AS amount,
        NULL AS other_amount,
        t.avg_revenue AS each_amount,
        t.avg_revenue::numeric(18, 2) AS proof,
        'customer_metrics' AS evidence_view,
        format('customer_tier = %L', t.customer_tier) AS evidence_filter,
        'avg(total_revenue)::numeric(18, 2)' AS evidence_figure
    FROM tiers AS t
    WHERE t.customer_tier = 'VIP'
    UNION ALL
    SELECT
        'tier_move' AS rule_name,
        m.customer_tier AS subject,
        m.next_tier AS other,
        m.customers * m.step AS figure,
        m.customers AS item_count,
        NULL AS share,
        NULL AS times,
        m.customers * m.step AS amount,
        NULL AS other_amount,
        m.step AS each_amount,
        m.step::numeric(18, 2) AS proof,
        'customer_metrics' AS evidence_view,
        format('customer_tier IN (%L, %L)', m.customer_tier, m.next_tier) AS evidence_filter,
        format(
            '(avg(total_revenue) FILTER (WHERE customer_tier = %L) - avg(total_revenue) FILTER (WHERE customer_tier = %L))'
            '::numeric(18, 2)',
            m.next_tier, m.customer_tier
        ) AS evidence_figure
    FROM tier_moves AS m
    WHERE m.step > 0
    UNION ALL
    (
        SELECT
            'category_dominates' AS rule_name,
            c.category AS subject,
            NULL AS other,
            100 * c.revenue / c.all_revenue AS figure,
            NULL AS item_count,
            100 * c.revenue / c.all_revenue AS share,
            NULL AS times,
            c.revenue AS amount,
            NULL AS other_amount,
            NULL AS each_amount,
            c.revenue AS proof,
            'product_performance' AS evidence_view,
            format('category = %L', c.category) AS evidence_filter,
            'sum(total_revenue)' AS evidence_figure
        FROM categories AS c
        WHERE c.all_revenue > 0
        ORDER BY c.revenue DESC, c.category COLLATE "C" ASC
        LIMIT 1
    )
    UNION ALL
    SELECT
        'month_trend' AS rule_name,
        to_char(m.sale_month, 'FMMonth YYYY') AS subject,
        CASE WHEN m.revenue_year_growth < 0 THEN 'less' ELSE 'more' END AS other,
        abs(m.revenue_year_growth) AS figure,
        m.completed_orders AS item_count,
        abs(m.revenue_year_growth) AS share,
        NULL AS times,
        abs(m.total_revenue - m.revenue_year_before) AS amount,
        m.total_revenue AS other_amount,
        NULL AS each_amount,
        m.total_revenue AS proof,
        'monthly_sales' AS evidence_view,
        format('sale_month = %L', m.sale_month) AS evidence_filter,
        'sum(total_revenue)' AS evidence_figure
    FROM analytics.monthly_sales AS m
    INNER JOIN months AS l ON m.sale_month = l.last_month
    UNION ALL
    SELECT
        'country_trend' AS rule_name,
        c.country AS subject,
        CASE WHEN c.revenue < c.revenue_before THEN 'less' ELSE 'more' END AS other,
        abs(100 * (c.revenue / nullif(c.revenue_before, 0) - 1)) AS figure,
        NULL AS item_count,
        abs(100 * (c.revenue / nullif(c.revenue_before, 0) - 1)) AS share,
        NULL AS times,
        abs(c.revenue - c.revenue_before) AS amount,
        c.revenue AS other_amount,
        NULL AS each_amount,
        c.revenue AS proof,
        'geographic_performance' AS evidence_view,
        format(
            'country = %L AND sale_month BETWEEN %L AND %L',
            c.country, (c.last_month - interval '11 months')::date, c.last_month
        ) AS evidence_filter,
        'sum(total_revenue)' AS evidence_figure
    FROM countries AS c
    UNION ALL
    SELECT
        'unusual_day' AS rule_name,
        to_char(d.sale_date, 'FMDay FMDD FMMonth YYYY') AS subject,
        NULL AS other,
        abs(d.deviation) AS figure,
        NULL AS item_count,
        NULL AS share,
        d.actual / d.expected AS times,
        abs(d.actual - d.expected) AS amount,
        d.actual AS other_amount,
        NULL AS each_amount,
        d.actual AS proof,
        'daily_sales' AS evidence_view,
        format('sale_date = %L', d.sale_date) AS evidence_filter,
        'sum(total_revenue)' AS evidence_figure
    FROM analytics.sales_anomalies AS d
    INNER JOIN config.clock AS k ON d.sale_date > k.as_of - 90
    WHERE d.measure = 'revenue' AND d.expected > 0
    UNION ALL
    SELECT
        'cancellations' AS rule_name,
        'cancelled' AS subject,
        NULL AS other,
        100 * c.orders / nullif(c.all_orders, 0) AS figure,
        c.orders::bigint AS item_count,
        100 * c.orders / nullif(c.all_orders, 0) AS share,
        NULL AS times,
        c.amount,
        NULL AS other_amount,
        NULL AS each_amount,
        c.amount AS proof,
        'order_funnel' AS evidence_view,
        format('outcome = ''cancelled'' AND sale_month BETWEEN %L AND %L', c.first_month, c.last_month) AS evidence_filter,
        'sum(total_amount)' AS evidence_figure
    FROM cancelled AS c
    UNION ALL
    SELECT
        'overdue_orders' AS rule_name,
        'open' AS subject,
        f.max_open_days::text AS other,
        o.orders AS figure,
        o.orders::bigint AS item_count,
        NULL AS share,
        NULL AS times,
        o.amount,
        NULL AS other_amount,
        NULL AS each_amount,
        o.amount AS proof,
        'order_funnel' AS evidence_view,
        'overdue_orders > 0' AS evidence_filter,
        'sum(overdue_amount)' AS evidence_figure
    FROM overdue AS o
    CROSS JOIN config.order_funnel AS f
    UNION ALL
    SELECT
        'category_decline' AS rule_name,
        c.category AS subject,
        'less' AS other,
        100 * (1 - c.revenue / c.revenue_before) AS figure,
        NULL AS item_count,
        100 * (1 - c.revenue / c.revenue_before) AS share,
        NULL AS times,
        c.revenue_before - c.revenue AS amount,
        c.revenue AS other_amount,
        NULL AS each_amount,
        c.revenue AS proof,
        'category_performance' AS evidence_view,
        format(
            'category = %L AND sale_month BETWEEN %L AND %L',
            c.category, (c.last_month - interval '2 months')::date, c.last_month
        ) AS evidence_filter,
        'sum(total_revenue)' AS evidence_figure
    FROM category_quarters AS c
    WHERE c.revenue_before > c.revenue
    UNION ALL
    SELECT
        'product_optimisation' AS rule_name,
        'prices' AS subject,
        NULL AS other,
        p.gain AS figure,
        p.products AS item_count,
        NULL AS share,
        NULL AS times,
        p.gain AS amount,
        NULL AS other_amount,
        NULL AS each_amount,
        p.gain AS proof,
        'product_profitability' AS evidence_view,
        'median_margin_gain > 0' AS evidence_filter,
        'sum(median_margin_gain)' AS evidence_figure
    FROM low_prices AS p
    UNION ALL
    SELECT
        'pair_to_sell' AS rule_name,
        coalesce(a.product_name, a.product_id) AS subject,
        coalesce(a.other_product_name, a.other_product_id) AS other,
        a.lift AS figure,
        a.completed_orders AS item_count,
        NULL AS share,
        a.lift AS times,
        a.completed_orders * (p.price + o.price) AS amount,
        NULL AS other_amount,
        NULL AS each_amount,
        a.completed_orders AS proof,
        'product_affinity' AS evidence_view,
        format(
            'product_id = %L AND other_product_id = %L', a.product_id, a.other_product_id
        ) AS evidence_filter,
        'sum(completed_orders)' AS evidence_figure
    FROM analytics.product_affinity AS a
    INNER JOIN analytics.product_performance AS p ON a.product_id = p.product_id
    INNER JOIN analytics.product_performance AS o ON a.other_product_id = o.product_id
    UNION ALL
    SELECT
        'stock_risk' AS rule_name,
        coalesce(i.product_name, i.product_id) AS subject,
        i.days_of_cover::bigint::text AS other,
        i.daily_units_90_days AS figure,
        i.on_hand AS item_count,
        NULL AS share,
        NULL AS times,
        i.daily_units_90_days * p.price * 30 AS amount,
        NULL AS other_amount,
        NULL AS each_amount,
        i.on_hand AS proof,
        'inventory_intelligence' AS evidence_view,
        format('product_id = %L AND stock_status = %L', i.product_id, i.stock_status) AS evidence_filter,
        'sum(on_hand)' AS evidence_figure
    FROM analytics.inventory_intelligence AS i
    INNER JOIN analytics.product_performance AS p ON i.product_id = p.product_id
    WHERE i.stock_status IN ('Out of stock', 'Stock-out risk') AND i.daily_units_90_days > 0
),

heard AS (
    SELECT
        f.*,
        r.area,
        r.sentence,
        r.max_rows
    FROM findings AS f
    INNER JOIN config.insight_rule AS r ON f.rule_name = r.rule_name AND f.figure >= r.min_figure
    WHERE r.is_on
),

ranked AS (
    SELECT
        h.*,
        row_number() OVER (
            PARTITION BY h.rule_name
            ORDER BY h.amount DESC, h.subject COLLATE "C" ASC, h.other COLLATE "C" ASC, h.evidence_filter COLLATE "C" ASC
        ) AS place
    FROM heard AS h
),

spoken AS (
    SELECT r.*
    FROM ranked AS r
    WHERE r.place <= r.max_rows
),

-- Amounts are said in three significant digits, with K, M or B.
amounts AS (
    SELECT
        s.rule_name,
        s.place,
        a.placeholder,
        round(a.amount, 2 - floor(log(nullif(a.amount, 0)))::integer) AS amount
    FROM spoken AS s
    CROSS JOIN LATERAL (VALUES ('{amount}', s.amount), ('{other_amount}', s.other_amount)) AS a (placeholder, amount)
    WHERE a.amount >= 0
),

worded_amounts AS (
    SELECT
        a.rule_name,
        a.place,
        a.placeholder,
        CASE
            WHEN a.amount >= 1e9 THEN to_char(a.amount / 1e9, 'FM999,990') || ' B'
            WHEN a.amount >= 1e8 THEN to_char(a.amount / 1e6, 'FM990') || ' M'
            WHEN a.amount >= 1e7 THEN to_char(a.amount / 1e6, 'FM990.0') || ' M'
            WHEN a.amount >= 1e6 THEN to_char(a.amount / 1e6, 'FM990.00') || ' M'
            WHEN a.amount >= 1e5 THEN to_char(a.amount / 1e3, 'FM990') || ' K'
            WHEN a.amount >= 1e4 THEN to_char(a.amount / 1e3, 'FM990.0') || ' K'
            WHEN a.amount >= 1e3 THEN to_char(a.amount / 1e3, 'FM990.00') || ' K'
            ELSE to_char(coalesce(a.amount, 0), 'FM990')
        END AS words
    FROM amounts AS a
),

-- What a placeholder stands for.
words AS (
    SELECT
        s.rule_name,
        s.place,
        CASE c.currency WHEN 'USD' THEN '$' WHEN 'EUR' THEN '€' WHEN 'GBP' THEN '£' ELSE c.currency || ' ' END AS currency,
        coalesce(s.subject, '') AS subject,
        coalesce(s.other, '') AS other,
        coalesce(to_char(s.item_count, 'FM999,999,999,990'), '') AS item_count,
        coalesce(to_char(s.share, CASE WHEN s.share < 10 THEN 'FM990.0' ELSE 'FM999,999,990' END) || ' %', '') AS share,
        coalesce(to_char(s.times, 'FM999,990.0'), '') AS times,
        coalesce(to_char(s.each_amount, 'FM999,999,999,999,990'), '') AS each_amount,
        coalesce(a.words, '') AS amount,
        coalesce(o.words, '') AS other_amount
    FROM spoken AS s
    CROSS JOIN config.shop AS c
    LEFT JOIN worded_amounts AS a ON s.rule_name = a.rule_name AND s.place = a.place AND a.placeholder = '{amount}'
    LEFT JOIN worded_amounts AS o ON s.rule_name = o.rule_name AND s.place = o.place AND o.placeholder = '{other_amount}'
)

SELECT
    row_number() OVER (ORDER BY s.amount DESC, s.rule_name ASC, s.place ASC) AS insight_rank,
    s.rule_name,
    s.area,
    s.subject,
    replace(
        replace(
            replace(
                replace(
                    replace(
                        replace(
                            replace(
                                replace(s.sentence, '{amount}', w.currency || w.amount),
                                '{other_amount}', w.currency || w.other_amount
                            ),
                            '{each}', w.currency || w.each_amount
                        ),
                        '{times}', w.times
                    ),
                    '{share}', w.share
                ),
                '{count}', w.item_count
            ),
            '{other}', w.other
        ),
        '{subject}', w.subject
    ) AS sentence,
    s.amount::numeric(18, 2) AS amount,
    s.share::numeric(20, 4) AS share,
    s.item_count,
    s.proof::numeric(18, 2) AS proof,
    s.evidence_view,
    s.evidence_filter,
    s.evidence_figure
FROM spoken AS s
INNER JOIN words AS w ON s.rule_name = w.rule_name AND s.place = w.place;

CREATE UNIQUE INDEX business_insights_insight_rank_key ON analytics.business_insights (insight_rank);

COMMENT ON MATERIALIZED VIEW analytics.business_insights IS
'One row per insight: a sentence that a rule of config.insight_rule found in the data, with its proof. It reads other views '
'only.';
COMMENT ON COLUMN analytics.business_insights.insight_rank IS 'Key. 1 is the insight with the most money at stake.';
COMMENT ON COLUMN analytics.business_insights.rule_name IS 'Rule of config.insight_rule that found it.';
COMMENT ON COLUMN analytics.business_insights.area IS 'customers, products or sales.';
COMMENT ON COLUMN analytics.business_insights.subject IS 'What it is about: a tier, a category, a country, a day and so on.';
COMMENT ON COLUMN analytics.business_insights.sentence IS
'The insight in words, by config.insight_rule.sentence; amounts in the shop''s currency, in three significant digits.';
COMMENT ON COLUMN analytics.business_insights.amount IS 'Money at stake; of a change, a trend or an odd day the difference.';
COMMENT ON COLUMN analytics.business_insights.share IS
'The share or growth that the sentence names, in percent: as the rule says.';
COMMENT ON COLUMN analytics.business_insights.item_count IS 'Number of customers, orders or products that the sentence names.';
COMMENT ON COLUMN analytics.business_insights.proof IS
'Figure that stands for the sentence: what evidence_figure gives over the rows of evidence_view for which evidence_filter holds.';
COMMENT ON COLUMN analytics.business_insights.evidence_view IS 'View in bi that proves it.';
COMMENT ON COLUMN analytics.business_insights.evidence_filter IS 'SQL condition on the rows of evidence_view.';
COMMENT ON COLUMN analytics.business_insights.evidence_figure IS 'SQL expression over these rows; it gives proof.';
