-- One row per assertion of the last run that ran them, those that found something first.
SELECT
    a.assertion_name,
    a.severity,
    a.violation_count,
    regexp_replace(obj_description(to_regclass('assertions.' || quote_ident(a.assertion_name))), '^\w+: ', '') AS description
FROM ops.assertion_result AS a
WHERE a.run_id = (SELECT max(b.run_id) FROM ops.assertion_result AS b)
ORDER BY (a.violation_count > 0) DESC, a.severity ASC, a.assertion_name ASC;
