CREATE OR REPLACE PROCEDURE staging.empty_for_copy(p_table regclass)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Empties a table of staging within a bulk load, so that the COPY after it may write rows that need no second look (FREEZE). Runs
    -- with its owner's rights; outside of a bulk load, which there only is when staging was empty, it does nothing but refuse.
    IF NOT EXISTS (SELECT FROM ops.bulk_step) OR NOT EXISTS (
        SELECT FROM config.input_file AS f
        WHERE to_regclass(format('staging.%I', f.table_name)) = p_table
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s is not being bulk loaded', p_table);
    END IF;
    EXECUTE format('TRUNCATE %s', p_table);
END
$$;

REVOKE ALL ON PROCEDURE staging.empty_for_copy(regclass) FROM public;
