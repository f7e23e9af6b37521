CREATE OR REPLACE PROCEDURE rollup.close_months()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
DECLARE
    v_next_end date;
    v_as_of date;
    v_today date;
    v_known date;
    v_wait integer := (SELECT h.close_after_days FROM config.segment_history AS h);
BEGIN
    -- Writes the rows of rollup.segment_months for each month that has been over for a while (config.segment_history) and is
    -- not written yet: on its first call all since the first sale, later one a month, else none, at the price of five look-ups.
    -- A written month is never touched again.
    -- A month is over when both config.clock and the calendar say so: a clock set into the future, to see what would come,
    -- must not write months that have not been. One that neither the calendar nor an order has reached was written while the
    -- server's own clock was ahead: it goes. Calendar alone would take true months when that clock is behind. Needs
    -- rollup.days and rollup.customer_days to be up to date.
    SELECT
        k.as_of,
        (clock_timestamp() AT TIME ZONE s.time_zone)::date
    INTO STRICT v_as_of, v_today
    FROM config.clock AS k
    CROSS JOIN config.shop AS s;

    v_known := greatest(v_today, (SELECT max(d.sale_date) FROM rollup.days AS d));
    IF EXISTS (SELECT FROM rollup.segment_months AS m WHERE m.month_end >= v_known) THEN
        DELETE FROM rollup.segment_months AS m
        WHERE m.month_end >= v_known;
    END IF;
    SELECT max(m.month_end) + 1 INTO v_next_end FROM rollup.segment_months AS m;
    IF v_next_end IS NULL THEN
        SELECT min(c.first_order_date) INTO v_next_end FROM rollup.customers AS c;
    END IF;
    LOOP
        v_next_end := date_trunc('month', v_next_end::timestamp) + interval '1 month - 1 day';
        EXIT WHEN v_next_end IS NULL OR v_next_end + v_wait >= least(v_as_of, v_today);
        INSERT INTO rollup.segment_months (
            month_end, previous_tier, previous_status, customer_tier, customer_status, customers
        )
        SELECT
            v_next_end,
            m.previous_tier,
            m.previous_status,
            m.customer_tier,
            m.customer_status,
            m.customers
        FROM rollup.count_moves(v_next_end) AS m;
        v_next_end := v_next_end + 1;
    END LOOP;
END
$$;

COMMENT ON PROCEDURE rollup.close_months () IS
'Writes the months that have been over for a while into rollup.segment_months, once.';
