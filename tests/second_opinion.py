"""The same figures a second time: DuckDB on the CSV files, written from the definitions, sharing no code with db/."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

REVENUE = "('completed', 'shipped', 'delivered')"

CUSTOMER_METRICS = f"""
SELECT
    c.customer_id,
    count(o.order_id) AS total_orders,
    count(o.order_id) FILTER (o.status IN {REVENUE}) AS completed_orders,
    coalesce(sum(o.total_amount) FILTER (o.status IN {REVENUE}), 0) AS total_revenue,
    min(o.order_date::date) FILTER (o.status IN {REVENUE}) AS first_order_date,
    max(o.order_date::date) FILTER (o.status IN {REVENUE}) AS last_order_date,
    CASE
        WHEN completed_orders >= 10 THEN 'VIP'
        WHEN completed_orders >= 6 THEN 'Loyal'
        WHEN completed_orders >= 2 THEN 'Regular'
        WHEN completed_orders = 1 THEN 'One-time'
        ELSE 'Prospect'
    END AS customer_tier,
    CASE WHEN total_revenue >= 2500 THEN 'High' WHEN total_revenue >= 1000 THEN 'Medium' ELSE 'Low' END AS value_segment,
    CASE WHEN last_order_date > $as_of THEN 0 ELSE date_diff('day', last_order_date, $as_of) END AS days_since_last_order,
    CASE
        WHEN last_order_date IS NULL THEN 'Prospect'
        WHEN days_since_last_order <= 90 THEN 'Active'
        WHEN days_since_last_order <= 180 THEN 'At Risk'
        WHEN days_since_last_order <= 365 THEN 'Dormant'
        ELSE 'Lost'
    END AS customer_status
FROM customers AS c LEFT JOIN orders AS o USING (customer_id)
GROUP BY c.customer_id
ORDER BY c.customer_id
"""

PRODUCT_PERFORMANCE = f"""
WITH sold AS (
    SELECT
        i.product_id,
        count(DISTINCT i.order_id) AS total_orders,
        coalesce(sum(i.quantity) FILTER (o.status IN {REVENUE}), 0)::bigint AS total_quantity_sold,
        coalesce(sum(i.total_amount) FILTER (o.status IN {REVENUE}), 0) AS total_revenue
    FROM order_items AS i JOIN orders AS o USING (order_id)
    GROUP BY ALL
),
all_products AS (
    SELECT
        p.product_id,
        coalesce(p.category, 'Uncategorized') AS category,
        coalesce(s.total_orders, 0) AS total_orders,
        coalesce(s.total_quantity_sold, 0) AS total_quantity_sold,
        coalesce(s.total_revenue, 0) AS total_revenue
    FROM products AS p LEFT JOIN sold AS s USING (product_id)
),
ranked AS (
    -- A product's place is the number of products that sell more.
    SELECT a.*, (SELECT count(*) FROM all_products AS b WHERE b.total_revenue > a.total_revenue) AS place
    FROM all_products AS a
)
SELECT
    product_id,
    category,
    total_orders,
    total_quantity_sold,
    total_revenue,
    CASE
        WHEN total_revenue = 0 THEN 'Low'
        WHEN 10 * place < 2 * (SELECT count(*) FROM products) THEN 'Top'
        WHEN 10 * place < 5 * (SELECT count(*) FROM products) THEN 'Good'
        WHEN 10 * place < 8 * (SELECT count(*) FROM products) THEN 'Average'
        ELSE 'Low'
    END AS performance_category
FROM ranked
ORDER BY product_id
"""

DAILY_SALES = f"""
WITH days AS (
    SELECT unnest(generate_series(min(order_date)::date, greatest(max(order_date)::date, $as_of), INTERVAL 1 DAY))::date
        AS sale_date
    FROM orders
),
by_category AS (
    SELECT o.order_date::date AS sale_date, coalesce(p.category, 'Uncategorized') AS category, sum(i.total_amount) AS revenue
    FROM order_items AS i JOIN orders AS o USING (order_id) JOIN products AS p USING (product_id)
    WHERE o.status IN {REVENUE}
    GROUP BY ALL
    HAVING revenue > 0
)
SELECT
    d.sale_date,
    count(o.order_id) AS total_orders,
    count(o.order_id) FILTER (o.status IN {REVENUE}) AS completed_orders,
    coalesce(sum(o.total_amount) FILTER (o.status IN {REVENUE}), 0) AS total_revenue,
    count(DISTINCT o.customer_id) FILTER (o.status IN {REVENUE}) AS unique_customers,
    count(o.order_id) FILTER (o.customer_id IS NULL) AS guest_orders,
    coalesce(sum(o.total_amount) FILTER (o.status IN {REVENUE} AND o.customer_id IS NULL), 0) AS guest_revenue,
    (
        SELECT c.category FROM by_category AS c WHERE c.sale_date = d.sale_date
        ORDER BY c.revenue DESC, encode(c.category) LIMIT 1
    ) AS top_category
