-- One row per model: what it tells, how far it erred when it was tested on the shop's own past, and whether to trust it.
SELECT
    m.model_name,
    m.description,
    m.findings,
    m.verdict,
    m.fitted_as_of
FROM bi.model_quality AS m
ORDER BY m.model_name;
