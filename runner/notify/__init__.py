"""Tells people of alerts, and is the dead man's switch: it watches from outside the database.

What an alert is, what is to be told to whom, and when a failed try is repeated stands in the database (ops.alert,
ops.delivery). That the database itself does not answer is the one thing that it cannot know: a file remembers it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors as pg
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from runner import database
from runner.errors import ConfigurationError, PipelineError
from runner.notify.channels import HERE, Channel, DeliveryError, from_environment
from runner.notify.line import Connection, Line

Tell = Callable[[str], None]

SERVER_DOWN = "server down"
SERVER_REMEDY = "Start the server, and look into its log for why it stopped (docs/runbook.md#server-down)"
WATCH_FAILED = "watch failed"
WATCH_REMEDY = "The server answers. See to what the message names"
_BEATS = 4  # how often in its patience the watch asks the server for a sign of life


def notify(tell: Tell = lambda _: None, patience: float = 10, *, answer: float = 10) -> int:
    """Tell every channel what it was not told yet, and return how many tries failed.

    patience: seconds for which a connection is tried before the server counts as down; that is told, and then raised.
    answer: seconds that the server may take to answer a question.
    """
    channels = from_environment()
    outage = Outage(_state_file())
    try:
        with _connected(Line(answer), patience) as connection:
            failed = _look(connection, channels, tell)
            return failed + outage.end(channels, tell)
    except PipelineError as error:
        outage.begin(error, channels, tell)
        raise


def follow(tell: Tell = lambda _: None, *, patience: float = 60, interval: float = 60, answer: float = 10) -> None:
    """Do the same for ever: at once when the database says that an alert began or ended, else every interval seconds.

    patience: seconds since the last answer before the server counts as down. It is asked for a sign of life some times in it.
    """
    channels = from_environment()
    outage = Outage(_state_file())
    line = Line(answer)
    failing_since: float | None = None
    while True:
        try:
            with line.connected() as connection:
                connection.execute("LISTEN pipeline")
                while True:
                    _look(connection, channels, tell)
                    failing_since = None
                    outage.end(channels, tell)
                    _wait(connection, interval, patience / _BEATS)
        except PipelineError as error:
            if failing_since is None:
                failing_since = line.answered_at
                if not outage.is_known:
                    tell(Failure.of(error).message)
            left = failing_since + patience - time.monotonic()
            if left <= 0 or outage.is_known:
                outage.begin(error, channels, tell)
            time.sleep(min(interval, 5, left) if left > 0 else min(interval, 5))


def _wait(connection: Connection, interval: float, beat: float) -> None:
    """Wait until the database says something, or for interval seconds; ask it for a sign of life every beat seconds."""
    ends_at = time.monotonic() + interval
    while (left := ends_at - time.monotonic()) > 0:
        if connection.listen(min(beat, left)):
            return
        connection.execute("SELECT 1")


@contextmanager
def _connected(line: Line, patience: float) -> Iterator[Connection]:
    """Connect; while the server does not answer it is asked again for as long as patience lasts."""
    tries = Retrying(
        retry=retry_if_exception_type(PipelineError),
        stop=stop_after_delay(patience),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        reraise=True,
    )
    with ExitStack() as stack:
        yield tries(lambda: stack.enter_context(line.connected()))


def _look(connection: Connection, channels: Iterable[Channel], tell: Tell) -> int:
    """Have the database look for causes of alerts, and tell what is due; return how many tries failed."""
    connection.execute("CALL ops.update_alerts()")
    chart = cache(partial(_chart, connection))
    return sum(_deliver(connection, channel, chart, tell) for channel in channels)


def _deliver(connection: Connection, channel: Channel, chart: Callable[[], bytes | None], tell: Tell) -> int:
    """Tell one channel what is due, each in a transaction that holds its row of ops.delivery; return how many tries failed."""
    failed = 0
    connection.execute("CALL ops.note_deliveries(%s)", (channel.name,))
    while True:
        with connection.transaction():
            alert = connection.execute("SELECT * FROM ops.take_delivery(%s)", (channel.name,)).fetchone()
            if alert is None:
                return failed
            problem = None
            try:
                channel.send(alert, chart())
            except DeliveryError as error:
                problem = str(error)
                failed += 1
            connection.execute(
                "CALL ops.end_delivery(%s, %s, %s, %s)", (alert["alert_id"], alert["state"], channel.name, problem)
            )
        tell(f"{channel.name}: {alert['kind']} {alert['state']}: {problem or 'told'}")


def _chart(connection: Connection) -> bytes | None:
    """Return a PNG of how long the last refreshes took and how they ended; None before the first."""
    runs = connection.execute(
        "SELECT run_id, seconds, status FROM live.runs WHERE status IN ('succeeded', 'failed', 'abandoned')"
        " ORDER BY run_id DESC LIMIT 24"
    ).fetchall()
    if not runs:
        return None
    import vl_convert  # noqa: PLC0415 - it takes a moment to load

    values = [{**run, "seconds": float(run["seconds"])} for run in reversed(runs) if run["seconds"] is not None]
    specification = json.loads((HERE / "runs.json").read_bytes()) | {"data": {"values": values}}
    return vl_convert.vegalite_to_png(specification, scale=2)


def _state_file() -> Path:
    """Return where it is remembered that this database is down: $PIPELINE_NOTIFY_STATE, or a file of this user's."""
    if named := os.environ.get("PIPELINE_NOTIFY_STATE"):
        return Path(named)
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    digest = hashlib.sha256(database.place().encode()).hexdigest()[:12]
    return Path(home) / "ecommerce-analytics-pipeline" / f"server-down-{digest}.json"


