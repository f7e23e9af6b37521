-- What sold products cost and were listed at on the day, and the limits of the product views.

ALTER TABLE rollup.product_days
ADD COLUMN IF NOT EXISTS total_cost numeric(18, 2),
ADD COLUMN IF NOT EXISTS list_amount numeric(18, 2);
COMMENT ON COLUMN rollup.product_days.total_cost IS
'Units in completed orders × cost of the day; NULL: the cost of the day is not known.';
COMMENT ON COLUMN rollup.product_days.list_amount IS 'Units in completed orders × list price of the day.';

ALTER TABLE rollup.product_months
ADD COLUMN IF NOT EXISTS total_cost numeric(18, 2),
ADD COLUMN IF NOT EXISTS costed_revenue numeric(18, 2),
ADD COLUMN IF NOT EXISTS list_amount numeric(18, 2),
ADD COLUMN IF NOT EXISTS first_sale_date date,
ADD COLUMN IF NOT EXISTS last_sale_date date;
COMMENT ON COLUMN rollup.product_months.total_cost IS
'Cost of the units in completed orders, each at the cost of its day; NULL: not known on any day.';
COMMENT ON COLUMN rollup.product_months.costed_revenue IS
'Revenue of the days whose cost is known: what total_cost may be taken from.';
COMMENT ON COLUMN rollup.product_months.list_amount IS 'Units in completed orders × list price of their day.';
COMMENT ON COLUMN rollup.product_months.first_sale_date IS 'First day of the month with a completed order.';
COMMENT ON COLUMN rollup.product_months.last_sale_date IS 'Last day of the month with a completed order.';

