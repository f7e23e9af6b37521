CREATE OR REPLACE FUNCTION ops.trace_lineage(p_relation text, p_column text DEFAULT NULL)
RETURNS TABLE (
    depth integer,
    relation_name text,
    column_name text,
    relation_kind text,
    source_name text,
    source_column text
)
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
    -- Walks back from a relation, or from one of its columns, to the columns of files; returns each step once, the nearest first. Of
    -- a view that reads a column of the same name that one is followed, of others all that it reads: the server does not keep
    -- which column goes where. So it shows the way of a value, not all that decides it. p_relation: qualified.
    RETURN QUERY
    WITH RECURSIVE

    edge AS MATERIALIZED (
        SELECT
            l.*,
            bool_or(l.source_column = l.column_name) OVER (PARTITION BY l.relation_name, l.column_name) AS has_same
        FROM (
            -- One row per column of a view and column that it reads, so that views are like the rest.
            SELECT
                v.relation_name,
                coalesce(v.column_name, a.attname::text) AS column_name,
                v.source_name,
                v.source_column,
                v.relation_kind
            FROM ops.lineage AS v
            LEFT JOIN pg_catalog.pg_attribute AS a
                ON v.column_name IS NULL AND a.attrelid = to_regclass(v.relation_name) AND a.attnum > 0 AND NOT a.attisdropped
        ) AS l
    ),

    walk AS (
        SELECT
            1 AS depth,
            e.relation_name,
            e.column_name,
            e.relation_kind,
            e.source_name,
            e.source_column
        FROM edge AS e
        WHERE
            e.relation_name = p_relation AND (p_column IS NULL OR e.column_name = p_column)
            AND (NOT e.has_same OR e.source_column = e.column_name)
        UNION
        SELECT
            w.depth + 1,
            e.relation_name,
            e.column_name,
            e.relation_kind,
            e.source_name,
            e.source_column
        FROM walk AS w
        INNER JOIN edge AS e
            ON w.source_name = e.relation_name AND w.source_column = e.column_name
            AND (NOT e.has_same OR e.source_column = e.column_name)
        WHERE w.depth < 12
    )

    SELECT min(w.depth), w.relation_name, w.column_name, w.relation_kind, w.source_name, w.source_column
    FROM walk AS w
    GROUP BY w.relation_name, w.column_name, w.relation_kind, w.source_name, w.source_column
    ORDER BY min(w.depth), w.relation_name, w.column_name, w.source_name, w.source_column;
END
$$;
