CREATE OR REPLACE FUNCTION rollup.apply_months()
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_months date[];
BEGIN
    -- Brings the rollups by month up to date with those by day. Returns how many months were due.
    SELECT array_agg(DISTINCT date_trunc('month', d.sale_date::timestamp)::date)
    INTO v_months
    FROM rollup.changed_day AS d;

    CALL rollup.apply_groups('sale_month', v_months);
    RETURN coalesce(cardinality(v_months), 0);
END
$$;
