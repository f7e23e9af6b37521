-- One schema a stage of the data's way, and the role that BI tools connect with.

CREATE SCHEMA IF NOT EXISTS landing;
CREATE SCHEMA IF NOT EXISTS staging;
CREATE SCHEMA IF NOT EXISTS rollup;
CREATE SCHEMA IF NOT EXISTS analytics;
CREATE SCHEMA IF NOT EXISTS bi;
CREATE SCHEMA IF NOT EXISTS assertions;
CREATE SCHEMA IF NOT EXISTS config;
CREATE SCHEMA IF NOT EXISTS ops;

COMMENT ON SCHEMA landing IS 'Rows of the CSV files as text, on their way in. Empty between loads.';
COMMENT ON SCHEMA staging IS 'Customers, products, orders and order items: typed, keyed, referentially whole.';
COMMENT ON SCHEMA rollup IS 'Totals by customer and by day, kept exact as staging changes.';
COMMENT ON SCHEMA analytics IS 'The published analytics: materialized views, all of the same moment.';
COMMENT ON SCHEMA bi IS 'What BI tools read: one plain view for each materialized view.';
COMMENT ON SCHEMA assertions IS 'One view for each assertion; it returns the violating rows.';
COMMENT ON SCHEMA config IS 'Settings of the shop. Change them by UPDATE; the next refresh uses them.';
COMMENT ON SCHEMA ops IS 'The pipeline''s memory of itself: loads, runs, steps, assertion results.';

-- Roles belong to the cluster: another database, or an administrator, may have made it already.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pipeline_reader') THEN
        CREATE ROLE pipeline_reader NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = 'the role pipeline_reader is missing and this user may not create roles',
            HINT = 'Let an administrator run: CREATE ROLE pipeline_reader NOLOGIN;';
END
$$;

GRANT USAGE ON SCHEMA bi TO pipeline_reader;
