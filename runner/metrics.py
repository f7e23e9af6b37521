"""What every published figure means: the metric dictionary, for people, machines and docs/metrics.md."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from runner import database
from runner.errors import ConfigurationError, WorkFailedError

_HEAD = """# Metrics

Every column of every published view; read the views in the schema `bi`. This page is made of the comments of the views, where
figures are defined, by `runner metrics --markdown > docs/metrics.md`. `runner metrics NAME` shows one figure. Money is in the
shop's currency.
"""


def metrics(name: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of bi.metric_dictionary; name: a metric, a view, or view.metric."""
    with database.connect() as connection:
        rows = connection.execute("SELECT * FROM bi.metric_dictionary ORDER BY source_view, place").fetchall()
    if not rows:
        raise WorkFailedError("the metric dictionary is empty", "Run: runner refresh")
    found = [row for row in rows if name in (None, row["metric_name"], row["source_view"], _path(row))]
    if not found:
        raise ConfigurationError(f"no metric or view is named {name!r}", "All names: runner metrics")
    return found


def markdown() -> str:
    """Return docs/metrics.md: each published view with its columns."""
    with database.connect() as connection:
        columns = connection.execute(
            "SELECT c.*, m.unit FROM ops.published_column AS c LEFT JOIN bi.metric_dictionary AS m"
            " ON c.view_name = m.source_view AND c.column_name = m.metric_name ORDER BY c.view_name, c.place"
        ).fetchall()
    parts = [_HEAD]
    for (view, comment), group in groupby(columns, lambda column: (column["view_name"], column["view_comment"])):
        table = [
            "| `{}` | {} | {} |".format(
                column["column_name"], column["unit"] or "", column["column_comment"].replace("|", "\\|")
            )
            for column in group
        ]
        parts.append(
            "\n".join([f"## {view}", "", comment, "", "| column | unit | means |", "| --- | --- | --- |", *table, ""])
        )
    return "\n".join(parts)


def _path(row: dict[str, Any]) -> str:
    return f"{row['source_view']}.{row['metric_name']}"
