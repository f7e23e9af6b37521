CREATE OR REPLACE FUNCTION ops.pseudonym_pads(OUT inner_pad bytea, OUT outer_pad bytea)
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
    -- Returns ops.pseudonym_key() as HMAC (RFC 2104) hashes it before the text and before the hash of that: filled up to 64 bytes,
    -- each byte XOR 0x36 or 0x5c. Take them once for many values.
    inner_pad := ops.pseudonym_key() || decode(repeat('00', 32), 'hex');
    outer_pad := inner_pad;
    FOR i IN 0..63 LOOP
        inner_pad := set_byte(inner_pad, i, get_byte(inner_pad, i) # 54);
        outer_pad := set_byte(outer_pad, i, get_byte(outer_pad, i) # 92);
    END LOOP;
END
$$;
