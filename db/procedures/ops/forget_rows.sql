CREATE OR REPLACE FUNCTION ops.forget_rows(p_customer staging.customers)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_row_count bigint;
    v_id text := '(^|[\s,;|"''])' || regexp_replace(p_customer.customer_id, '(\W)', '\\\1', 'g') || '($|[\s,;|"''])';
BEGIN
    -- Takes the text of rows that loads set aside and that name a customer: by the id as a whole value, in files that have one, by
    -- the e-mail address, or by both names. The rows stay, because loads count them. Returns how many.
    UPDATE ops.rejected_row AS r
    SET
        raw_text = 'forgotten',
        reason = 'forgotten'
    WHERE
        r.raw_text <> 'forgotten'
        AND (
            r.table_name = 'customers' AND r.key_value = p_customer.customer_id
            OR concat_ws(' ', r.raw_text, r.reason) ~ v_id
            AND r.table_name IN (SELECT i.table_name FROM config.input_column AS i WHERE i.column_name = 'customer_id')
            OR strpos(lower(concat_ws(' ', r.raw_text, r.reason)), lower(nullif(p_customer.email, ''))) > 0
            OR strpos(r.raw_text, nullif(p_customer.first_name, '')) > 0
            AND strpos(r.raw_text, nullif(p_customer.last_name, '')) > 0
        );
    GET DIAGNOSTICS v_row_count = ROW_COUNT;
    RETURN v_row_count;
END
$$;
