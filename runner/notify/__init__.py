"""Tells people of alerts, and is the dead man's switch: it watches from outside the database.

What an alert is, what is to be told to whom, and when a failed try is repeated stands in the database (ops.alert,
ops.delivery). That the database itself does not answer is the one thing that it cannot know: a file remembers it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from runner import database
from runner.errors import PipelineError
from runner.notify.channels import HERE, Channel, DeliveryError, from_environment

Tell = Callable[[str], None]

SERVER_DOWN = "server down"
SERVER_REMEDY = "Start the server, and look into its log for why it stopped (docs/runbook.md#server-down)"


def notify(tell: Tell = lambda _: None, patience: float = 10) -> int:
    """Tell every channel what it was not told yet, and return how many tries failed.

    patience: seconds that the server may take to answer before it counts as down; that is told, and then raised.
    """
    channels = from_environment()
    outage = Outage(_state_file())
    try:
        with _connected(patience) as connection:
            failed = outage.end(channels, tell)
            return failed + _look(connection, channels, tell)
    except PipelineError as error:
        outage.begin(error, channels, tell)
        raise


def follow(tell: Tell = lambda _: None, *, patience: float = 60, interval: float = 60) -> None:
    """Do the same for ever: at once when the database says that an alert began or ended, else every interval seconds."""
    channels = from_environment()
    outage = Outage(_state_file())
    while True:
        try:
            with _connected(patience) as connection:
                connection.execute("LISTEN pipeline")
                while True:
                    outage.end(channels, tell)
                    _look(connection, channels, tell)
                    list(connection.notifies(timeout=interval, stop_after=1))
        except PipelineError as error:
            if not outage.is_known:
                tell(f"the server does not answer: {error.message}")
            outage.begin(error, channels, tell)
            time.sleep(min(interval, 5))


class _connected:  # noqa: N801 - a context manager, used like a function
    """A connection that looked for alerts; while the server does not answer it is asked again for as long as patience lasts."""

    def __init__(self, patience: float) -> None:
        self._patience = patience

    def __enter__(self) -> database.Connection:
        tries = Retrying(
            retry=retry_if_exception_type(PipelineError),
            stop=stop_after_delay(self._patience),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            reraise=True,
        )
        self._manager = database.connect()
        for attempt in tries:
            with attempt:
                self._manager = database.connect()
                return self._manager.__enter__()
        raise AssertionError  # the loop returns or raises

    def __exit__(self, *error: Any) -> None:
        self._manager.__exit__(*error)


def _look(connection: database.Connection, channels: Iterable[Channel], tell: Tell) -> int:
    """Have the database look for causes of alerts, and tell what is due; return how many tries failed."""
    connection.execute("CALL ops.update_alerts()")
    chart = cache(partial(_chart, connection))
    return sum(_deliver(connection, channel, chart, tell) for channel in channels)


def _deliver(connection: database.Connection, channel: Channel, chart: Callable[[], bytes | None], tell: Tell) -> int:
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


def _chart(connection: database.Connection) -> bytes | None:
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
    """Return where it is remembered that the server is down: $PIPELINE_NOTIFY_STATE, or a file of this user's."""
    if named := os.environ.get("PIPELINE_NOTIFY_STATE"):
        return Path(named)
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "ecommerce-analytics-pipeline" / "server-down.json"


class Outage:
    """That the server does not answer, kept in a file: whoever was told of it is told once, and once that it is over."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_known(self) -> bool:
        """Tell whether the server was down when it was last asked."""
        return self._path.exists()

    def begin(self, error: PipelineError, channels: Iterable[Channel], tell: Tell) -> None:
        """Tell each channel that was not told of it yet."""
        state = self._read() or {"since": datetime.now(UTC).isoformat(), "message": error.message, "told": []}
        self._write(state)  # before anybody is told: a disk that is full must not mean a mail every minute
        for channel in channels:
            if channel.name not in state["told"] and self._send(channel, state, None, tell):
                state["told"].append(channel.name)
                self._write(state)

    def end(self, channels: Iterable[Channel], tell: Tell) -> int:
        """Tell each channel that was told of it that it is over; return how many could not be told."""
        state = self._read()
        if state is None:
            return 0
        state.setdefault("until", datetime.now(UTC).isoformat())
        for channel in channels:
            if channel.name in state["told"] and self._send(channel, state, state["until"], tell):
                state["told"].remove(channel.name)
                self._write(state)
        known = {channel.name for channel in channels}
        waiting = sum(name in known for name in state["told"])
        if not waiting:
            self._path.unlink(missing_ok=True)
        return waiting

    @staticmethod
    def _send(channel: Channel, state: dict[str, Any], until: str | None, tell: Tell) -> bool:
        """Tell one channel; return whether it took it."""
        alert: dict[str, Any] = {
            "alert_id": 0,
            "state": "closed" if until else "open",
            "severity": "error",
            "kind": SERVER_DOWN,
            "subject": "",
            "message": f"the server does not answer: {state['message']}",
            "remedy": SERVER_REMEDY,
            "details": [],
            "raised_at": datetime.fromisoformat(state["since"]),
            "closed_at": datetime.fromisoformat(until) if until else None,
            "seen_count": 1,
            "is_resolved": True,
            "shop_name": database.name(),
            "time_zone": "UTC",
        }
        problem = None
        try:
            channel.send(alert, None)
        except DeliveryError as error:
            problem = str(error)
        tell(f"{channel.name}: {SERVER_DOWN} {alert['state']}: {problem or 'told'}")
        return problem is None

    def _read(self) -> dict[str, Any] | None:
        """Return what is remembered."""
        with suppress(FileNotFoundError, ValueError):
            state = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(state, dict) and state.keys() >= {"since", "message", "told"}:
                return state
        return None

    def _write(self, state: dict[str, Any]) -> None:
        """Remember it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(state), encoding="utf-8")
