CREATE OR REPLACE FUNCTION ops.personal_tables()
RETURNS regclass[]
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- Returns the tables and materialized views that hold, or held, who a customer is: those with a personal column or a customer_id,
    -- what loads pass through, and the log.
    SELECT array_agg(DISTINCT t.table_id::oid)::regclass[]
    FROM ops.own_table AS t
    INNER JOIN pg_catalog.pg_attribute AS a ON t.table_id = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE
        t.schema_name IN ('landing', 'ops')
        OR a.attname = 'customer_id'
        OR a.attname::text IN (SELECT p.column_name FROM ops.personal_column AS p)
$$;
