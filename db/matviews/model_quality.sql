CREATE MATERIALIZED VIEW analytics.model_quality AS
WITH

parameters AS (
    SELECT
        m.model_name,
        (
            SELECT
                string_agg(
                    p.key || ' ' || CASE jsonb_typeof(p.value)
                        WHEN 'number' THEN round((p.value #>> '{}')::numeric, 4)::text
                        ELSE p.value #>> '{}'
                    END,
                    ', ' ORDER BY p.key
                )
            FROM jsonb_each(m.parameters) AS p (key, value)
        ) AS parameters
    FROM predict.model AS m
),

tests AS (
    SELECT
        b.model_name,
        string_agg(b.finding, ' ' ORDER BY b.measure COLLATE "C") AS findings,
        count(b.is_better) AS compared,
        count(*) FILTER (WHERE b.is_better) AS better,
        count(*) FILTER (WHERE b.value = b.compared_value) AS equal
    FROM predict.backtest AS b
    GROUP BY b.model_name
)

SELECT
    m.model_name,
    m.description,
    m.fitted_as_of,
    m.fitted_as_of + s.refit_days AS refit_date,
    m.observations,
    p.parameters,
    m.log_likelihood::numeric(24, 4) AS log_likelihood,
    m.is_converged,
    m.is_usable,
    t.findings,
    CASE
        WHEN NOT m.is_usable THEN 'Not in use: ' || m.reason
        WHEN t.compared > 0 AND t.better = t.compared THEN 'In use: it erred less than the plain rule'
        WHEN t.better > 0 THEN 'In use with care: it erred less than the plain rule by some measures only'
        WHEN t.compared > 0 AND t.equal = t.compared THEN 'In use: the plain rule itself, because nothing else did better'
        WHEN t.compared > 0 THEN 'In use with care: the plain rule erred less'
        ELSE 'In use: not compared with a plain rule'
    END AS verdict
FROM predict.model AS m
CROSS JOIN config.prediction AS s
LEFT JOIN parameters AS p ON m.model_name = p.model_name
LEFT JOIN tests AS t ON m.model_name = t.model_name;

CREATE UNIQUE INDEX model_quality_model_name_key ON analytics.model_quality (model_name);

COMMENT ON MATERIALIZED VIEW analytics.model_quality IS
'One row per model that predicts: what it was fitted on, what it found, how far to trust it.';
COMMENT ON COLUMN analytics.model_quality.model_name IS 'Key.';
COMMENT ON COLUMN analytics.model_quality.description IS 'What the model tells.';
COMMENT ON COLUMN analytics.model_quality.fitted_as_of IS
'config.clock.as_of when it was last fitted, or tried to.';
COMMENT ON COLUMN analytics.model_quality.refit_date IS
'The day on which it is fitted again at the latest: fitted_as_of + config.prediction.refit_days.';
COMMENT ON COLUMN analytics.model_quality.observations IS
'Customers, days and the like that it was fitted on; NULL: an error came first.';
COMMENT ON COLUMN analytics.model_quality.parameters IS 'The parameters that were found; NULL: none.';
COMMENT ON COLUMN analytics.model_quality.log_likelihood IS 'Of the data at these parameters; NULL for models that have none.';
COMMENT ON COLUMN analytics.model_quality.is_converged IS
'Did the search for the parameters end where it can get no better?';
COMMENT ON COLUMN analytics.model_quality.is_usable IS 'false: what would be predicted by it is NULL.';
COMMENT ON COLUMN analytics.model_quality.findings IS 'What the back-tests found, in sentences; NULL: not tested.';
COMMENT ON COLUMN analytics.model_quality.verdict IS 'In use, in use with care, or not in use and why.';
