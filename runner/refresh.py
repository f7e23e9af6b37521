"""Calls refresh_analytics() and tells what came out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.errors import Diagnostic

from runner import database
from runner.errors import WorkFailedError


@dataclass(frozen=True)
class Run:
    """One call of refresh_analytics(): its row of ops.run, its steps and its assertion results."""

    run: dict[str, Any]
    steps: list[dict[str, Any]]
    assertions: list[dict[str, Any]]

    @property
    def violated(self) -> list[dict[str, Any]]:
        """Return the assertions with violating rows."""
        return [result for result in self.assertions if result["violation_count"]]


Progress = Callable[[int, int, str], None]
"""Called when a step begins, with its number, the number of steps, and its name."""


def refresh(
    as_of: str | None = None,
    *,
    full: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    progress: Progress = lambda *_: None,
) -> Run:
    """Call refresh_analytics(); pass each step that begins to progress, and its other notices to tell.

    as_of: the day to compute for and to fix the clock at, YYYY-MM-DD; "today": follow the calendar; None: leave it.
    Raises WorkFailedError when the run failed; every view then keeps its last good rows.
    """
    day = {"today": "infinity"}.get(as_of or "", as_of)

    def notice(diagnostic: Diagnostic) -> None:
        text = diagnostic.message_primary or ""
        if begun := re.fullmatch(r"step (\d+)/(\d+): (.+)", text):
            progress(int(begun[1]), int(begun[2]), begun[3])
        else:
            tell(text)

    with database.connect() as connection:
        connection.add_notice_handler(notice)
        connection.execute("CALL public.refresh_analytics(%s::date, %s)", (day, full))
        return last_run(connection, own=True)


def last_run(connection: database.Connection, *, own: bool = False) -> Run:
    """Return the last run; with own, of this connection's backend."""
    run = connection.execute(
        "SELECT * FROM ops.run WHERE NOT %s OR backend_pid = pg_backend_pid() ORDER BY run_id DESC LIMIT 1", (own,)
    ).fetchone()
    if run is None:
        raise WorkFailedError("nothing was refreshed yet", "Run: runner refresh")
    steps = connection.execute("SELECT * FROM ops.step WHERE run_id = %s ORDER BY step_number", (run["run_id"],))
    results = connection.execute(
        "SELECT * FROM ops.assertion_result WHERE run_id = %s ORDER BY assertion_name", (run["run_id"],)
    )
    return Run(run, steps.fetchall(), results.fetchall())


def as_day(text: str | None) -> date | None:
    """Return an ISO date, or None for None; raise ValueError for anything else."""
    return None if text is None else date.fromisoformat(text)
