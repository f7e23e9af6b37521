CREATE OR REPLACE FUNCTION staging.has_conversions(p_table text)
RETURNS boolean
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
    -- Is there an order in a foreign currency, so that amounts of a file of p_table may have to be converted?
    RETURN EXISTS (
        SELECT FROM config.input_column AS c
        WHERE c.table_name = p_table AND c.kind = 'rate'
    ) AND EXISTS (
        SELECT FROM staging.orders AS o
        WHERE o.exchange_rate IS NOT NULL
    );
END
$$;
