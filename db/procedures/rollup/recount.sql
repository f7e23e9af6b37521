CREATE OR REPLACE FUNCTION rollup.recount()
RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
    -- Builds every rollup from nothing and drops the marks, which are then done. Returns the rows written.
    DELETE FROM rollup.dirty_customer;
    DELETE FROM rollup.dirty_day;
    RETURN rollup.recount_groups('customer_id') + rollup.recount_groups('sale_date');
END
$$;
