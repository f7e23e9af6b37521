CREATE MATERIALIZED VIEW analytics.metric_dictionary AS
WITH

-- A comment reads "definition: formula; remark." Figures are numbers that are not part of a key.
figures AS (
    SELECT
        c.view_name,
        c.place,
        c.column_name,
        c.data_type,
        c.view_comment,
        c.column_comment,
        string_to_array(rtrim(regexp_replace(c.column_comment, ';.*$', ''), '.'), ': ') AS parts,
        substring(c.column_comment FROM '; (.*?)\.?$') AS remark
    FROM ops.published_column AS c
    WHERE NOT c.is_key AND c.data_type ~ '^(numeric|bigint|integer)'
)

SELECT
    f.column_name AS metric_name,
    f.view_name AS source_view,
    f.place,
    f.parts[1] AS definition,
    nullif(array_to_string(f.parts[2:], ': '), '') AS formula,
    CASE
        WHEN f.column_comment ~ '\mpercent\M' THEN 'percent'
        WHEN f.column_comment ~ 'in the unit of' THEN 'that of the measure'
        WHEN f.column_comment ~ '^Ratio' THEN 'ratio'
        WHEN f.column_name ~ '_index$' THEN '100 = average'
        WHEN
            f.data_type ~ '^numeric'
            AND f.column_name
            ~ '(revenue|value|amount|price|cost|profit|margin|contribution|discount|tax|shipping|refund|sales|gain|lead$)'
            THEN 'money'
        ELSE
            coalesce(
                substring(f.column_name FROM '(orders|customers|units|products|observations|days|months)'),
                CASE
                    WHEN f.column_name ~ 'buyers' THEN 'customers'
                    WHEN f.column_name ~ '(quantity|stock|on_hand|on_order|reorder)' THEN 'units'
                    ELSE 'number'
                END
            )
    END AS unit,
    coalesce(substring(f.view_comment FROM '^One row per (.*?)[.:;](?: |$)'), 'the shop') AS grain,
    f.remark
FROM figures AS f;

CREATE UNIQUE INDEX metric_dictionary_metric_name_source_view_key ON analytics.metric_dictionary (metric_name, source_view);

COMMENT ON MATERIALIZED VIEW analytics.metric_dictionary IS
'One row per metric and view that has it: made of the comments of the published views, which is where metrics are defined.';
COMMENT ON COLUMN analytics.metric_dictionary.metric_name IS
'Key. Name of the column; in several views it is the same measure of what their rows are: of a day, a product, a customer.';
COMMENT ON COLUMN analytics.metric_dictionary.source_view IS 'Key. The view in bi.';
COMMENT ON COLUMN analytics.metric_dictionary.place IS 'Place of the column in the view.';
COMMENT ON COLUMN analytics.metric_dictionary.definition IS 'What it is: the comment up to a colon.';
COMMENT ON COLUMN analytics.metric_dictionary.formula IS
'How it is computed, from columns of the view: the comment after the colon; NULL when the definition says it: a plain count or '
'sum.';
COMMENT ON COLUMN analytics.metric_dictionary.unit IS
'money (in the shop''s currency), percent, orders, customers, units, products, days and so on, from the name and the comment.';
COMMENT ON COLUMN analytics.metric_dictionary.grain IS 'What a row of the view is.';
COMMENT ON COLUMN analytics.metric_dictionary.remark IS 'The comment after a semicolon: when it is NULL, what is left out.';
