"""The same figures a second time: DuckDB on the CSV files, written from the definitions, sharing no code with db/.

<view>.sql in this folder gives the rows of analytics.<view>, or the columns of them that it covers, in any order but with its
key first. It reads the tables customers, products, orders and order_items, the day $as_of, and other files of this folder; the
macro ratio() divides exactly.
"""

from __future__ import annotations

import re
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
    },
    "order_items": {
        "order_item_id": "VARCHAR",
        "order_id": "VARCHAR",
        "product_id": "VARCHAR",
        "quantity": "BIGINT",
        "unit_price": "DECIMAL(14, 2)",
        "total_amount": "DECIMAL(14, 2)",
    },
}

# a / b of whole numbers, rounded half away from zero to so many digits (at most 4): exact, where DuckDB divides as doubles.
RATIO = """
CREATE MACRO ratio(a, b, digits) AS (
    sign(a) * sign(b) * ((2 * abs(a::hugeint) * [1, 10, 100, 1000, 10000][digits + 1] + abs(b)) // nullif(2 * abs(b::hugeint), 0))
    * [10000, 1000, 100, 10, 1][digits + 1]
)::decimal(24, 0) * 0.0001::decimal(5, 4)
"""

Rows = list[dict[str, Any]]


def views() -> list[str]:
    """Return the names of the views that have a second opinion."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def second_opinion(view: str, folder: Path, as_of: date) -> Rows:
    """Return the rows of <view>.sql over the CSV files of a folder."""
    return ask(folder, (FOLDER / f"{view}.sql").read_text(encoding="utf-8"), as_of)


def ask(folder: Path, query: str, as_of: date) -> Rows:
    """Return the rows of a query over the CSV files of a folder."""
    with duckdb.connect() as connection:
        for table, types in TYPES.items():
            path = folder / f"{table}.csv"
            if path.exists():
                source = "SELECT * FROM read_csv(?, header = true, delim = ',', quote = '\"', types = ?)"
                connection.execute(f"CREATE TABLE {table} AS {source}", [str(path), types])
            else:
                columns = ", ".join(f"{name} {type_}" for name, type_ in types.items())
                connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute(RATIO)
        return _rows(connection, query, as_of, set())


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
