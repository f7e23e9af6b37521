-- Active customers
-- How many customers bought lately? How lately: config.customer_status.
-- number: active_customers
SELECT k.active_customers
FROM bi.kpi_summary AS k;
