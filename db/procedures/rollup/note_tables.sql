CREATE OR REPLACE PROCEDURE rollup.note_tables()
LANGUAGE plpgsql
AS $$
DECLARE
    v_odd record;
BEGIN
    -- Keeps what rollup.maintained_table finds in the catalog in rollup.known_table. The installer calls it: nothing else makes or
    -- changes a rollup table. One that is kept on no occasion is refused: it would grow old unseen.
    DELETE FROM rollup.known_table;
    INSERT INTO rollup.known_table (
        turn, table_name, source_name, occasion, group_column, column_list, key_list, value_list, same_key, new_values,
        next_occasion, next_column, next_type
    )
    SELECT
        m.turn,
        m.table_name,
        m.source_name,
        m.occasion,
        m.group_column,
        m.column_list,
        m.key_list,
        m.value_list,
        m.same_key,
        m.new_values,
        m.next_occasion,
        m.next_column,
        m.next_type
    FROM rollup.maintained_table AS m;

    SELECT k.table_name, k.occasion
    INTO v_odd
    FROM rollup.known_table AS k
    WHERE
        k.occasion NOT IN ('customer_id at refresh', 'sale_date at refresh', 'sale_month at refresh')
        AND NOT EXISTS (SELECT FROM rollup.known_table AS t WHERE t.next_occasion = k.occasion);
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_object_definition',
            MESSAGE = format('rollup.%I would never be counted: "%s"', v_odd.table_name, v_odd.occasion),
            HINT = 'The comment of its view begins "at refresh:" or "after <rollup>:"; its first column is a customer, day or month.';
    END IF;
END
$$;
