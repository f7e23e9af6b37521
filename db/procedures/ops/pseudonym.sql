CREATE OR REPLACE FUNCTION ops.pseudonym(p_value text)
RETURNS text
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
    v_value text := lower(btrim(p_value, E' \t\n\r\x0b\f\u00a0\ufeff'));
    v_inner bytea := ops.pseudonym_key() || decode(repeat('00', 32), 'hex');
    v_outer bytea := v_inner;
BEGIN
    -- Returns what a mapping with "pseudonym = true" makes of a value, as runner.mapping.pseudonym() does: P and the first 20 digits of
    -- the HMAC-SHA256 (RFC 2104) of the trimmed value in lower case; NULL for nothing.
    IF v_value <> '' THEN
        FOR i IN 0..63 LOOP
            v_inner := set_byte(v_inner, i, get_byte(v_inner, i) # 54);
            v_outer := set_byte(v_outer, i, get_byte(v_outer, i) # 92);
        END LOOP;
        RETURN 'P' || left(encode(sha256(v_outer || sha256(v_inner || convert_to(v_value, 'UTF8'))), 'hex'), 20);
    END IF;
    RETURN NULL;
END
$$;