FROM days AS d LEFT JOIN orders AS o ON o.order_date::date = d.sale_date
GROUP BY d.sale_date
ORDER BY d.sale_date
"""

KPI_SUMMARY = f"""
WITH c AS ({CUSTOMER_METRICS}),
p AS (
    SELECT coalesce(category, 'Uncategorized') AS category, sum(i.total_amount) AS revenue
    FROM order_items AS i JOIN orders AS o USING (order_id) JOIN products AS q USING (product_id)
    WHERE o.status IN {REVENUE} GROUP BY ALL HAVING revenue > 0
),
t AS (SELECT list(category ORDER BY revenue DESC, encode(category)) AS names, max(revenue) AS top, sum(revenue) AS total FROM p),
o AS (SELECT count(*) AS n, sum(total_amount) AS revenue FROM orders WHERE status IN {REVENUE})
SELECT
    (SELECT revenue FROM o) AS total_revenue,
    (SELECT n FROM o) AS completed_orders,
    (SELECT count(*) FROM c) AS total_customers,
    (SELECT count(*) FROM products) AS total_products,
    round((SELECT revenue / n FROM o), 2)::decimal(14, 2) AS avg_order_value,
    round((SELECT sum(total_revenue) / count(*) FROM c), 2)::decimal(14, 2) AS customer_lifetime_value,
    (SELECT count(*) FROM c WHERE customer_status = 'Active') AS active_customers,
    (SELECT count(*) FROM c WHERE customer_status = 'At Risk') AS at_risk_customers,
    (SELECT sum(total_revenue) FROM c WHERE customer_status = 'At Risk') AS at_risk_revenue,
    (SELECT count(*) FROM c WHERE customer_tier = 'Loyal') AS loyal_customers,
    (SELECT 100 * sum(total_revenue) FILTER (customer_tier = 'Loyal') / sum(total_revenue) FROM c) AS loyal_revenue_share,
    (SELECT avg(total_revenue) FROM c WHERE customer_tier = 'VIP') AS vip_avg_value,
    (SELECT avg(total_revenue) FILTER (customer_tier = 'Loyal') - avg(total_revenue) FILTER (customer_tier = 'Regular') FROM c)
        AS loyal_value_lead,
    (SELECT names[1] FROM t) AS top_category,
    (SELECT top FROM t) AS top_category_revenue,
    (SELECT 100 * top / total FROM t) AS top_category_share,
    (SELECT names[2] FROM t) AS second_category,
    (SELECT names[3] FROM t) AS third_category
"""

TYPES = {
    "customers": {"customer_id": "VARCHAR", "country": "VARCHAR"},
    "products": {
        "product_id": "VARCHAR",
        "category": "VARCHAR",
        "price": "DECIMAL(14, 2)",
        "cost": "DECIMAL(14, 2)",
    },
    "orders": {
        "order_id": "VARCHAR",
        "customer_id": "VARCHAR",
        "order_date": "TIMESTAMP",
        "status": "VARCHAR",
        "total_amount": "DECIMAL(14, 2)",
    },
    "order_items": {
        "order_id": "VARCHAR",
        "product_id": "VARCHAR",
        "quantity": "BIGINT",
        "unit_price": "DECIMAL(14, 2)",
        "total_amount": "DECIMAL(14, 2)",
    },
}


def ask(folder: Path, query: str, as_of: date) -> list[dict[str, Any]]:
    """Return the rows of a query over the CSV files of a folder."""
    with duckdb.connect() as connection:
        for table, types in TYPES.items():
            connection.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_csv(?, header = true, all_varchar = false, types = ?)",
                [str(folder / f"{table}.csv"), types],
            )
        needs_day = "$as_of" in query
        result = connection.execute(query, {"as_of": as_of} if needs_day else None)
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
