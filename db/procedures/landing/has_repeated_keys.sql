CREATE OR REPLACE FUNCTION landing.has_repeated_keys(p_table text)
RETURNS boolean
LANGUAGE plpgsql
SET work_mem = '256MB'
SET parallel_tuple_cost = 0
AS $$
DECLARE
    v_answer boolean;
BEGIN
    -- Do two rows of landing.<p_table> have one key?
    EXECUTE format(
        'SELECT count(*) > 0 FROM (SELECT FROM landing.%I AS l GROUP BY l.%I HAVING count(*) > 1) AS k',
        p_table, (SELECT c.column_name FROM config.input_column AS c WHERE c.table_name = p_table AND c.is_key)
    ) INTO v_answer;
    RETURN v_answer;
END
$$;
