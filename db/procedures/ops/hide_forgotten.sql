CREATE OR REPLACE PROCEDURE ops.hide_forgotten(p_load_id bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Takes the text of rows that a load set aside and whose customers were forgotten. With its owner's rights, because nobody
    -- else reads ops.salt.
    UPDATE ops.rejected_row AS r
    SET
        raw_text = 'forgotten',
        reason = 'forgotten'
    FROM ops.salt AS s, ops.forgotten_customer AS f
    WHERE
        r.load_id = p_load_id
        AND r.table_name = 'customers'
        AND f.customer_hash = encode(sha256(convert_to(s.salt || r.key_value, 'UTF8')), 'hex');
END
$$;

REVOKE ALL ON PROCEDURE ops.hide_forgotten(bigint) FROM public;
