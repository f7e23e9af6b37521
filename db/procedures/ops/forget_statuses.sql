CREATE OR REPLACE FUNCTION ops.forget_statuses(p_customer staging.customers)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_row_count bigint := 0;
    v_statuses text[];
BEGIN
    -- Takes an address of the customer out of the status of orders, where a file had it in the wrong column. Orders are only looked
    -- through when a load has booked such a status as unknown. Returns how many.
    SELECT array_agg(DISTINCT u.status)
    INTO v_statuses
    FROM ops.load_file AS f CROSS JOIN LATERAL unnest(f.unknown_statuses) AS u (status)
    WHERE lower(u.status) ~ ops.address_pattern(p_customer);

    IF v_statuses IS NOT NULL THEN
        UPDATE staging.orders SET status = 'forgotten' WHERE status = ANY (v_statuses);
        GET DIAGNOSTICS v_row_count = ROW_COUNT;
    END IF;
    RETURN v_row_count;
END
$$;
