CREATE VIEW config.input_file AS
WITH RECURSIVE

-- A file whose rows name rows of another is loaded after it.
depths AS (
    SELECT DISTINCT
        c.table_name,
        0 AS depth
    FROM config.input_column AS c
    UNION
    SELECT
        c.table_name,
        d.depth + 1 AS depth
    FROM depths AS d
    INNER JOIN config.input_column AS c ON d.table_name = c.parent_table
)

SELECT
    c.table_name,
    c.column_names,
    c.optional_columns,
    c.table_name IN (SELECT o.table_name FROM config.optional_file AS o) AS is_optional,
    row_number() OVER (ORDER BY max(d.depth), c.table_name) AS load_order
FROM (
    SELECT
        i.table_name,
        array_agg(i.column_name ORDER BY i.column_position) FILTER (WHERE i.presence = 'required') AS column_names,
        coalesce(
            array_agg(i.column_name ORDER BY i.column_position) FILTER (WHERE i.presence = 'optional'), '{}'
        ) AS optional_columns
    FROM config.input_column AS i
    GROUP BY i.table_name
) AS c
INNER JOIN depths AS d ON c.table_name = d.table_name
GROUP BY c.table_name, c.column_names, c.optional_columns;

COMMENT ON VIEW config.input_file IS
'One row per input file: the columns that it must and may have, whether a folder may lack it, and when it is loaded.';
