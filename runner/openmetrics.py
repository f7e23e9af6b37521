"""Writes ops.metrics in the text format of OpenMetrics, which Prometheus reads."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from runner import database


def text() -> str:
    """Return every figure of ops.metrics; families by name, figures by their labels."""
    with database.connect() as connection:
        rows = connection.execute(
            'SELECT metric_name, help, labels, metric_value FROM ops.metrics ORDER BY metric_name COLLATE "C", labels::text'
        ).fetchall()
    lines = []
    for name, family in groupby(rows, key=lambda row: str(row["metric_name"])):
        members = list(family)
        lines += [f"# TYPE {name} gauge", f"# HELP {name} {_escaped(members[0]['help'])}"]
        lines += [f"{name}{_labels(row['labels'])} {row['metric_value']:f}" for row in members]
    return "\n".join([*lines, "# EOF", ""])


def _labels(labels: Mapping[str, str]) -> str:
    """Return labels as they stand behind a name."""
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(labels.items()))
    return f"{{{inner}}}" if inner else ""


def _escaped(value: str) -> str:
    """Return a text as it stands between quotes."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
