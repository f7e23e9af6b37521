"""Makes a shop of any size, quickly: the four CSV files, the same bytes for the same arguments.

Not meant to be looked at (that is data/generate.py) but to be large: a customer for five orders, 2.5 lines an order, one
product for two hundred orders. Run: python -m benchmarks.generate DIR --orders 1000000
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

QUERIES = {
    "customers": """
        SELECT
            printf('C%08d', n) AS customer_id,
            'First' || n % 997 AS first_name,
            'Last' || n % 1009 AS last_name,
            printf('c%d@example.com', n) AS email,
            ['Consumer', 'Small Business', 'Corporate'][1 + n % 3] AS customer_segment,
            ['UK', 'US', 'DE', 'FR', 'ES', 'IT', 'NL', 'SE'][1 + n % 8] AS country,
            DATE '2020-01-01' + (n % 1000)::integer AS registration_date
        FROM range(1, {new_customers} + 1) AS t (n)
    """,
    "products": """
        SELECT
            printf('P%06d', n) AS product_id,
            'Product ' || n AS product_name,
            ['Beauty', 'Sports', 'Books', 'Home', 'Toys', 'Food'][1 + n % 6] AS category,
            (5 + n % 200)::decimal(14, 2) AS price,
            (2 + n % 90)::decimal(14, 2) AS cost
        FROM range(1, {new_products} + 1) AS t (n)
    """,
    "orders": """
        SELECT
            o.order_id,
            o.customer_id,
            o.order_date,
            o.status,
            i.total AS total_amount
        FROM orders AS o INNER JOIN (SELECT n, sum(total_amount) AS total FROM items GROUP BY n) AS i USING (n)
        ORDER BY n
    """,
    "order_items": """
        SELECT printf('I%09d', 4 * (n - 1) + line) AS order_item_id,
            order_id, product_id, quantity, unit_price, total_amount
        FROM items ORDER BY n, line
    """,
}

SETUP = """
    -- A number below a limit that looks random; plain arithmetic, so that every version of the engine gives the same.
    CREATE MACRO draw(n, salt, below) AS ((n * 2654435761 + salt * 97531) % 1000000007 * 40503 % 999999937 % below)::bigint;

    CREATE TABLE orders AS
    SELECT
        n,
        printf('O%09d', n) AS order_id,
        CASE WHEN draw(n, 1, 50) > 0 THEN printf('C%08d', 1 + draw(n, 2, {customers})) END AS customer_id,
        TIMESTAMP '{first_day}' + INTERVAL 1 SECOND * (86400.0 * {days} * (n - {first}) / {orders})::bigint AS order_date,
        ['completed', 'delivered', 'shipped', 'completed', 'delivered', 'completed', 'completed', 'delivered', 'pending',
         'cancelled'][1 + draw(n, 3, 10)] AS status
    FROM range({first}, {first} + {orders}) AS t (n);

    CREATE TABLE items AS
    SELECT
        o.n,
        line,
        o.order_id,
        printf('P%06d', 1 + draw(o.n, line * 9, {products}) * draw(o.n, line * 9 + 1, {products}) // {products}) AS product_id,
        1 + draw(o.n, line * 9 + 2, 3) AS quantity,
        (5 + draw(o.n, line * 9 + 3, 20000) / 100)::decimal(14, 2) AS unit_price,
        (quantity * unit_price)::decimal(14, 2) AS total_amount
    FROM orders AS o, LATERAL (SELECT unnest(range(1, 2 + draw(o.n, 8, 4))) AS line);
"""


def generate(
    folder: Path, orders: int, days: int = 730, first: int = 1, first_day: str = "2024-01-01", shop: int | None = None
) -> Path:
    """Write the four files of a shop with so many orders, numbered from first and spread evenly over so many days.

    shop: the orders are new ones of a shop that had so many: its customers and products buy, and none is new.
    """
    folder.mkdir(parents=True, exist_ok=True)
    customers, products = max((shop or orders) // 5, 1000), max((shop or orders) // 200, 200)
    sizes = {
        "orders": orders,
        "customers": customers,
        "products": products,
        "new_customers": 0 if shop else customers,
        "new_products": 0 if shop else products,
        "days": days,
        "first": first,
        "first_day": first_day,
    }
    with duckdb.connect() as connection:
        connection.execute(SETUP.format(**sizes))
        for table, query in QUERIES.items():
            connection.execute(f"COPY ({query.format(**sizes)}) TO '{folder / table}.csv' (HEADER)")
    return folder


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=730)
    arguments = parser.parse_args()
    generate(arguments.folder, arguments.orders, arguments.days)


if __name__ == "__main__":
    main()
