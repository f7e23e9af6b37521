CREATE OR REPLACE FUNCTION ops.forget_texts(p_customer staging.customers)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_column record;
    v_row_count bigint;
    v_total bigint := 0;
    v_name text := nullif(p_customer.first_name, '') || ' ' || nullif(p_customer.last_name, '');
    v_pattern text := concat_ws('|', ops.address_pattern(p_customer), ops.pattern_of(lower(v_name), false));
    v_member text := '"customer_id": ' || to_json(p_customer.customer_id);
BEGIN
    -- Takes every message and every kept row out of the tables of ops that names a customer: by e-mail address, by first and last
    -- name as whole words, or as the customer_id of a row in JSON. Free text has the default collation there, codes have "C"; so the
    -- catalog says where to look, in new tables too. Of a list only the values that do so. Returns how many values.
    FOR v_column IN
        SELECT
            c.relname AS table_name,
            a.attname AS column_name,
            CASE a.atttypid
                WHEN 'jsonb'::regtype THEN '''[]'''
                WHEN 'text[]'::regtype THEN format(
                    'ARRAY(SELECT CASE WHEN lower(e.value) ~ nullif($1, '''') THEN ''forgotten'' ELSE e.value END '
                    'FROM unnest(%I) WITH ORDINALITY AS e (value, place) ORDER BY e.place)', a.attname
                )
                ELSE '''forgotten'''
            END AS replacement
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE
            c.relnamespace = 'ops'::regnamespace
            AND c.relkind = 'r'
            AND c.relname NOT IN ('rejected_row', 'salt', 'forgotten_customer')
            AND (
                a.atttypid IN ('jsonb'::regtype, 'text[]'::regtype)
                OR a.atttypid = 'text'::regtype AND a.attcollation = 'default'::regcollation
            )
        ORDER BY c.relname, a.attnum
    LOOP
        EXECUTE format(
            'UPDATE ops.%1$I SET %2$I = %3$s WHERE lower(%2$I::text) ~ nullif($1, '''') OR strpos(%2$I::text, $2) > 0',
            v_column.table_name, v_column.column_name, v_column.replacement
        )
        USING v_pattern, v_member;
        GET DIAGNOSTICS v_row_count = ROW_COUNT;
        v_total := v_total + v_row_count;
    END LOOP;
    RETURN v_total;
END
$$;
