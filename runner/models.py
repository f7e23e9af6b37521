"""What the models found, how far they err, and whether to trust them: as the database says it."""

from __future__ import annotations

from typing import Any

from runner import database
from runner.errors import WorkFailedError


def models() -> list[dict[str, Any]]:
    """Return the rows of bi.model_quality, each with its rows of bi.model_backtests as "backtests"."""
    with database.connect() as connection:
        rows = connection.execute("SELECT * FROM bi.model_quality ORDER BY model_name").fetchall()
        tests = connection.execute("SELECT * FROM bi.model_backtests ORDER BY model_name, measure").fetchall()
    if not rows:
        raise WorkFailedError("no model has been fitted yet", "Run: runner refresh")
    return [row | {"backtests": [test for test in tests if test["model_name"] == row["model_name"]]} for row in rows]
