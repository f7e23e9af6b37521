CREATE OR REPLACE FUNCTION ops.pattern_of(p_value text, p_is_field boolean)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$
    -- Returns a regular expression for p_value as a whole field of a row of CSV, or as whole words of a text, so that "Li" is not
    -- found in "Linden"; NULL for nothing. A letter that is not ASCII is one, whatever the locale.
    SELECT concat(
        CASE WHEN p_is_field THEN '(?:^|[,;|\t"\r\n]) *' ELSE '(?<![\w.+%@-]|[^\x01-\x7f])' END,
        regexp_replace(v.value, '([][\\.^$*+?(){}|])', '\\\1', 'g'),
        CASE WHEN p_is_field THEN ' *(?:$|[,;|\t"\r\n])' ELSE '(?![\w@-]|[^\x01-\x7f]|\.\w)' END
    )
    FROM (SELECT btrim(p_value) AS value) AS v
    WHERE v.value <> ''
$$;
