"""Keeps the database fit: forgets what is old, takes statistics, vacuums; and the full check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg import sql

from runner import database


def maintain(progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Call ops.maintain() and VACUUM every table; return how many rows of what were forgotten. progress: told each table.

    A procedure cannot VACUUM, so where pg_cron calls it that is left to autovacuum.
    """
    with database.connect() as connection:
        connection.execute("CALL ops.maintain()")
        tables = connection.execute(
            "SELECT schema_name, table_name FROM ops.own_table ORDER BY schema_name, table_name"
        ).fetchall()
        for table in tables:
            name = sql.Identifier(table["schema_name"], table["table_name"])
            progress(name.as_string())
            connection.execute(sql.SQL("VACUUM (SKIP_LOCKED) {}").format(name))
        row = connection.execute(
            "SELECT new_rows FROM ops.audit WHERE object_name = 'ops.maintain()' ORDER BY audit_id DESC LIMIT 1"
        ).fetchone()
        return dict(row["new_rows"]) if row else {}


def check() -> None:
    """Call ops.check_everything(); raise WorkFailedError when something differs from staging."""
    with database.connect() as connection:
        connection.execute("CALL ops.check_everything()")
