CREATE OR REPLACE PROCEDURE ops.overtake_rejected(p_load_id bigint)
LANGUAGE plpgsql
SET enable_nestloop = off
AS $$
DECLARE
    v_folder text := (SELECT l.folder FROM ops.load AS l WHERE l.load_id = p_load_id);
BEGIN
    -- Lets what this load refused stand in place of what earlier ones did. A row that is the same, to the letter, as one before
    -- is no news (first_load_id), and is mended if that one was. Rows of files that this load read again are overtaken; of other
    -- files, those with a key or text that it refused are repeated. They all stay; only they are not counted any more.
    -- The planner knows nothing of rows that this transaction wrote, and would loop over them.
    UPDATE ops.rejected_row AS n
    SET
        first_load_id = e.first_load_id,
        resolved_load_id = coalesce(n.resolved_load_id, e.resolved_load_id)
    FROM (
        SELECT DISTINCT ON (o.table_name, o.file_name, o.reason, o.raw_text, o.key_value)
            o.table_name,
            o.file_name,
            o.reason,
            o.raw_text,
            o.key_value,
            coalesce(o.first_load_id, o.load_id) AS first_load_id,
            o.resolved_load_id
        FROM ops.rejected_row AS o
        WHERE o.load_id < p_load_id AND o.kind = 'refused' AND o.overtaken_load_id IS NULL
        ORDER BY
            o.table_name ASC, o.file_name ASC, o.reason ASC, o.raw_text ASC, o.key_value ASC, o.rejected_row_id DESC
    ) AS e
    WHERE
        n.load_id = p_load_id
        AND n.kind = 'refused'
        AND (n.table_name, n.file_name, n.reason, n.raw_text) = (e.table_name, e.file_name, e.reason, e.raw_text)
        AND n.key_value IS NOT DISTINCT FROM e.key_value
        AND (n.raw_text <> 'forgotten' OR n.key_value <> '');

    UPDATE ops.rejected_row AS o
    SET overtaken_load_id = p_load_id
    FROM ops.load_file AS f, ops.load AS l
    WHERE
        f.load_id = p_load_id
        AND o.load_id = l.load_id
        AND o.load_id < p_load_id
        AND o.kind = 'refused'
        AND o.overtaken_load_id IS NULL
        AND o.table_name = f.table_name
        AND o.file_name = f.file_name
        -- Of a file that was loaded alone ops.load.folder is the file.
        AND (
            l.folder = v_folder
            OR l.folder || '/' || f.file_name = v_folder
            OR v_folder || '/' || f.file_name = l.folder
        );

    UPDATE ops.rejected_row AS o
    SET repeated_load_id = p_load_id
    WHERE
        o.load_id < p_load_id
        AND o.kind = 'refused'
        AND o.overtaken_load_id IS NULL
        AND o.repeated_load_id IS NULL
        AND (
            (o.table_name, o.key_value) IN (
                SELECT
                    n.table_name,
                    n.key_value
                FROM ops.rejected_row AS n
                WHERE n.load_id = p_load_id AND n.kind = 'refused' AND n.key_value <> ''
            )
            OR (o.table_name, o.raw_text) IN (
                SELECT
                    n.table_name,
                    n.raw_text
                FROM ops.rejected_row AS n
                WHERE n.load_id = p_load_id AND n.kind = 'refused' AND n.raw_text <> 'forgotten'
            )
        );
END
$$;
