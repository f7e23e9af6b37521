CREATE OR REPLACE FUNCTION landing.cast_of(p_kind text, p_column_name text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_column text := format('l.%I', p_column_name);
BEGIN
    -- Returns the SQL expression that turns a column of a landing table (alias l) into its type in staging. $1 in it is the
    -- shop's time zone. Amounts are rounded to cents, half away from zero; times with an offset become local time.
    RETURN CASE p_kind
        WHEN 'money' THEN format('round(%s::numeric, 2)', v_column)
        WHEN 'quantity' THEN format('%s::integer', v_column)
        WHEN 'date' THEN format('%s::date', landing.cast_of('timestamp', p_column_name))
        WHEN 'timestamp' THEN format(
            'CASE WHEN %1$s ~ ''[0-9] ?(Z|[+-][0-9:]{2,6})$'' AND length(%1$s) > 10 '
            'THEN %1$s::timestamptz AT TIME ZONE $1 ELSE %1$s::timestamp END',
            v_column
        )
        WHEN 'status' THEN format(
            'coalesce((SELECT a.status FROM config.order_status_alias AS a WHERE a.alias = lower(%1$s)), lower(%1$s))',
            v_column
        )
        ELSE v_column
    END;
END
$$;
