"""The same figures a second time: DuckDB on the CSV files, written from the definitions, sharing no code with db/.

<view>.sql in this folder gives the rows of analytics.<view>, or the columns of them that it covers, in any order but with its
key first. It reads the tables customers, products, orders, order_items, inventory and product_demand, the day $as_of, and other
files of this folder; the macros divide exactly. Columns that a file does not have are NULL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

FOLDER = Path(__file__).parent
REVENUE = "('completed', 'shipped', 'delivered')"

# The columns whose type must not be guessed from what stands in a file. A table without a file is empty.
TYPES = {
    "customers": {
        "customer_id": "VARCHAR",
        "first_name": "VARCHAR",
        "last_name": "VARCHAR",
        "email": "VARCHAR",
        "customer_segment": "VARCHAR",
        "country": "VARCHAR",
        "registration_date": "DATE",
    },
    "products": {
        "product_id": "VARCHAR",
        "product_name": "VARCHAR",
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
        "discount_amount": "DECIMAL(14, 2)",
        "tax_amount": "DECIMAL(14, 2)",
        "shipping_amount": "DECIMAL(14, 2)",
        "refunded_amount": "DECIMAL(14, 2)",
        "refunded_at": "TIMESTAMP",
    },
    "order_items": {
        "order_item_id": "VARCHAR",
        "order_id": "VARCHAR",
        "product_id": "VARCHAR",
        "quantity": "BIGINT",
        "unit_price": "DECIMAL(14, 2)",
        "total_amount": "DECIMAL(14, 2)",
    },
    "inventory": {
        "product_id": "VARCHAR",
        "on_hand": "INTEGER",
        "on_order": "INTEGER",
        "lead_time_days": "INTEGER",
        "counted_at": "TIMESTAMP",
    },
    # Not a file of a shop: what a model found, when it is given.
    "product_demand": {
        "product_id": "VARCHAR",
        "demand_class": "VARCHAR",
        "method": "VARCHAR",
        "weekly_units": "DECIMAL(18, 4)",
        "weekly_error": "DECIMAL(18, 4)",
    },
}

# Quotients without doubles, rounded half away from zero; NULL for a divisor of zero. cents: an amount divided by a whole number,
# to two places; percent: a in percent of b, to four.
MACROS = (
    """
    CREATE MACRO cents(amount, number) AS
        sign(amount) * ((2 * (100 * abs(amount))::hugeint + nullif(number, 0)::hugeint) // (2 * nullif(number, 0)::hugeint))
        ::decimal(30, 0) * 0.01
    """,
    """
    CREATE MACRO percent(a, b) AS
        sign(a) * ((2000000 * (100 * abs(a))::hugeint + (100 * nullif(b, 0))::hugeint) // (2 * (100 * nullif(b, 0))::hugeint))
        ::decimal(30, 0) * 0.0001
    """,
    # a / b of whole numbers to so many digits, at most 4.
    """
    CREATE MACRO ratio(a, b, digits) AS (
        sign(a) * sign(b)
        * ((2 * abs(a::hugeint) * [1, 10, 100, 1000, 10000][digits + 1] + abs(b)) // nullif(2 * abs(b::hugeint), 0))
        * [10000, 1000, 100, 10, 1][digits + 1]
    )::decimal(24, 0) * 0.0001::decimal(5, 4)
    """,
)

Rows = list[dict[str, Any]]


def views() -> list[str]:
    """Return the names of the views that have a second opinion."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def second_opinion(view: str, folder: Path, as_of: date) -> Rows:
    """Return the rows of <view>.sql over the CSV files of a folder."""
    return ask(folder, (FOLDER / f"{view}.sql").read_text(encoding="utf-8"), as_of)


def second_opinions(views: Iterable[str], folder: Path, as_of: date) -> dict[str, Rows]:
    """Return the rows of several views, each reckoned once."""
    made: set[str] = set()
    with _read(folder) as connection:
        return {view: _rows(connection, f"FROM {view}", as_of, made) for view in views}


def ask(folder: Path, query: str, as_of: date) -> Rows:
    """Return the rows of a query over the CSV files of a folder."""
    with _read(folder) as connection:
        return _rows(connection, query, as_of, set())


def _read(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection to the CSV files of a folder as tables."""
    connection = duckdb.connect()
    for macro in MACROS:
        connection.execute(macro)
    for table, types in TYPES.items():
        path = folder / f"{table}.csv"
        text = path.read_text(encoding="utf-8").partition("\n")[0] if path.exists() else ""
        given = {name: kind for name, kind in types.items() if name in text.strip().split(",")}
        if given:
            source = "SELECT * FROM read_csv(?, header = true, delim = ',', quote = '\"', types = ?)"
            connection.execute(f"CREATE TABLE {table} AS {source}", [str(path), given])
        else:
            columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
            connection.execute(f"CREATE TABLE {table} ({columns})")
        for name, kind in types.items():
            connection.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kind}")
    return connection


def in_order(rows: Rows) -> Rows:
    """Return the rows in an order that is the same for both engines."""
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def _rows(connection: duckdb.DuckDBPyConnection, query: str, as_of: date, made: set[str]) -> Rows:
    """Make the views that a query reads, then return its rows."""
    for name in re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", query):
        if name in views() and name not in made:
            made.add(name)
            text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
            _rows(connection, f"CREATE TABLE {name} AS {text}", as_of, made)
    result = connection.execute(query, {"as_of": as_of} if "$as_of" in query else None)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
