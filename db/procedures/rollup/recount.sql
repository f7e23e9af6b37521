CREATE OR REPLACE FUNCTION rollup.recount()
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_rows bigint;
BEGIN
    -- Builds every rollup by customer and by day from nothing and drops the marks, which are then done. Returns the rows written.
    DELETE FROM rollup.dirty;
    INSERT INTO rollup.changed_day (sale_date)
    SELECT d.sale_date
    FROM rollup.days AS d
    ON CONFLICT DO NOTHING;

    v_rows := rollup.recount_groups('customer_id') + rollup.recount_groups('sale_date');

    INSERT INTO rollup.changed_day (sale_date)
    SELECT d.sale_date
    FROM rollup.days AS d
    ON CONFLICT DO NOTHING;
    RETURN v_rows;
END
$$;
