CREATE OR REPLACE FUNCTION landing.cast_of(p_kind text, p_value text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
AS $$
BEGIN
    -- Returns the SQL expression that turns p_value, itself the expression of a text, into the type that a column of a kind has
    -- in staging. $1 in it is the shop's time zone. Amounts are rounded to cents, half away from zero; times with an offset
    -- become local time.
    RETURN CASE p_kind
        WHEN 'money' THEN format('round(%s::numeric, 2)', p_value)
        WHEN 'quantity' THEN format('%s::integer', p_value)
        WHEN 'count' THEN format('%s::integer', p_value)
        WHEN 'currency' THEN format('upper(%s)', p_value)
        WHEN 'date' THEN format('(%s)::date', landing.cast_of('timestamp', p_value))
        WHEN 'timestamp' THEN format(
            'CASE WHEN %1$s ~ ''[0-9] ?(Z|[+-][0-9:]{2,6})$'' AND length(%1$s) > 10 '
            'THEN %1$s::timestamptz AT TIME ZONE $1 ELSE %1$s::timestamp END',
            p_value
        )
        WHEN 'status' THEN format(
            'coalesce((SELECT a.status FROM config.order_status_alias AS a WHERE a.alias = lower(%1$s)), lower(%1$s))',
            p_value
        )
        ELSE p_value
    END;
END
$$;
