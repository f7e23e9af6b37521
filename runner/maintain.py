"""Keeps the database fit: forgets what is old, takes statistics, vacuums; and the full check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg import sql

from runner import database


def maintain(say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Call ops.maintain() and VACUUM every table; return how many rows of what were forgotten. say: told what is not vacuumed.

    A procedure cannot VACUUM, so where pg_cron calls it that is left to autovacuum; so it is for a user who is not the owner.
    """
    with database.connect() as connection:
        connection.execute("CALL ops.maintain()")
        tables = connection.execute(
            "SELECT t.schema_name, t.table_name, pg_has_role(c.relowner, 'USAGE') AS is_own FROM ops.own_table AS t"
            " INNER JOIN pg_class AS c ON t.table_id = c.oid ORDER BY t.schema_name, t.table_name"
        ).fetchall()
        for table in tables:
            if table["is_own"]:
                name = sql.Identifier(table["schema_name"], table["table_name"])
                connection.execute(sql.SQL("VACUUM (SKIP_LOCKED) {}").format(name))
        if others := sum(not table["is_own"] for table in tables):
            say(f"left to autovacuum: {others} tables, which their owner alone may vacuum")
        row = connection.execute(
            "SELECT new_rows FROM ops.audit WHERE object_name = 'ops.maintain()' ORDER BY audit_id DESC LIMIT 1"
        ).fetchone()
        return dict(row["new_rows"]) if row else {}


def check() -> None:
    """Call ops.check_everything(); raise WorkFailedError when something differs from staging."""
    with database.connect() as connection:
        connection.execute("CALL ops.check_everything()")
