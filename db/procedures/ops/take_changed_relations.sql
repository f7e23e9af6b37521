CREATE OR REPLACE FUNCTION ops.take_changed_relations()
RETURNS text[]
LANGUAGE sql
AS $$
    -- Takes the marks of ops.note_change() and returns the names of the tables that changed. Rolled back with the caller.
    WITH taken AS (
        DELETE FROM ops.changed_relation
        RETURNING relation_name
    )

    SELECT coalesce(array_agg(DISTINCT taken.relation_name), '{}')
    FROM taken
$$;
