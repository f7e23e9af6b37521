"""Plain materialized views over staging, as a shop without the pipeline would write them."""

from __future__ import annotations

import psycopg

from benchmarks.peers.models import CALENDAR, Model

SCHEMA = "bench_mv"
PATH = "staging, config, bench"  # where the models find what they read


def make_calendar(connection: psycopg.Connection) -> None:
    """Make the table of days that the models of PostgreSQL's peers read."""
    connection.execute("CREATE SCHEMA bench")
    connection.execute(f"CREATE TABLE bench.calendar AS {CALENDAR}".encode())
    connection.execute("ALTER TABLE bench.calendar ADD CONSTRAINT calendar_pkey PRIMARY KEY (sale_date)")
    connection.execute("ANALYZE bench.calendar")


def create(connection: psycopg.Connection, models: list[Model]) -> None:
    """Create the views, those that people read with the unique index that CONCURRENTLY wants."""
    connection.execute(f"CREATE SCHEMA {SCHEMA}".encode())
    connection.execute(f"SET search_path = {SCHEMA}, {PATH}".encode())
    for model in models:
        connection.execute(f"CREATE MATERIALIZED VIEW {SCHEMA}.{model.name} AS {model.text}".encode())
        if model.is_published:
            connection.execute(f"CREATE UNIQUE INDEX {model.name}_key ON {SCHEMA}.{model.name} ({model.key})".encode())
    connection.execute("RESET search_path")


def refresh(connection: psycopg.Connection, models: list[Model], *, concurrently: bool) -> None:
    """Refresh the views one after another; concurrently: while others read those that are published."""
    for model in models:
        how = "CONCURRENTLY" if concurrently and model.is_published else ""
        connection.execute(f"REFRESH MATERIALIZED VIEW {how} {SCHEMA}.{model.name}".encode())
