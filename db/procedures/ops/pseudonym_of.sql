CREATE OR REPLACE FUNCTION ops.pseudonym_of(p_value text, p_inner_pad bytea, p_outer_pad bytea)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$
    -- Returns what a mapping with "pseudonym = true" makes of a value, as runner.mapping.pseudonym() does: P and the first 20 digits of
    -- the HMAC-SHA256 of the trimmed value in lower case; NULL for nothing. Pads: those of ops.pseudonym_pads().
    SELECT 'P' || left(encode(sha256(p_outer_pad || sha256(p_inner_pad || convert_to(lower(v.value), 'UTF8'))), 'hex'), 20)
    FROM (SELECT btrim(p_value, E' \t\n\r\x0b\f\u00a0\ufeff') AS value) AS v
    WHERE v.value <> ''
$$;
