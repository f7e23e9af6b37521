CREATE OR REPLACE FUNCTION ops.forget_rows(p_customer staging.customers)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_row_count bigint;
    v_id text := ops.pattern_of(p_customer.customer_id, true);
    v_address text := ops.address_pattern(p_customer);
    v_is_pseudonym boolean := p_customer.customer_id ~ '^P[0-9a-f]{20}$';
    v_names text[] := ARRAY[lower(p_customer.first_name), lower(p_customer.last_name)];
    v_full_name text := array_to_string(v_names, ' ');
BEGIN
    -- Takes the text of rows that loads set aside and that name a customer: by the id as a whole field, in files that have one; by the
    -- e-mail address as a whole, or one of which the id is the pseudonym; or, in files of customers, by both names as whole fields
    -- or as one. Their key goes too when it is a name or an address. The rows stay, because loads count them. Returns how many.
    IF v_full_name !~ '\S\s+\S' THEN
        v_full_name := NULL;  -- One word says too little of whom a row is.
    END IF;
    WITH

    -- CSV writes a quote in a value twice.
    texts AS (
        SELECT
            r.rejected_row_id,
            r.table_name,
            r.raw_text,
            r.key_value,
            concat_ws(E'\n', r.raw_text, replace(r.raw_text, '""', '"'), r.reason) AS whole_text
        FROM ops.rejected_row AS r
        WHERE r.raw_text IS DISTINCT FROM 'forgotten' OR r.key_value IS NOT NULL
    ),

    named AS (
        SELECT t.rejected_row_id
        FROM texts AS t CROSS JOIN ops.pseudonym_pads() AS p
        WHERE
            t.whole_text ~ v_id
            AND t.table_name IN (SELECT i.table_name FROM config.input_column AS i WHERE i.column_name = 'customer_id')
            OR t.table_name = 'customers' AND t.key_value = p_customer.customer_id
            OR lower(concat_ws(E'\n', t.whole_text, t.key_value)) ~ v_address
            OR v_is_pseudonym
            AND EXISTS (
                SELECT FROM ops.addresses_in(t.raw_text) AS a (address)
                WHERE ops.pseudonym_of(a.address, p.inner_pad, p.outer_pad) = p_customer.customer_id
            )
            OR t.table_name = 'customers' AND lower(t.whole_text) ~ ops.pattern_of(v_full_name, true)
            OR t.table_name = 'customers'
            AND lower(t.whole_text) ~ ops.pattern_of(v_names[1], true)
            AND lower(t.whole_text) ~ ops.pattern_of(v_names[2], true)
    )

    UPDATE ops.rejected_row AS r
    SET
        raw_text = 'forgotten',
        reason = 'forgotten',
        key_value = CASE
            WHEN lower(r.key_value) ~ v_address OR lower(r.key_value) = ANY (v_names || v_full_name) THEN NULL
            ELSE r.key_value
        END
    FROM named AS n
    WHERE r.rejected_row_id = n.rejected_row_id;
    GET DIAGNOSTICS v_row_count = ROW_COUNT;
    RETURN v_row_count;
END
$$;
