CREATE OR REPLACE PROCEDURE config.take_statistics()
LANGUAGE plpgsql
AS $$
DECLARE
    v_table regclass;
BEGIN
    -- Takes statistics of the settings. Tables so small are never analyzed by themselves, and without statistics the planner
    -- expects a thousand rows of a table that has one: views that join four of them were planned for 10^12 rows. The installer
    -- calls it.
    FOR v_table IN
        SELECT c.oid::regclass
        FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = to_regnamespace('config') AND c.relkind = 'r'
    LOOP
        EXECUTE format('ANALYZE %s', v_table);
    END LOOP;
END
$$;
