CREATE OR REPLACE FUNCTION landing.value_fault(
    p_kind text,
    p_value text,
    p_is_required boolean,
    p_first_year integer,
    p_last_year integer
)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    -- What is wrong with a trimmed value of a CSV file, in words that go after the column's name; NULL: nothing.
    -- p_kind is a kind of config.input_column; NULL or '' is an empty value. What passes here can be cast by landing.cast_of().
    SELECT CASE
        WHEN p_value IS NULL OR p_value = '' THEN CASE WHEN p_is_required THEN 'is empty' END
        WHEN p_kind = 'money' THEN CASE
            WHEN p_value ~ '^-[0-9]*\.?[0-9]+$' AND p_value ~ '[1-9]' THEN 'is negative'
            WHEN p_value !~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$' THEN 'is not a plain decimal number'
            WHEN length(p_value) > 60 THEN 'is too large'
            WHEN abs(p_value::numeric) >= 999999999999.995 THEN 'is too large'
        END
        WHEN p_kind IN ('quantity', 'count') THEN CASE
            WHEN p_value !~ '^\+?[0-9]+$' THEN 'is not a whole number'
            WHEN p_kind = 'quantity' AND p_value ~ '^\+?0+$' THEN 'is zero'
            WHEN p_value !~ '^\+?0*[0-9]{1,9}$' THEN 'is too large'
        END
        WHEN p_kind = 'currency' AND p_value !~ '^[A-Za-z]{3}$' THEN 'is not a currency code of three letters'
        WHEN p_kind IN ('date', 'timestamp') THEN CASE
            WHEN p_value !~ (
                '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
                '([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?( ?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?)?$'
            ) THEN 'is not an ISO 8601 date or time; if it has another form, name that with --date-format'
            WHEN substr(p_value, 1, 4)::integer NOT BETWEEN p_first_year AND p_last_year
                THEN format('is not in the years %s to %s', p_first_year, p_last_year)
            WHEN substr(p_value, 9, 2)::integer > extract(
                DAY FROM make_date(substr(p_value, 1, 4)::integer, substr(p_value, 6, 2)::integer, 1)
                + interval '1 month - 1 day'
            ) THEN 'is not a day of the calendar'
        END
    END
$$;