CREATE TABLE IF NOT EXISTS config.abc_class (
    abc_class text COLLATE "C" NOT NULL,
    from_share numeric(5, 4) NOT NULL,
    CONSTRAINT abc_class_pkey PRIMARY KEY (abc_class),
    CONSTRAINT abc_class_from_share_key UNIQUE (from_share),
    CONSTRAINT abc_class_abc_class_check CHECK (abc_class IN ('A', 'B', 'C')),
    CONSTRAINT abc_class_from_share_check
    CHECK (CASE abc_class WHEN 'A' THEN from_share = 0 ELSE from_share > 0 AND from_share < 1 END)
);
COMMENT ON TABLE config.abc_class IS 'One row per ABC class of products: from which share of the revenue on.';
COMMENT ON COLUMN config.abc_class.abc_class IS 'Name of the class; the three names are fixed.';
COMMENT ON COLUMN config.abc_class.from_share IS
'Share of all revenue that the products with more revenue bring. 0.8: the class begins after those that bring 80 percent.';
INSERT INTO config.abc_class (abc_class, from_share)
VALUES
('A', 0),
('B', 0.8),
('C', 0.95)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.xyz_class (
    xyz_class text COLLATE "C" NOT NULL,
    from_variation numeric(6, 4) NOT NULL,
    CONSTRAINT xyz_class_pkey PRIMARY KEY (xyz_class),
    CONSTRAINT xyz_class_from_variation_key UNIQUE (from_variation),
    CONSTRAINT xyz_class_xyz_class_check CHECK (xyz_class IN ('X', 'Y', 'Z')),
    CONSTRAINT xyz_class_from_variation_check
    CHECK (from_variation <> 'NaN' AND CASE xyz_class WHEN 'X' THEN from_variation = 0 ELSE from_variation > 0 END)
);
COMMENT ON TABLE config.xyz_class IS 'One row per XYZ class of products: from which variation of demand on.';
COMMENT ON COLUMN config.xyz_class.xyz_class IS 'Name of the class; the three names are fixed.';
COMMENT ON COLUMN config.xyz_class.from_variation IS
'Coefficient of variation: standard deviation of the units a week, divided by their mean.';
INSERT INTO config.xyz_class (xyz_class, from_variation)
VALUES
('X', 0),
('Y', 0.5),
('Z', 1)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.service_level (
    service_level numeric(5, 4) NOT NULL,
    z numeric(6, 4) NOT NULL,
    CONSTRAINT service_level_pkey PRIMARY KEY (service_level),
    CONSTRAINT service_level_service_level_check CHECK (service_level >= 0.5 AND service_level < 1),
    CONSTRAINT service_level_z_check CHECK (z >= 0 AND z <> 'NaN')
);
COMMENT ON TABLE config.service_level IS 'One row per service level that config.inventory may name.';
COMMENT ON COLUMN config.service_level.service_level IS
'Chance that stock lasts until a delivery: 0.95 is nineteen times of twenty.';
COMMENT ON COLUMN config.service_level.z IS 'Quantile of the standard normal distribution at the service level.';
INSERT INTO config.service_level (service_level, z)
VALUES
(0.5, 0),
(0.8, 0.8416),
(0.85, 1.0364),
(0.9, 1.2816),
(0.95, 1.6449),
(0.975, 1.9600),
(0.98, 2.0537),
(0.99, 2.3263),
(0.995, 2.5758),
(0.999, 3.0902)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.inventory (
    is_only_row boolean NOT NULL DEFAULT true,
    service_level numeric(5, 4) NOT NULL DEFAULT 0.95,
    default_lead_time_days integer NOT NULL DEFAULT 14,
    lead_time_variation numeric(5, 4) NOT NULL DEFAULT 0,
    order_days integer NOT NULL DEFAULT 28,
    overstock_days integer NOT NULL DEFAULT 180,
    dead_stock_days integer NOT NULL DEFAULT 180,
    trend_change numeric(5, 2) NOT NULL DEFAULT 20,
    CONSTRAINT inventory_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT inventory_is_only_row_check CHECK (is_only_row),
    CONSTRAINT inventory_service_level_fkey FOREIGN KEY (service_level) REFERENCES config.service_level (service_level),
    CONSTRAINT inventory_default_lead_time_days_check CHECK (default_lead_time_days BETWEEN 0 AND 3650),
    CONSTRAINT inventory_lead_time_variation_check CHECK (lead_time_variation >= 0 AND lead_time_variation <> 'NaN'),
    CONSTRAINT inventory_order_days_check CHECK (order_days BETWEEN 1 AND 3650),
    CONSTRAINT inventory_overstock_days_check CHECK (overstock_days >= 1),
    CONSTRAINT inventory_dead_stock_days_check CHECK (dead_stock_days >= 1),
    CONSTRAINT inventory_trend_change_check CHECK (trend_change > 0 AND trend_change <> 'NaN')
);
COMMENT ON TABLE config.inventory IS 'One row: how stock is judged and reordered.';
COMMENT ON COLUMN config.inventory.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.inventory.service_level IS 'A row of config.service_level; more means more safety stock.';
COMMENT ON COLUMN config.inventory.default_lead_time_days IS
'Lead time of products whose stock is known but not their lead time.';
COMMENT ON COLUMN config.inventory.lead_time_variation IS
'Standard deviation of lead times as a share of the lead time: 0.25 of 20 days is 5 days. 0: suppliers are punctual.';
COMMENT ON COLUMN config.inventory.order_days IS 'An order brings stock to the reorder point and so many days of demand more.';
COMMENT ON COLUMN config.inventory.overstock_days IS 'Stock that lasts more days than this is Overstock.';
COMMENT ON COLUMN config.inventory.dead_stock_days IS
'Stock of a product that has not sold for more days than this is Dead stock.';
COMMENT ON COLUMN config.inventory.trend_change IS
'Percent by which units a day over 28 days differ from those over 90 days when they are Rising or Falling.';
INSERT INTO config.inventory DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS config.affinity (
    is_only_row boolean NOT NULL DEFAULT true,
    min_orders integer NOT NULL DEFAULT 10,
    CONSTRAINT affinity_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT affinity_is_only_row_check CHECK (is_only_row),
    CONSTRAINT affinity_min_orders_check CHECK (min_orders >= 1)
);
COMMENT ON TABLE config.affinity IS 'One row: which pairs of products count as bought together.';
COMMENT ON COLUMN config.affinity.is_only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN config.affinity.min_orders IS 'Pairs in fewer completed orders are left out: chance brings those together.';
INSERT INTO config.affinity DEFAULT VALUES ON CONFLICT DO NOTHING;

INSERT INTO rollup.dirty DEFAULT VALUES;
