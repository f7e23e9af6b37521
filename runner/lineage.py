"""Where a figure comes from: back from a view to the columns of files, or from a row of staging to the line of a file."""

from __future__ import annotations

from typing import Any

from runner import database
from runner.errors import ConfigurationError

Step = dict[str, Any]
"""A row of ops.trace_lineage(): depth, relation_name, column_name, relation_kind, source_name, source_column."""


def trace(name: str) -> list[Step]:
    """Return the steps back from SCHEMA.RELATION or SCHEMA.RELATION.COLUMN, the nearest first."""
    parts = name.split(".")
    if len(parts) not in (2, 3):
        raise ConfigurationError(
            f"{name!r} is not a relation or a column", "Such as analytics.customer_metrics.total_revenue."
        )
    with database.connect() as connection:
        steps = connection.execute(
            "SELECT * FROM ops.trace_lineage(%s, %s)", (".".join(parts[:2]), parts[2] if len(parts) == 3 else None)
        ).fetchall()
    if not steps:
        raise ConfigurationError(f"nothing is known of {name}", "See \\d in psql, and TABLE ops.lineage.")
    return steps


def origin(table: str, key: str) -> dict[str, Any]:
    """Return the file and line that last wrote a row of staging."""
    with database.connect() as connection:
        row = connection.execute(
            "SELECT * FROM ops.row_origin(%s, %s)", (table.removeprefix("staging."), key)
        ).fetchone()
    if row is None:
        raise ConfigurationError(f"{table} has no row {key!r}")
    return row


def mermaid(steps: list[Step]) -> str:
    """Return a flow chart, from the sources to the figure, for pages that draw Mermaid."""
    names: dict[str, str] = {}

    def node(relation: str, column: str) -> str:
        label = f"{relation}.{column}"
        return names.setdefault(label, f"n{len(names)}")

    arrows = [
        f"    {node(step['source_name'], step['source_column'])} --> {node(step['relation_name'], step['column_name'])}"
        for step in steps
    ]
    labels = [f'    {identifier}["{label.replace(chr(34), "#quot;")}"]' for label, identifier in names.items()]
    return "\n".join(["flowchart LR", *labels, *arrows])
