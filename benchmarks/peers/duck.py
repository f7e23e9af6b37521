"""DuckDB, which computes every model anew from tables in its own file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg

from benchmarks.peers.models import CALENDAR, Model
from benchmarks.server import TABLES, column_names


class Duck:
    """A DuckDB file with the shop in it."""

    def __init__(self, file: Path, source: psycopg.Connection, models: list[Model]) -> None:
        """Make the tables; the clock and the meaning of the statuses come from the source."""
        self.connection = duckdb.connect(file)
        self.models = models
        for table, columns in TABLES.items():
            day = ", order_day date GENERATED ALWAYS AS (order_date::date) VIRTUAL" if table == "orders" else ""
            self.connection.execute(f"CREATE TABLE {table} ({columns}{day})")
        self.connection.execute(f"CREATE TABLE calendar AS {CALENDAR}")
        for table, columns in {"clock": "as_of date", "order_status": "status text, is_revenue boolean"}.items():
            self.connection.execute(f"CREATE TABLE {table} ({columns})")
            names = ", ".join(column.split()[0] for column in columns.split(","))
            rows = source.execute(f"SELECT {names} FROM config.{table}".encode()).fetchall()
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def add(self, folder: Path) -> None:
        """Load the files of a folder."""
        for table in TABLES:
            self.connection.execute(f"COPY {table} ({column_names(table)}) FROM '{folder / table}.csv' (HEADER)")

    def compute(self) -> None:
        """Compute all models."""
        for model in self.models:
            self.connection.execute(f"CREATE OR REPLACE TABLE {model.name} AS {model.text}")
