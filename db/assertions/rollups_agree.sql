CREATE VIEW assertions.rollups_agree AS
WITH

-- ARRAY and not a join: a condition on it goes down into the counting views, which would else count all of history.
kept AS (
    SELECT
        'customers' AS rollup_name,
        k.customer_id AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.customers AS k
    WHERE k.customer_id = ANY (ARRAY(SELECT a.customer_id FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.customer_id
    UNION ALL
    SELECT
        'days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.days AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
    UNION ALL
    SELECT
        'item_days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.item_days AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
    UNION ALL
    SELECT
        'status_days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.status_days AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
    UNION ALL
    SELECT
        'category_days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.category_days AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
    UNION ALL
    SELECT
        'product_days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.product_days AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
),

counted AS (
    SELECT
        'customers' AS rollup_name,
        k.customer_id AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.customers_recounted AS k
    WHERE k.customer_id = ANY (ARRAY(SELECT a.customer_id FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.customer_id
    UNION ALL
    SELECT
        'days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.days_recounted AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
    UNION ALL
    SELECT
        'item_days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.item_days_recounted AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
    UNION ALL
    SELECT
        'status_days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.status_days_recounted AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
    UNION ALL
    SELECT
        'category_days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.category_days_recounted AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
    UNION ALL
    SELECT
        'product_days' AS rollup_name,
        k.sale_date::text AS group_key,
        count(*) AS row_count,
        bit_xor(hash_record_extended(k, 0)) AS fingerprint
    FROM rollup.product_days_recounted AS k
    WHERE k.sale_date = ANY (ARRAY(SELECT a.sale_date FROM rollup.audited AS a WHERE a.is_sample))
    GROUP BY k.sale_date
)

SELECT
    rollup_name,
    group_key,
    k.row_count AS kept_rows,
    c.row_count AS counted_rows
FROM kept AS k
FULL JOIN counted AS c USING (rollup_name, group_key)
WHERE (k.row_count, k.fingerprint) IS DISTINCT FROM (c.row_count, c.fingerprint);

COMMENT ON VIEW assertions.rollups_agree IS
'error: The rollups of a random sample of customers and days are what staging, counted again, gives. If not: runner refresh --full.';
