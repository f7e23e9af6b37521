"""Calls refresh_analytics() and tells what came out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.errors import Diagnostic

from runner import database, retry
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
    Raises WorkFailedError when the run failed; every view then keeps its last good rows. When the connection is lost, it
    waits for the run to end, or calls again if the run died with it.
    """
    day = {"today": "infinity"}.get(as_of or "", as_of)

    def notice(diagnostic: Diagnostic) -> None:
        text = diagnostic.message_primary or ""
        if begun := re.fullmatch(r"step (\d+)/(\d+): (.+)", text):
            progress(int(begun[1]), int(begun[2]), begun[3])
        elif not text.startswith("skipped"):  # the row of the run says it
            tell(text)

    call = _Call(day, full, notice)
    for attempt in retry.tries():
        with attempt:
            return call.make(attempt.retry_state.attempt_number)
    raise AssertionError  # the loop returns or raises


class _Call:
    """A call of refresh_analytics() that may take several connections."""

    def __init__(self, day: str | None, full: bool, notice: Callable[[Diagnostic], None]) -> None:
        self._arguments = (day, full)
        self._notice = notice
        self._backend: int | None = None
        self._earlier = 0

    def make(self, attempt: int) -> Run:
        """Call it, unless the run of a connection that was lost came to its end without us."""
        with database.connect() as connection:
            if (run := self._of_lost_connection(connection)) is not None:
                return run
            retry.count(connection, attempt)
            row = connection.execute("SELECT coalesce(max(run_id), 0) AS run_id FROM ops.run").fetchone()
            self._earlier = row["run_id"] if row else 0
            self._backend = connection.info.backend_pid
            connection.add_notice_handler(self._notice)
            connection.execute("CALL public.refresh_analytics(%s::date, %s)", self._arguments)
            return last_run(connection, own=True)

    def _of_lost_connection(self, connection: database.Connection) -> Run | None:
        """Return the run that the lost connection began, once it has ended; None when it has to be done again."""
        while self._backend is not None:
            row = connection.execute(
                "SELECT r.run_id, r.status, r.error_message,"
                " EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = r.backend_pid) AS is_alive"
                " FROM ops.run AS r WHERE r.backend_pid = %s AND r.run_id > %s ORDER BY r.run_id DESC LIMIT 1",
                (self._backend, self._earlier),
            ).fetchone()
            if row is None or (row["status"] == "running" and not row["is_alive"]) or row["status"] == "abandoned":
                return None
            if row["status"] == "failed":
                raise WorkFailedError(row["error_message"], f"See ops.run, run_id {row['run_id']}.")
            if row["status"] != "running":
                return _run(connection, row["run_id"])
            time.sleep(0.5)
        return None


def last_run(connection: database.Connection, *, own: bool = False) -> Run:
    """Return the last run; with own, of this connection's backend."""
    row = connection.execute(
        "SELECT run_id FROM ops.run WHERE NOT %s OR backend_pid = pg_backend_pid() ORDER BY run_id DESC LIMIT 1", (own,)
    ).fetchone()
    if row is None:
        raise WorkFailedError("nothing was refreshed yet", "Run: runner refresh")
    return _run(connection, row["run_id"])


def _run(connection: database.Connection, run_id: int) -> Run:
    """Return a run by its id."""
    run = connection.execute("SELECT * FROM ops.run WHERE run_id = %s", (run_id,)).fetchone()
    steps = connection.execute("SELECT * FROM ops.step WHERE run_id = %s ORDER BY step_number", (run_id,))
    results = connection.execute(
        "SELECT * FROM ops.assertion_result WHERE run_id = %s ORDER BY assertion_name", (run_id,)
    )
    return Run(run or {}, steps.fetchall(), results.fetchall())


def as_day(text: str | None) -> date | None:
    """Return an ISO date, or None for None; raise ValueError for anything else."""
    return None if text is None else date.fromisoformat(text)
