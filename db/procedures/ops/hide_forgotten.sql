CREATE OR REPLACE PROCEDURE ops.hide_forgotten(p_load_id bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Takes the text of rows that a load set aside and whose customers were forgotten: by the key, or by an address in the row that
    -- was their id or that their id was made of. While nobody is forgotten it costs nothing. With its owner's rights, because nobody else
    -- reads ops.salt.
    IF NOT EXISTS (SELECT FROM ops.forgotten_customer) THEN
        RETURN;
    END IF;
    UPDATE ops.rejected_row AS r
    SET
        raw_text = 'forgotten',
        reason = 'forgotten',
        key_value = CASE WHEN NOT ops.is_address(r.key_value) THEN r.key_value END
    FROM ops.salt AS s
    WHERE
        r.load_id = p_load_id
        AND (
            r.table_name = 'customers' AND ops.is_forgotten(r.key_value, s.salt)
            OR EXISTS (
                SELECT FROM ops.addresses_in(r.raw_text) AS a (address)
                WHERE ops.is_forgotten(a.address, s.salt) OR ops.is_forgotten(ops.pseudonym(a.address), s.salt)
            )
        );
END
$$;

REVOKE ALL ON PROCEDURE ops.hide_forgotten(bigint) FROM public;
