CREATE OR REPLACE FUNCTION ops.lock_key(p_name text)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- Key of one of the pipeline's advisory locks:
    --   install  one installer at a time
    --   run      one refresh_analytics() at a time
    --   data     whoever loads, takes marks, counts rollups or moves the clock, one after the other
    -- Returns NULL for another name.
    SELECT CASE p_name WHEN 'install' THEN 729384001 WHEN 'run' THEN 729384002 WHEN 'data' THEN 729384003 END
$$;
