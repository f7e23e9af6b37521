CREATE OR REPLACE PROCEDURE predict.forecast_products()
LANGUAGE plpgsql
SET work_mem = '256MB'
SET jit = off
AS $$
BEGIN
    -- Back-tests the methods of predict.demand_forecasts(), chooses one for each class of demand, and forecasts the products: fills
    -- predict.demand_method and predict.product_demand, which are empty.
    --
    -- The error is that of the units of four weeks, because stock is ordered for weeks: (came − 4 × expected)² / (4 × scale), averaged
    -- over the products and origins of the class as it was known at the origin; rmsse is its root. Squared, because the mean makes
    -- it least; an absolute error is least by a forecast of nothing where most weeks sell nothing (Kolassa 2016). Chosen is
    -- the method with the least rmsse, the plain rule among equals; so no class is forecast worse than by the plain rule in the back-test.
    -- The standard error of a week is rmsse × √scale: what the class was found to err, at the measure of the product.
    -- lasted: the share of the four weeks that stock by the service level of config.inventory would have lasted.
    WITH

    forecasts AS MATERIALIZED (
        SELECT f.*
        FROM config.clock AS k
        CROSS JOIN predict.demand_forecasts(k.as_of - 1) AS f
    ),

    errors AS (
        SELECT
            f.demand_class,
            f.method,
            f.method = 'Mean of 12 weeks' AS is_plain,
            sqrt(avg(power(f.came - 4 * f.expected, 2) / (4 * f.scale))) AS rmsse,
            sum(4 * f.expected) AS units_expected,
            sum(f.came) AS units_came,
            count(*) AS observations,
            max(f.origin) - min(f.origin) + 1 AS origins
        FROM forecasts AS f
        WHERE f.origin > 0 AND f.scale > 0
        GROUP BY f.demand_class, f.method
        HAVING count(*) >= (SELECT c.min_tests FROM config.demand AS c)
    ),

    ranked AS (
        SELECT
            e.*,
            row_number() OVER (
                PARTITION BY e.demand_class ORDER BY e.rmsse ASC, e.is_plain DESC, e.method COLLATE "C" ASC
            ) = 1 AS is_chosen
        FROM errors AS e
    ),

    stocks AS (
        SELECT
            f.demand_class,
            f.method,
            avg((f.came <= 4 * f.expected + v.z::double precision * r.rmsse * 2 * sqrt(f.scale))::integer) AS lasted
        FROM forecasts AS f
        INNER JOIN ranked AS r ON f.demand_class = r.demand_class AND f.method = r.method AND r.is_chosen
        CROSS JOIN config.inventory AS i
        INNER JOIN config.service_level AS v ON i.service_level = v.service_level
        WHERE f.origin > 0 AND f.scale > 0
        GROUP BY f.demand_class, f.method
    ),

    methods AS (
        INSERT INTO predict.demand_method (
            demand_class, method, rmsse, units_expected, units_came, lasted, observations, origins, is_plain, is_chosen
        )
        SELECT
            r.demand_class,
            r.method,
            r.rmsse,
            r.units_expected,
            r.units_came,
            s.lasted,
            r.observations,
            r.origins,
            r.is_plain,
            r.is_chosen
        FROM ranked AS r
        LEFT JOIN stocks AS s ON r.demand_class = s.demand_class AND r.method = s.method
    )

    INSERT INTO predict.product_demand (
        product_id, weeks, demand_weeks, demand_interval, size_variation, demand_class, method, weekly_units, weekly_error
    )
    SELECT
        f.product_id,
        f.weeks,
        f.demand_weeks,
        (f.weeks::double precision / f.demand_weeks)::numeric(10, 4),
        f.size_variation::numeric(18, 4),
        f.demand_class,
        f.method,
        least(f.expected, 1e13)::numeric(18, 4),
        least(r.rmsse * sqrt(f.scale), 1e13)::numeric(18, 4)
    FROM forecasts AS f
    INNER JOIN ranked AS r ON f.demand_class = r.demand_class AND f.method = r.method AND r.is_chosen
    WHERE f.origin = 0;
END
$$;
