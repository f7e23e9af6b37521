CREATE VIEW bi.dim_date AS
WITH

-- Whole years, as BI tools want them. staging.orders and not a rollup, so that an order which was just loaded has its day.
bounds AS (
    SELECT
        least(k.as_of, o.first_date) AS first_date,
        greatest(k.as_of, o.last_date, r.last_date) AS last_date
    FROM config.clock AS k
    CROSS JOIN (SELECT
        min(d.order_day) AS first_date,
        max(d.order_day) AS last_date
    FROM staging.orders AS d) AS o
    CROSS JOIN (SELECT max(d.sale_date) AS last_date FROM rollup.refund_days AS d) AS r
),

days AS (
    SELECT
        g.day::date AS calendar_date,
        extract(YEAR FROM g.day)::integer AS calendar_year,
        extract(MONTH FROM g.day)::integer AS calendar_month,
        extract(QUARTER FROM g.day)::integer AS calendar_quarter,
        -- Months from the beginning of a fiscal year to the January that it is named after. So many months later, the calendar
        -- says what the fiscal year, quarter and month are.
        make_interval(months => (13 - s.first_fiscal_month) % 12) AS fiscal_shift,
        g.day + make_interval(months => (13 - s.first_fiscal_month) % 12) AS fiscal_day
    FROM bounds AS b
    CROSS JOIN config.shop AS s
    CROSS JOIN
        generate_series(
            date_trunc('year', b.first_date::timestamp),
            date_trunc('year', b.last_date::timestamp) + interval '1 year -1 day',
            interval '1 day'
        ) AS g (day)
)

SELECT
    d.calendar_date,
    d.calendar_year,
    d.calendar_quarter,
    format('%s-Q%s', d.calendar_year, d.calendar_quarter) AS quarter_name,
    d.calendar_month,
    to_char(d.calendar_date, 'FMMonth') AS month_name,
    to_char(d.calendar_date, 'YYYY-MM') AS year_month,
    date_trunc('month', d.calendar_date::timestamp)::date AS month_start_date,
    extract(DAY FROM d.calendar_date)::integer AS day_of_month,
    extract(DOY FROM d.calendar_date)::integer AS day_of_year,
    extract(ISOYEAR FROM d.calendar_date)::integer AS iso_year,
    extract(WEEK FROM d.calendar_date)::integer AS iso_week,
    to_char(d.calendar_date, 'IYYY-"W"IW') AS iso_week_name,
    date_trunc('week', d.calendar_date::timestamp)::date AS week_start_date,
    extract(ISODOW FROM d.calendar_date)::integer AS iso_weekday,
    to_char(d.calendar_date, 'FMDay') AS weekday_name,
    extract(ISODOW FROM d.calendar_date) > 5 AS is_weekend,
    extract(YEAR FROM d.fiscal_day)::integer AS fiscal_year,
    'FY' || extract(YEAR FROM d.fiscal_day) AS fiscal_year_name,
    extract(QUARTER FROM d.fiscal_day)::integer AS fiscal_quarter,
    format('FY%s-Q%s', extract(YEAR FROM d.fiscal_day), extract(QUARTER FROM d.fiscal_day)) AS fiscal_quarter_name,
    extract(MONTH FROM d.fiscal_day)::integer AS fiscal_month,
    (date_trunc('year', d.fiscal_day) - d.fiscal_shift)::date AS fiscal_year_start_date,
    k.as_of - d.calendar_date AS days_ago,
    d.calendar_date > k.as_of AS is_future
FROM days AS d
CROSS JOIN config.clock AS k;

COMMENT ON VIEW bi.dim_date IS
'One row per day of the whole years from the first order to the last order or refund, or to config.clock.as_of.';
COMMENT ON COLUMN bi.dim_date.calendar_date IS
'Key. Referred to by fact_orders.order_date and fact_order_items.order_date; also by sale_date of other views.';
COMMENT ON COLUMN bi.dim_date.calendar_year IS 'Year.';
COMMENT ON COLUMN bi.dim_date.calendar_quarter IS '1 to 4.';
COMMENT ON COLUMN bi.dim_date.quarter_name IS 'Such as 2025-Q1; sorts as text.';
COMMENT ON COLUMN bi.dim_date.calendar_month IS '1 to 12: sort month_name by it.';
COMMENT ON COLUMN bi.dim_date.month_name IS 'January to December.';
COMMENT ON COLUMN bi.dim_date.year_month IS 'Such as 2025-01; sorts as text.';
COMMENT ON COLUMN bi.dim_date.month_start_date IS 'First day of the month: sale_month of other views.';
COMMENT ON COLUMN bi.dim_date.day_of_month IS '1 to 31.';
COMMENT ON COLUMN bi.dim_date.day_of_year IS '1 to 366.';
COMMENT ON COLUMN bi.dim_date.iso_year IS 'Year of the ISO week; around New Year it may differ from calendar_year.';
COMMENT ON COLUMN bi.dim_date.iso_week IS 'ISO 8601: weeks begin on Monday, week 1 holds the first Thursday; 1 to 53.';
COMMENT ON COLUMN bi.dim_date.iso_week_name IS 'Such as 2025-W01; sorts as text.';
COMMENT ON COLUMN bi.dim_date.week_start_date IS 'Monday of the week: sale_week of weekly_sales.';
COMMENT ON COLUMN bi.dim_date.iso_weekday IS '1 Monday to 7 Sunday: sort weekday_name by it.';
COMMENT ON COLUMN bi.dim_date.weekday_name IS 'Monday to Sunday.';
COMMENT ON COLUMN bi.dim_date.is_weekend IS 'Saturday or Sunday.';
COMMENT ON COLUMN bi.dim_date.fiscal_year IS
'Calendar year in which the fiscal year ends; it begins with config.shop.first_fiscal_month.';
COMMENT ON COLUMN bi.dim_date.fiscal_year_name IS 'Such as FY2025.';
COMMENT ON COLUMN bi.dim_date.fiscal_quarter IS '1 to 4, counted from the beginning of the fiscal year.';
COMMENT ON COLUMN bi.dim_date.fiscal_quarter_name IS 'Such as FY2025-Q1; sorts as text.';
COMMENT ON COLUMN bi.dim_date.fiscal_month IS '1 to 12, counted from the beginning of the fiscal year.';
COMMENT ON COLUMN bi.dim_date.fiscal_year_start_date IS 'First day of the fiscal year.';
COMMENT ON COLUMN bi.dim_date.days_ago IS
'Days from this day to config.clock.as_of: 0 is today, 0 to 29 are the last 30 days, below 0 is the future.';
COMMENT ON COLUMN bi.dim_date.is_future IS 'After config.clock.as_of.';
