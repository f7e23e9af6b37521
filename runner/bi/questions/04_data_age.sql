-- Age of the data
-- Which day are the figures for, when were they published, and did orders come since?
-- table
SELECT
    a.as_of,
    a.published_at,
    a.newest_order_date,
    a.has_unpublished_changes,
    a.last_run_status,
    a.run_id
FROM bi.data_age AS a;
