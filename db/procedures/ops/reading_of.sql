CREATE OR REPLACE FUNCTION ops.reading_of(p_table text, p_options text)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
    -- Returns a digest of all that decides what the bytes of a file of p_table mean: the columns' rules, the shop's years, time
    -- zone and currency, the other spellings of statuses, and p_options, the options of the load as text. NULL when amounts are
    -- converted: what they mean stands in exchange rates and other files.
    IF staging.has_conversions(p_table) THEN
        RETURN NULL;
    END IF;
    RETURN md5(
        jsonb_build_array(
            (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.column_position) FROM config.input_column AS c WHERE c.table_name = p_table),
            (SELECT to_jsonb(s) FROM config.shop AS s),
            (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.alias) FROM config.order_status_alias AS a),
            p_options
        )::text
    );
END
$$;
