-- What rollup.maintained_table finds in the catalog, kept: an apply asked twice for it, a refresh nine times, 3 ms each.

CREATE TABLE IF NOT EXISTS rollup.known_table (
    turn bigint NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    source_name text NOT NULL,
    occasion text COLLATE "C" NOT NULL,
    group_column text NOT NULL,
    column_list text NOT NULL,
    key_list text NOT NULL,
    value_list text NOT NULL,
    same_key text NOT NULL,
    new_values text NOT NULL,
    next_occasion text NOT NULL,
    next_column text,
    next_type text,
    CONSTRAINT known_table_pkey PRIMARY KEY (turn),
    CONSTRAINT known_table_table_name_key UNIQUE (table_name)
);
COMMENT ON TABLE rollup.known_table IS
'One row per rollup table: what rollup.maintained_table says of it, as rollup.note_tables() last found it.';
