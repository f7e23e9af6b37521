CREATE VIEW assertions.customer_names_present AS
SELECT
    c.customer_id,
    c.email
FROM analytics.customer_metrics AS c
WHERE c.full_name IS NULL;

COMMENT ON VIEW assertions.customer_names_present IS
'error: Every customer has a name.';
