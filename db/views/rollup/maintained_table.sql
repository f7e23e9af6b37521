CREATE VIEW rollup.maintained_table AS
WITH

-- A table X beside a view X_recounted, whose comment begins "at refresh:" or "after Y:".
pairs AS (
    SELECT
        t.oid AS table_id,
        t.relname::text AS table_name,
        v.relname::text AS source_name,
        split_part(obj_description(v.oid, 'pg_class'), ':', 1) AS occasion,
        (
            SELECT count(DISTINCT d.relation_id)
            FROM ops.view_dependency AS d
            INNER JOIN pg_catalog.pg_class AS r ON d.relation_id = r.oid
            WHERE d.view_id = v.oid AND r.relnamespace = t.relnamespace AND r.relkind = 'r'
        ) > 0 AS is_derived
    FROM pg_catalog.pg_class AS t
    INNER JOIN pg_catalog.pg_class AS v
        ON t.relnamespace = v.relnamespace AND v.relname = t.relname || '_recounted' AND v.relkind = 'v'
    WHERE t.relnamespace = to_regnamespace('rollup') AND t.relkind = 'r'
),

-- Lists of columns and a condition as SQL; there the table goes by the name k, rows that are gone by the name g.
columns AS (
    SELECT
        p.table_id,
        k.conname::text AS key_name,
        min(a.attname) FILTER (WHERE a.attnum = 1)::text AS group_column,
        min(format_type(a.atttypid, a.atttypmod)) FILTER (WHERE a.attnum = 1) AS group_type,
        string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS column_list,
        string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum = any(k.conkey)) AS key_list,
        string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum <> all(k.conkey)) AS value_list,
        string_agg(format('k.%1$I = g.%1$I', a.attname), ' AND ' ORDER BY a.attnum) FILTER (WHERE a.attnum = any(k.conkey))
            AS same_key,
        string_agg(format('excluded.%I', a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum <> all(k.conkey))
            AS new_values
    FROM pairs AS p
    INNER JOIN pg_catalog.pg_attribute AS a ON p.table_id = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
    INNER JOIN pg_catalog.pg_constraint AS k ON p.table_id = k.conrelid AND k.contype = 'p'
    GROUP BY p.table_id, k.conname
),

followers AS (
    SELECT
        p.occasion,
        min(c.group_column) AS group_column,
        min(c.group_type) AS group_type
    FROM pairs AS p
    INNER JOIN columns AS c ON p.table_id = c.table_id
    GROUP BY p.occasion
)

SELECT
    p.table_name,
    p.source_name,
    CASE WHEN p.occasion LIKE 'after %' THEN p.occasion ELSE c.group_column || ' ' || p.occasion END AS occasion,
    c.group_column,
    c.group_type,
    c.key_name,
    c.column_list,
    c.key_list,
    c.value_list,
    c.same_key,
    c.new_values,
    'after ' || p.table_name AS next_occasion,
    f.group_column AS next_column,
    f.group_type AS next_type,
    row_number() OVER (ORDER BY p.is_derived, p.occasion LIKE 'after %', p.table_name) AS turn
FROM pairs AS p
INNER JOIN columns AS c ON p.table_id = c.table_id
LEFT JOIN followers AS f ON f.occasion = 'after ' || p.table_name;

COMMENT ON VIEW rollup.maintained_table IS
'One row per rollup table X beside a view X_recounted; turn: the derived later, those that follow another last.';
COMMENT ON COLUMN rollup.maintained_table.occasion IS
'When groups are recounted: "sale_date at refresh": with the days that are due; "after Y": with the rows of rollup.Y that '
'changed. From the first words of the view''s comment.';
COMMENT ON COLUMN rollup.maintained_table.group_column IS 'The first column.';
COMMENT ON COLUMN rollup.maintained_table.next_column IS
'Column of this table that those which follow it are grouped by: all of next_occasion by the same; NULL: none follows.';
