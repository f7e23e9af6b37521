-- What views read in the end, kept: to find it out took a third of a refresh with nothing changed.

CREATE TABLE IF NOT EXISTS ops.known_view (
    schema_name text COLLATE "C" NOT NULL,
    view_name text COLLATE "C" NOT NULL,
    depth integer NOT NULL,
    input_tables text[] NOT NULL,
    rules_hash numeric NOT NULL,
    CONSTRAINT known_view_pkey PRIMARY KEY (schema_name, view_name)
);
COMMENT ON TABLE ops.known_view IS
'One row per materialized view of analytics and per assertion: ops.view_input, as ops.note_views() last found it.';
COMMENT ON COLUMN ops.known_view.depth IS 'The longest way down to another materialized view: those of less depth come first.';
COMMENT ON COLUMN ops.known_view.input_tables IS 'Qualified names of the tables that it reads, through other views too.';
COMMENT ON COLUMN ops.known_view.rules_hash IS 'Hash of the definitions of all views then: by it a change is noticed.';
