CREATE OR REPLACE PROCEDURE rollup.apply_groups(p_occasion text, p_groups anyarray)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Brings the named groups up to date in every rollup table of an occasion of rollup.known_table, if there is one; all groups,
    -- when that is cheaper. Without any known table it refuses: the marks must not go unheard.
    IF p_groups IS NULL THEN
        RETURN;
    ELSIF NOT EXISTS (SELECT FROM rollup.known_table AS k WHERE k.occasion = p_occasion) THEN
        IF NOT EXISTS (SELECT FROM rollup.known_table) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = 'rollup.known_table is empty: no rollup would be kept',
                HINT = 'Run: runner migrate';
        END IF;
    ELSIF rollup.is_large_part(p_occasion, cardinality(p_groups)) THEN
        PERFORM rollup.recount_groups(p_occasion);
    ELSE
        PERFORM rollup.replace_groups(p_occasion, p_groups);
    END IF;
END
$$;
