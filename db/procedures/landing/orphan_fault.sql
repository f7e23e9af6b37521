CREATE OR REPLACE FUNCTION landing.orphan_fault(p_value text, p_parent_table text)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$
    -- Words the refusal of a row whose parent is unknown; a key that looks like a spreadsheet's work says so.
    SELECT format('is not in %s', p_parent_table) || CASE
        WHEN p_value ~ '^[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+$'
            THEN ': it looks like a number that a spreadsheet rewrote; export the column as text'
        WHEN p_value ~ '^[0-9]+[.,]0+$'
            THEN ': it looks like a whole number to which a spreadsheet gave decimals; export the column as text'
        ELSE ''
    END
$$;
