CREATE OR REPLACE PROCEDURE rollup.apply_groups(p_occasion text, p_groups anyarray)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Brings the named groups up to date in every rollup table of an occasion of rollup.known_table; all groups, when that is
    -- cheaper. An occasion of which no table is known is refused: marks must not go unheard.
    IF p_groups IS NULL THEN
        RETURN;
    ELSIF NOT EXISTS (SELECT FROM rollup.known_table AS k WHERE k.occasion = p_occasion) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('rollup.known_table has no rollup "%s"', p_occasion),
            HINT = 'Run: runner migrate';
    ELSIF rollup.is_large_part(p_occasion, cardinality(p_groups)) THEN
        PERFORM rollup.recount_groups(p_occasion);
    ELSE
        PERFORM rollup.replace_groups(p_occasion, p_groups);
    END IF;
END
$$;
