CREATE OR REPLACE FUNCTION landing.reason(p_column_name text, p_value text, p_fault text)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$
    -- Words a refusal for a person: column, value (at most 60 characters of it), fault.
    SELECT CASE
        WHEN p_value IS NULL THEN format('%s %s', p_column_name, p_fault)
        WHEN length(p_value) > 60 THEN format('%s "%s…" %s', p_column_name, left(p_value, 60), p_fault)
        ELSE format('%s "%s" %s', p_column_name, p_value, p_fault)
    END
$$;
