CREATE OR REPLACE FUNCTION ops.addresses_in(p_text text)
RETURNS SETOF text
LANGUAGE sql
IMMUTABLE
AS $$
    -- Returns what looks like e-mail addresses in a row of a file.
    SELECT m.found[1]
    FROM regexp_matches(p_text, '[^\s,;|"]+@[^\s,;|"@]+', 'g') AS m (found)
$$;
