CREATE OR REPLACE FUNCTION landing.convert_orders(p_load_id bigint)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_currency text := (SELECT s.currency FROM config.shop AS s);
    v_max_age integer := (SELECT l.max_rate_age_days FROM config.load AS l);
    v_refused bigint;
BEGIN
    -- Converts the amounts of the rows of landing.orders that are in a foreign currency to the shop's, with the rate of the
    -- order's day or the last one before it, rounded to cents half away from zero. Refuses rows without a rate, or whose amounts
    -- are then too large. Returns how many.
    IF NOT EXISTS (
        SELECT FROM ops.load_file AS f
        WHERE f.load_id = p_load_id AND f.table_name = 'orders' AND 'currency' = ANY (f.column_names)
    ) THEN
        RETURN 0;
    END IF;

    DROP TABLE IF EXISTS pg_temp.day_rate;
    EXECUTE format(
        'CREATE TEMPORARY TABLE day_rate ON COMMIT DROP AS '
        'SELECT m.currency, m.order_day, r.rate '
        'FROM (SELECT DISTINCT l.currency, l.order_date::date AS order_day FROM landing.orders AS l WHERE l.currency <> %L) AS m '
        'LEFT JOIN LATERAL (SELECT x.rate FROM config.exchange_rate AS x '
        'WHERE x.currency = m.currency AND x.rate_date BETWEEN m.order_day - %s AND m.order_day '
        'ORDER BY x.rate_date DESC LIMIT 1) AS r ON true',
        v_currency, v_max_age
    );
    v_refused := landing.refuse(
        p_load_id, 'orders', 'landing.orders', 'refused',
        'SELECT l.line_number, ''currency'' AS column_name, l.order_id AS key_value, landing.reason(''currency'', l.currency, '
        'CASE WHEN r.rate IS NULL '
        'THEN format(''has no rate for %s: insert one into config.exchange_rate, or name the shop''''s own in config.shop, '
        'and load the file again'', r.order_day) '
        'ELSE ''makes an amount that is too large'' END) AS reason '
        'FROM landing.orders AS l INNER JOIN pg_temp.day_rate AS r ON l.currency = r.currency AND l.order_date::date = r.order_day '
        'WHERE r.rate IS NULL OR r.rate * greatest('
        'l.total_amount, l.discount_amount, l.tax_amount, l.shipping_amount, l.refunded_amount) >= 999999999999.995'
    );
    EXECUTE
        'UPDATE landing.orders AS l SET original_amount = l.total_amount, exchange_rate = r.rate, '
        'total_amount = round(l.total_amount * r.rate, 2), discount_amount = round(l.discount_amount * r.rate, 2), '
        'tax_amount = round(l.tax_amount * r.rate, 2), shipping_amount = round(l.shipping_amount * r.rate, 2), '
        'refunded_amount = round(l.refunded_amount * r.rate, 2) '
        'FROM pg_temp.day_rate AS r WHERE l.currency = r.currency AND l.order_date::date = r.order_day';
    RETURN v_refused;
END
$$;
