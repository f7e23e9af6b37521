CREATE OR REPLACE FUNCTION rollup.count_moves(p_month_end date)
RETURNS TABLE (
    previous_tier text, previous_status text, customer_tier text, customer_status text, customers bigint
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
DECLARE
    v_previous_end date := date_trunc('month', p_month_end::timestamp)::date - 1;
BEGIN
    -- Returns how many customers were in each tier and health at the end of a month and of the month before, counting the
    -- orders up to those days. Who had not bought yet is a Prospect from the day of registration on; before, New.
    --
    -- p_month_end  last day of the month
    RETURN QUERY
    WITH

    bought AS (
        SELECT
            d.customer_id,
            sum(d.completed_orders) FILTER (WHERE d.sale_date <= v_previous_end)::bigint AS previous_orders,
            max(d.sale_date) FILTER (WHERE d.sale_date <= v_previous_end) AS previous_date,
            sum(d.completed_orders)::bigint AS completed_orders,
            max(d.sale_date) AS last_order_date
        FROM rollup.customer_days AS d
        WHERE d.sale_date <= p_month_end
        GROUP BY d.customer_id
    ),

    -- Few distinct rows, so that names are looked up for them and not for each customer.
    counted AS (
        SELECT
            b.previous_orders,
            v_previous_end - b.previous_date AS previous_days,
            b.completed_orders,
            p_month_end - b.last_order_date AS days_since,
            c.registration_date <= v_previous_end AS was_registered,
            count(*) AS customers
        FROM staging.customers AS c
        LEFT JOIN bought AS b ON c.customer_id = b.customer_id
        WHERE b.customer_id IS NOT NULL OR c.registration_date <= p_month_end
        GROUP BY
            b.previous_orders,
            v_previous_end - b.previous_date,
            b.completed_orders,
            p_month_end - b.last_order_date,
            c.registration_date <= v_previous_end
    )

    SELECT
        CASE
            WHEN c.previous_orders IS NULL AND c.was_registered IS NOT true THEN 'New'
            ELSE coalesce(l.tiers[width_bucket(c.previous_orders, l.tier_limits)], 'Prospect')
        END AS previous_tier,
        CASE
            WHEN c.previous_orders IS NULL AND c.was_registered IS NOT true THEN 'New'
            ELSE coalesce(l.statuses[width_bucket(c.previous_days, l.status_limits)], 'Prospect')
        END AS previous_status,
        coalesce(l.tiers[width_bucket(c.completed_orders, l.tier_limits)], 'Prospect') AS customer_tier,
        coalesce(l.statuses[width_bucket(c.days_since, l.status_limits)], 'Prospect') AS customer_status,
        sum(c.customers)::bigint AS customers
    FROM counted AS c
    CROSS JOIN rollup.customer_limits AS l
    GROUP BY previous_tier, previous_status, customer_tier, customer_status;
END
$$;
