CREATE OR REPLACE PROCEDURE ops.analyze_table(p_table regclass)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Gathers the statistics of a table or materialized view of the pipeline, which takes its owner, for a user who is not.
    IF NOT EXISTS (
        SELECT FROM ops.own_table AS t
        WHERE t.table_id = p_table
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s is no table of the pipeline', p_table);
    END IF;
    EXECUTE format('ANALYZE %s', p_table);
END
$$;

REVOKE ALL ON PROCEDURE ops.analyze_table(regclass) FROM public;
