CREATE OR REPLACE PROCEDURE ops.note_columns()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Brings ops.published_column up to date with the catalog. The installer calls it after the views are in place. Writes only
    -- when something differs, so that an installation with nothing to do leaves nothing to refresh.
    IF EXISTS (
        (TABLE ops.catalog_column EXCEPT TABLE ops.published_column)
        UNION ALL
        (TABLE ops.published_column EXCEPT TABLE ops.catalog_column)
    ) THEN
        DELETE FROM ops.published_column;
        INSERT INTO ops.published_column
        SELECT * FROM ops.catalog_column;
    END IF;
END
$$;
