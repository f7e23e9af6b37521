CREATE OR REPLACE PROCEDURE ops.hide_forgotten(p_load_id bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Takes the text of rows that a load set aside and whose customers were forgotten: by the key, or by an address in the row that
    -- was their id or that their id was made of. While nobody is forgotten it costs nothing. With its owner's rights, because
    -- nobody else reads ops.salt.
    IF NOT EXISTS (SELECT FROM ops.forgotten_customer) THEN
        RETURN;
    END IF;
    WITH

    ids AS (
        SELECT
            r.rejected_row_id,
            r.key_value AS customer_id
        FROM ops.rejected_row AS r
        WHERE r.load_id = p_load_id AND r.table_name = 'customers'
        UNION ALL
        SELECT
            r.rejected_row_id,
            unnest(ARRAY[a.address, ops.pseudonym_of(a.address, p.inner_pad, p.outer_pad)]) AS customer_id
        FROM ops.rejected_row AS r
        CROSS JOIN ops.pseudonym_pads() AS p
        CROSS JOIN LATERAL ops.addresses_in(r.raw_text) AS a (address)
        WHERE r.load_id = p_load_id AND strpos(r.raw_text, '@') > 0
    ),

    named AS (
        SELECT i.rejected_row_id
        FROM ids AS i CROSS JOIN ops.salt AS s
        INNER JOIN ops.forgotten_customer AS f ON f.customer_hash = encode(sha256(convert_to(s.salt || i.customer_id, 'UTF8')), 'hex')
    )

    UPDATE ops.rejected_row AS r
    SET
        raw_text = 'forgotten',
        reason = 'forgotten',
        key_value = CASE WHEN NOT ops.is_address(r.key_value) THEN r.key_value END
    WHERE r.rejected_row_id IN (SELECT n.rejected_row_id FROM named AS n);
END
$$;

REVOKE ALL ON PROCEDURE ops.hide_forgotten(bigint) FROM public;
