-- One row: the state of the shop on the day of the figures, and 30 days before; none before the first sale was published.
SELECT
    k.as_of,
    k.total_revenue,
    k.completed_orders,
    k.avg_order_value,
    k.total_customers,
    k.total_products,
    k.customer_lifetime_value,
    k.active_customers,
    k.active_customer_share,
    k.at_risk_customers,
    k.at_risk_revenue,
    k.vip_customers,
    k.vip_avg_value,
    k.loyal_customers,
    k.loyal_revenue_share,
    k.top_category,
    k.top_category_revenue,
    k.top_category_share,
    k.total_customers - k.total_customers_30_days_before AS total_customers_change,
    k.active_customers - k.active_customers_30_days_before AS active_customers_change,
    k.at_risk_customers - k.at_risk_customers_30_days_before AS at_risk_customers_change,
    k.vip_customers - k.vip_customers_30_days_before AS vip_customers_change,
    k.loyal_customers - k.loyal_customers_30_days_before AS loyal_customers_change
FROM bi.kpi_summary AS k
WHERE k.completed_orders > 0;
