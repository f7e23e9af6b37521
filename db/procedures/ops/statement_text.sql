CREATE OR REPLACE FUNCTION ops.statement_text(p_table oid)
RETURNS text
LANGUAGE sql
AS $$
    -- Returns what the client sent, for the audit of a write to a table: its first 1,000 characters. Where the table has personal
    -- data, without comments and with every value empty, so that nobody who is forgotten stays there; names in quotes are kept.
    -- Of what is quoted by dollars nothing is left either, and an open quote hides all that follows.
    SELECT CASE
        WHEN EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            INNER JOIN ops.personal_column AS p ON a.attname = p.column_name
            WHERE a.attrelid = p_table
        )
        THEN regexp_replace(
            left(current_query(), 1000),
            $re$("(?:""|[^"])*")|[eE](')(?:\\.|''|[^'\\])*(?:'|$)|(')(?:''|[^'])*(?:'|$)|\$(\w*)\$.*(?:\$\4\$|$)|--[^\n]*|/\*.*(?:\*/|$)$re$,
            '\1\2\2\3\3', 'g'
        )
        ELSE left(current_query(), 1000)
    END
$$;
