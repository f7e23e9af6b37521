"""Small shops for tests: as rows in staging, or as a folder of CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

HEADERS = {
    "customers": "customer_id,first_name,last_name,email,customer_segment,country,registration_date",
    "products": "product_id,product_name,category,price,cost",
    "orders": "order_id,customer_id,order_date,status,total_amount",
    "order_items": "order_item_id,order_id,product_id,quantity,unit_price,total_amount",
}

ROWS = {
    "customers": [
        "C1,Ada,Lovelace,ada@example.com,Consumer,UK,2024-01-01",
        "C2,Grace,Hopper,grace@example.com,Consumer,US,2024-01-02",
    ],
    "products": ["P1,Tea,Food,4.00,1.00", "P2,Cup,Home,10.00,6.00"],
    "orders": [
        "O1,C1,2024-03-01 10:00:00,completed,18.00",
        "O2,C2,2024-03-02,shipped,4.00",
        "O3,,2024-03-02,completed,10.00",
        "O4,C1,2024-03-03,cancelled,10.00",
    ],
    "order_items": [
        "I1,O1,P1,2,4.00,8.00",
        "I2,O1,P2,1,10.00,10.00",
        "I3,O2,P1,1,4.00,4.00",
        "I4,O3,P2,1,10.00,10.00",
        "I5,O4,P2,1,10.00,10.00",
    ],
}

AS_OF = "2024-03-03"


def write(folder: Path, **changed: list[str] | str) -> Path:
    """Write the small shop as CSV files; changed: for a table other rows, or the whole text of its file."""
    folder.mkdir(exist_ok=True)
    for table, header in HEADERS.items():
        rows = changed.get(table, ROWS[table])
        text = rows if isinstance(rows, str) else "\n".join([header, *rows]) + "\n"
        (folder / f"{table}.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


def fill(db: psycopg.Connection[Any]) -> None:
    """Put the small shop into staging by plain INSERTs and fix the clock."""
    for table, header in HEADERS.items():
        columns = header.split(",")
        for row in ROWS[table]:
            values = [value or None for value in row.split(",")]
            marks = ", ".join(["%s"] * len(columns))
            db.execute(f"INSERT INTO staging.{table} ({header}) VALUES ({marks})".encode(), values)
    db.execute("CALL config.set_clock(%s)", (AS_OF,))


def hashes(db: psycopg.Connection[Any]) -> dict[str, str]:
    """Return a hash over all rows of every published view."""
    names = db.execute("SELECT matviewname AS name FROM pg_matviews WHERE schemaname = 'analytics'").fetchall()
    found: dict[str, str] = {}
    for name in sorted(row["name"] for row in names):
        row = db.execute(
            f"SELECT md5(coalesce(string_agg(v::text, E'\\n' ORDER BY v::text COLLATE \"C\"), '')) AS hash"
            f" FROM analytics.{name} AS v".encode()
        ).fetchone()
        found[name] = row["hash"] if row else ""
    return found
