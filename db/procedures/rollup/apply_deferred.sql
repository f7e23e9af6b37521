CREATE OR REPLACE FUNCTION rollup.apply_deferred()
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_customers text[];
    v_days date[];
    v_months date[];
    v_is_everything boolean;
BEGIN
    -- Brings the rollups up to date with what rollup.apply_changes() found due since the last publish; returns how many groups
    -- that were. Days come first: rollups by customer are followed by one that reads them. Leaves rollup.changed to
    -- rollup.draw_audit(), which needs it too.
    SELECT
        array_agg(DISTINCT c.customer_id) FILTER (WHERE c.customer_id IS NOT NULL),
        array_agg(DISTINCT c.sale_date) FILTER (WHERE c.sale_date IS NOT NULL),
        array_agg(DISTINCT date_trunc('month', c.sale_date::timestamp)::date) FILTER (WHERE c.sale_date IS NOT NULL),
        coalesce(bool_or(num_nonnulls(c.customer_id, c.sale_date) = 0), false)
    INTO v_customers, v_days, v_months, v_is_everything
    FROM rollup.changed AS c;

    IF v_is_everything THEN
        RETURN rollup.recount_groups('sale_date at refresh')
            + rollup.recount_groups('customer_id at refresh')
            + rollup.recount_groups('sale_month at refresh');
    END IF;
    CALL rollup.apply_groups('sale_date at refresh', v_days);
    CALL rollup.apply_groups('customer_id at refresh', v_customers);
    CALL rollup.apply_groups('sale_month at refresh', v_months);
    RETURN coalesce(cardinality(v_days), 0) + coalesce(cardinality(v_customers), 0) + coalesce(cardinality(v_months), 0);
END
$$;
