"""The same rollups and views by hand-written CREATE TABLE AS: the text is that of the views that define them."""

from __future__ import annotations

import re

import psycopg

PREFIX = "bench_hand_"


class ByHand:
    """The statements that compute every rollup and every view anew, in order."""

    def __init__(self, connection: psycopg.Connection) -> None:
        """Write the statements."""
        connection.execute("SET search_path = ''")  # so that definitions name the schema of all they read
        tables = connection.execute(
            """
            SELECT 'rollup.' || m.table_name, pg_get_viewdef(format('rollup.%I', m.source_name)::regclass), m.key_list
            FROM rollup.maintained_table AS m
            ORDER BY m.turn
            """
        ).fetchall()
        views = connection.execute(
            """
            SELECT
                'analytics.' || o.view_name,
                pg_get_viewdef(format('analytics.%I', o.view_name)::regclass),
                (
                    SELECT string_agg(pg_get_indexdef(i.indexrelid, n.position, true), ', ' ORDER BY n.position)
                    FROM pg_catalog.pg_index AS i
                    CROSS JOIN generate_series(1, i.indnkeyatts) AS n (position)
                    WHERE i.indrelid = format('analytics.%I', o.view_name)::regclass AND i.indisunique
                    GROUP BY i.indexrelid
                    ORDER BY i.indexrelid
                    LIMIT 1
                )
            FROM ops.view_input AS o
            WHERE o.schema_name = 'analytics'
            ORDER BY o.depth, o.view_name
            """
        ).fetchall()
        connection.execute("RESET search_path")
        names = "|".join(re.escape(name) for name, _, _ in tables + views)
        self.statements = [f"CREATE SCHEMA {PREFIX}{schema}" for schema in ("rollup", "analytics")]
        for name, definition, key in tables + views:
            self.statements += [
                f"CREATE TABLE {PREFIX}{name} AS " + re.sub(rf"\b({names})\b", rf"{PREFIX}\1", definition),
                f"CREATE UNIQUE INDEX ON {PREFIX}{name} ({key})",
                f"ANALYZE {PREFIX}{name}",
            ]

    def compute(self, connection: psycopg.Connection) -> None:
        """Compute all, in one transaction, with the memory that a careful hand would give it."""
        with connection.transaction():
            connection.execute(f"DROP SCHEMA IF EXISTS {PREFIX}rollup, {PREFIX}analytics CASCADE".encode())
            connection.execute("SET LOCAL work_mem = '256MB'")
            connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
            connection.execute("SET LOCAL jit = off")
            for statement in self.statements:
                connection.execute(statement.encode())
