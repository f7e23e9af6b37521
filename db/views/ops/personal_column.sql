CREATE VIEW ops.personal_column AS
SELECT
    p.column_name,
    p.mask
FROM (
    VALUES
    ('full_name', $$regexp_replace(%1$s, '(\S)\S*', '\1.', 'g')$$),
    ('first_name', $$regexp_replace(%1$s, '(\S)\S*', '\1.', 'g')$$),
    ('last_name', $$regexp_replace(%1$s, '(\S)\S*', '\1.', 'g')$$),
    (
        'email',
        $$left(encode(sha256(convert_to((SELECT s.salt FROM ops.sight AS s) || lower(%1$s), 'UTF8')), 'hex'), 16)$$
        || $$ || coalesce(substring(%1$s FROM '@[^@]*$'), '')$$
    )
) AS p (column_name, mask);

COMMENT ON VIEW ops.personal_column IS
'One row per column name that means personal data, wherever it stands: closed to analysts in analytics, masked in bi.';
COMMENT ON COLUMN ops.personal_column.mask IS
'SQL expression over the column, %1$s, that is shown instead: initials, or a salted hash and the domain.';
