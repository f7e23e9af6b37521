-- One row: the headline figures; none before the first sale was published.
SELECT
    k.total_revenue,
    k.completed_orders,
    k.avg_order_value,
    k.total_customers,
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
    k.top_category_share
FROM bi.kpi_summary AS k
WHERE k.completed_orders > 0;
