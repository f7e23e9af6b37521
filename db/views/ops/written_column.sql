CREATE VIEW ops.written_column AS
SELECT
    f.load_id,
    c.table_name,
    c.column_name,
    c.column_position,
    c.kind,
    c.is_key,
    CASE
        WHEN c.kind = 'currency' THEN format('nullif(%I, %L)', c.column_name, s.currency)
        WHEN c.value_if_empty IS NOT NULL THEN format('coalesce(%I, %s)', c.column_name, c.value_if_empty)
        ELSE quote_ident(c.column_name)
    END AS landing_value
FROM ops.load_file AS f
INNER JOIN config.input_column AS c ON f.table_name = c.table_name
CROSS JOIN config.shop AS s
-- Without a column for it, amounts are in the shop's currency.
WHERE c.presence = 'derived' OR c.kind = 'currency' OR c.column_name IN (SELECT unnest(f.column_names));

COMMENT ON VIEW ops.written_column IS
'One row per column of staging that a file of a load writes: those that it has, and those that the load computes.';
COMMENT ON COLUMN ops.written_column.landing_value IS
'SQL expression over the columns of the landing table: the value that goes to staging.';
