CREATE OR REPLACE FUNCTION predict.yearly_factors(p_values double precision[])
RETURNS double precision[]
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    v_years integer := least(3, cardinality(p_values) / 364);
BEGIN
    -- Returns by what the 52 weeks before the end differ from the average week of a year, the last week first; NULL before there
    -- are two years of 52 weeks. At most three are looked at.
    --
    -- A week's factor is its share of its year, growth from year to year taken off, smoothed over three weeks and averaged over
    -- the years. It is shrunk towards 1 by how well the years agree: the part of the variance between weeks that is not noise
    -- (James and Stein 1961; for seasonal factors Miller and Williams 2003).
    IF v_years < 2 THEN
        RETURN NULL;
    END IF;
    RETURN (
        WITH

        weeks AS (
            SELECT
                ((cardinality(p_values) - d.position) / 7)::integer AS week,
                sum(d.value) AS value
            FROM unnest(p_values) WITH ORDINALITY AS d (value, position)
            WHERE cardinality(p_values) - d.position < v_years * 364
            GROUP BY (cardinality(p_values) - d.position) / 7
        ),

        years AS (
            SELECT
                w.week / 52 AS year,
                avg(w.value) AS level
            FROM weeks AS w
            GROUP BY w.week / 52
        ),

        growth AS (
            SELECT
                least(2, greatest(0.5, (max(y.level) FILTER (WHERE y.year = 0)
                / max(y.level) FILTER (WHERE y.year = v_years - 1)) ^ (1.0 / (v_years - 1)))) AS rate
            FROM years AS y
            HAVING min(y.level) > 0
        ),

        ratios AS (
            SELECT
                w.week / 52 AS year,
                w.week % 52 AS place,
                w.value / (y.level * g.rate ^ ((25.5 - w.week % 52) / 52)) AS ratio
            FROM weeks AS w
            INNER JOIN years AS y ON w.week / 52 = y.year
            CROSS JOIN growth AS g
        ),

        smoothed AS (
            SELECT
                r.year,
                r.place,
                r.ratio / 2 + b.ratio / 4 + a.ratio / 4 AS ratio
            FROM ratios AS r
            INNER JOIN ratios AS b ON r.year = b.year AND (r.place + 1) % 52 = b.place
            INNER JOIN ratios AS a ON r.year = a.year AND r.place = (a.place + 1) % 52
        ),

        places AS (
            SELECT
                s.place,
                avg(s.ratio) AS ratio,
                var_samp(s.ratio) / v_years AS noise
            FROM smoothed AS s
            GROUP BY s.place
        ),

        agreement AS (
            SELECT greatest(0, 1 - avg(p.noise) / nullif(var_samp(p.ratio), 0)) AS share
            FROM places AS p
        )

        SELECT array_agg(greatest(0.1, 1 + coalesce(a.share, 0) * (p.ratio - 1)) ORDER BY p.place)
        FROM places AS p
        CROSS JOIN agreement AS a
    );
END
$$;