@dataclass(frozen=True)
class Failure:
    """Why the watch sees nothing. kind: of the alert."""

    kind: str
    message: str
    remedy: str

    @classmethod
    def of(cls, error: PipelineError) -> Failure:
        """Tell a server that does not answer from one that does and refuses."""
        if not _is_answer(error):
            return cls(SERVER_DOWN, f"the server does not answer: {error.message}", SERVER_REMEDY)
        remedy = (isinstance(error, ConfigurationError) and error.remedy) or WATCH_REMEDY
        if isinstance(error.__cause__, pg.LockNotAvailable | pg.QueryCanceled):
            remedy = "Look into pg_stat_activity for who holds a lock on ops.alert or keeps the server busy"
        elif isinstance(error.__cause__, pg.InsufficientPrivilege):
            remedy = "Let runner notify connect as a member of pipeline_runner"
        return cls(
            WATCH_FAILED,
            f"runner notify cannot look for alerts: {error.message}",
            f"{remedy.rstrip('.')} (docs/runbook.md#watch-failed)",
        )


def _is_answer(error: PipelineError) -> bool:
    """Tell whether an error is the server's own word, or of settings that name none; not that it is starting or going."""
    cause = error.__cause__
    if not isinstance(cause, psycopg.Error) or error.is_transient:
        return False
    return cause.sqlstate is not None or "FATAL:" in str(cause) or not isinstance(cause, psycopg.OperationalError)


class Outage:
    """That the watch sees nothing, kept in a file: whoever was told of it is told once, and once that it is over.

    The file holds an object a kind of failure: since, message, remedy, told (names of channels), until (when it is over).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_known(self) -> bool:
        """Tell whether the watch saw nothing when it last looked."""
        return any("until" not in state for state in self._read().values())

    def begin(self, error: PipelineError, channels: Iterable[Channel], tell: Tell) -> None:
        """Tell each channel that was not told of it yet; a failure of another kind is over."""
        failure = Failure.of(error)
        self.end(channels, tell, besides=failure.kind)
        states = self._read()
        new = {"since": datetime.now(UTC).isoformat(), "message": failure.message, "remedy": failure.remedy, "told": []}
        state = states.setdefault(failure.kind, new)
        state.pop("until", None)
        self._write(states)  # before anybody is told: a disk that is full must not mean a mail every minute
        for channel in channels:
            if channel.name not in state["told"] and self._send(channel, failure.kind, state, tell):
                state["told"].append(channel.name)
                self._write(states)

    def end(self, channels: Iterable[Channel], tell: Tell, besides: str | None = None) -> int:
        """Tell each channel that was told of a failure that it is over; return how many could not be told."""
        states = self._read()
        known = {channel.name for channel in channels}
        failed = 0
        for kind in [kind for kind in states if kind != besides]:
            state = states[kind]
            state.setdefault("until", datetime.now(UTC).isoformat())
            for channel in channels:
                if channel.name in state["told"] and self._send(channel, kind, state, tell):
                    state["told"].remove(channel.name)
                    self._write(states)
            waiting = sum(name in known for name in state["told"])
            failed += waiting
            if not waiting:
                del states[kind]
            self._write(states)
        return failed

    @staticmethod
    def _send(channel: Channel, kind: str, state: dict[str, Any], tell: Tell) -> bool:
        """Tell one channel; return whether it took it."""
        until = state.get("until")
        alert: dict[str, Any] = {
            "alert_id": 0,
            "state": "closed" if until else "open",
            "severity": "error",
            "kind": kind,
            "subject": "",
            "message": state["message"],
            "remedy": state["remedy"],
            "details": [],
            "raised_at": datetime.fromisoformat(state["since"]),
            "closed_at": datetime.fromisoformat(until) if until else None,
            "seen_count": 1,
            "cause": "",
            "is_resolved": True,
            "shop_name": database.name(),
            "time_zone": "UTC",
        }
        problem = None
        try:
            channel.send(alert, None)
        except DeliveryError as error:
            problem = str(error)
        tell(f"{channel.name}: {kind} {alert['state']}: {problem or 'told'}")
        return problem is None

    def _read(self) -> dict[str, dict[str, Any]]:
        """Return what is remembered, by kind."""
        with suppress(FileNotFoundError, ValueError):
            states = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(states, dict):
                wanted = {"since", "message", "remedy", "told"}
                return {
                    kind: known for kind, known in states.items() if isinstance(known, dict) and known.keys() >= wanted
                }
        return {}

    def _write(self, states: dict[str, dict[str, Any]]) -> None:
        """Remember it; no file when there is nothing to remember."""
        if not states:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(states), encoding="utf-8")
