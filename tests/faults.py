"""A shop on a server of its own that a test may break, two states of its files, and what is right in each."""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from runner import install, refresh, server
from runner import load as loading
from runner.errors import PipelineError
from tests import shop

Db = psycopg.Connection[dict[str, Any]]

TRIES = int(os.environ.get("PIPELINE_FAULT_TRIES", "20"))
AS_OF = datetime.now(UTC).date()  # a day to come is then one that the calendar, too, says is not yet over
ROOM = "size=1g"
LOG = "PIPELINE_FAULT_LOG"  # names the file to which outcomes are added, for tests/fault_table.py
PATIENCE = 60  # seconds after which a shop that is still not right counts as one that needs a person
EXACTLY = loading.Options(is_full=True, is_confirmed=True)  # staging becomes what the files are
DUE = "CALL ops.refresh_if_overdue()"
SKIPPED = "SELECT count(*) FROM ops.run WHERE status = 'skipped'"
HOLDER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
RUN, DATA = 729384002, 729384003  # the keys of the pipeline's locks


def write_states(folder: Path) -> dict[str, Path]:
    """Write two states of one shop, A and B, each a folder of CSV files: in B some rows are new, some gone, some changed.

    Values have the form in which COPY writes them, and rows their key's order, so that staging can be compared byte for byte.
    """
    dice = random.Random(8)
    customers = [f"C{n:04d},First{n},Last{n},c{n}@example.com,Consumer,UK,2024-01-01" for n in range(160)]
    products = [f"P{n:03d},Product {n},{'ABC'[n % 3]},{5 + n}.00,{2 + n}.50" for n in range(21)]
    orders: dict[str, list[str]] = {"A": [], "B": []}
    items: dict[str, list[str]] = {"A": [], "B": []}
    for n in range(400):
        day = AS_OF - timedelta(days=dice.randrange(120))
        customer = f"C{dice.randrange(150):04d}" if dice.randrange(20) else ""
        status = dice.choice(["completed", "shipped", "delivered", "pending", "cancelled"])
        lines = [(dice.randrange(20), dice.randrange(1, 4)) for _ in range(dice.randrange(1, 5))]
        for state in "AB":
            if n % 30 == "BA".index(state):
                continue
            more = int(state == "B" and n % 3 == 0)
            for line, (product, quantity) in enumerate(lines):
                price, count = 5 + product, quantity + more
                items[state].append(f"I{n:05d}-{line},O{n:05d},P{product:03d},{count},{price}.00,{price * count}.00")
            total = sum((5 + product) * (quantity + more) for product, quantity in lines)
            orders[state].append(f"O{n:05d},{customer},{day} {n % 24:02d}:00:00,{status},{total}.00")
    return {
        state: shop.write(
            folder / state,
            customers=customers[: 150 if state == "A" else 160],
            products=products[: 20 if state == "A" else 21],
            orders=orders[state],
            order_items=items[state],
        )
        for state in "AB"
    }


def connected(url: str, seconds: float = 60) -> Db:
    """Connect as soon as the server takes connections."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return psycopg.connect(url, autocommit=True, row_factory=dict_row)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def waiting(db: Db) -> int | None:
    """Return the backend that waits for a lock on a table."""
    row = db.execute(
        "SELECT pid FROM pg_locks WHERE locktype = 'relation' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchone()
    return row["pid"] if row else None


class Work(threading.Thread):
    """Work that goes on beside the test; error: what it ended with, if not well; ended_at: when, in monotonic seconds."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__()
        self._work = work
        self.error: PipelineError | psycopg.Error | None = None
        self.ended_at = math.inf
        self.start()

    def run(self) -> None:
        """Do it."""
        try:
            self._work()
        except (PipelineError, psycopg.Error) as error:
            self.error = error
        finally:
            self.ended_at = time.monotonic()

    def end(self) -> PipelineError | psycopg.Error | None:
        """Wait for its end and return its error."""
        self.join(PATIENCE)
        assert not self.is_alive(), "it does not end"
        return self.error


@dataclass(frozen=True)
class Met:
    """A fault that met its aim: when, and the work that it met."""

    at: float
    work: Work


@dataclass
class Outcome:
    """What came of the tries of a fault.

    place: of its test in the file. lost, wrong: rows of files, and rollups and views, that were not right in the end.
    by_hand: tries in which what runs by itself did not bring the shop back in a minute.
    """

    fault: str
    place: int
    lost: int = 0
    wrong: list[str] = field(default_factory=list)
    by_hand: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def tries(self) -> int:
        """Return how often the fault was met and mended."""
        return len(self.seconds)

    def note(self) -> None:
        """Add it to the file that the environment names, if it does."""
        if self.seconds and (path := os.environ.get(LOG)):
            figures = {
                "fault": self.fault,
                "place": self.place,
                "tries": self.tries,
                "lost": self.lost,
                "wrong": len(self.wrong),
                "by_hand": self.by_hand,
                "median": statistics.median(self.seconds),
                "longest": max(self.seconds),
            }
            with Path(path).open("a") as file:
                file.write(json.dumps(figures) + "\n")


class Victim:
    """The shop. It runs on the embedded server of folder/pg, which any command starts when it is down."""

    def __init__(self, folder: Path) -> None:
        """Install it, and learn what is right in each state, from rollups built from nothing, before anything was broken."""
        self.folder = folder
        self.states = write_states(folder)
        self.url = server.start()
        install.migrate(self.url)
        self.execute("CALL config.set_clock(%s)", AS_OF)
        self.right: dict[str, dict[str, str]] = {}  # models were fitted on state A; in self.fitted, on the state itself
        self.spans: dict[str, float] = {}
        self.state = "B"
        self.was_emptied = False
        for state in "AB":
            self.load(state)
            self.execute("CALL rollup.rebuild()")
            self.refresh()
            self.right[state] = self.figures()
        self.execute("UPDATE predict.model SET is_refit_wanted = true")
        self.refresh()
        self.fitted = {"A": self.right["A"], "B": self.figures()}
        assert self.right["A"] != self.right["B"]

    # --- what a shop does -------------------------------------------------------------------------------------------

    def load(self, state: str) -> None:
        """Load the files of a state, as the runner does."""
        loading.load(self.states[state], EXACTLY)

    def refresh(self) -> None:
        """Refresh, as the runner does."""
        refresh.refresh()

    def apply(self) -> None:
        """Take the marks, as the job of every minute does."""
        self.execute("CALL public.apply_changes()")

    def execute(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Execute a statement on a connection of its own; return its rows."""
        with connected(self.url) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def other(self) -> str:
        """Return the state in which the files are not."""
        return "B" if self.state == "A" else "A"

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of the runner as a process."""
        command = [sys.executable, "-m", "runner", *arguments]
        return subprocess.Popen(command, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    # --- what is right ----------------------------------------------------------------------------------------------

    def figures(self) -> dict[str, str]:
        """Return a hash of the rows of every rollup and every published view."""
        with connected(self.url) as db:
            found = shop.hashes(db)
            for table in db.execute("SELECT table_name, column_list FROM rollup.maintained_table").fetchall():
                (row,) = db.execute(
                    f"SELECT md5(coalesce(string_agg(r::text, E'\\n' ORDER BY r::text COLLATE \"C\"), '')) AS hash"
                    f" FROM (SELECT {table['column_list']} FROM rollup.{table['table_name']}) AS r".encode()
                ).fetchall()
                found[f"rollup.{table['table_name']}"] = row["hash"]
            return found

    def strange_rows(self, state: str) -> int:
        """Count the rows of the files that staging does not have, and the rows of staging that the files do not have."""
        count = 0
        with connected(self.url) as db:
            for table, header in shop.HEADERS.items():
                key = header.split(",")[0]
                statement = f"COPY (SELECT {header} FROM staging.{table} ORDER BY {key}) TO STDOUT (FORMAT csv)"
                with db.cursor().copy(statement.encode()) as copy:
                    kept = set(b"".join(map(bytes, copy)).decode().splitlines())
                lines = set((self.states[state] / f"{table}.csv").read_text().splitlines()[1:])
                count += len(kept ^ lines)
        return count

    def published(self) -> list[str]:
        """Return the states whose published figures are those that readers see."""
        with connected(self.url) as db:
            seen = shop.hashes(db)
        return [state for state, right in self.right.items() if all(right[name] == seen[name] for name in seen)]

    # --- faults -----------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Publish state A with models that were fitted on it, whatever was before."""
        self.execute("CALL config.set_clock(%s)", AS_OF)
        self.load("A")
        self.execute("UPDATE predict.model SET is_refit_wanted = true")
        self.refresh()
        self.state = "A"
        assert self.figures() == self.right["A"]

    def next_slot(self) -> None:
        """Let the present slot be one in which no refresh ran."""
        self.execute(
            "UPDATE ops.run SET started_at = started_at - interval '1 day' WHERE started_at <= clock_timestamp()"
        )

    def empty(self) -> None:
        """Empty staging, so that the next load is a first one."""
        self.execute("TRUNCATE staging.customers, staging.products, staging.orders, staging.order_items CASCADE")
        self.was_emptied = True

    def mend(
        self, aim: str, outcome: Outcome, since: float, *, is_slot_due: bool = True, is_refitted: bool = False
    ) -> None:
        """Let what runs by itself do so until a state is published, and count what is then not right.

        That is the next load of the files, which starts the server first when it is down, and the job that asks whether a
        refresh is due; both again, when they fail.
        aim: the state of the files. since: when the fault came. is_slot_due: False when a refresh of this slot may have ended
        well before the load, so that the next slot has to come. is_refitted: models are fitted anew, because figures were
        published for another day.
        """
        server.start()
        ready = time.monotonic()
        assert self.is_whole() or is_refitted, "a part of the work was kept"
        since += time.monotonic() - ready
        if not is_slot_due:
            self.next_slot()
        while True:
            try:
                self.load(aim)
                before = self.execute(SKIPPED)
                self.execute(DUE)
                if before == self.execute(SKIPPED):  # no run of a client that is dead was under way
                    break
            except (PipelineError, psycopg.Error):
                if time.monotonic() > since + PATIENCE:
                    outcome.by_hand += 1
                    raise
            time.sleep(0.1)
        outcome.seconds.append(time.monotonic() - since)
        outcome.lost += self.strange_rows(aim)
        figures, right = self.figures(), (self.fitted if is_refitted else self.right)[aim]
        outcome.wrong += [name for name, hash_ in right.items() if figures[name] != hash_]
        assert self.execute("SELECT * FROM pg_locks WHERE locktype = 'advisory'") == []
        self.state, self.was_emptied = aim, False

    def is_whole(self) -> bool:
        """Tell whether staging is one of the states, and what readers see one of them, too; never a mixture."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                is_empty = self.was_emptied and not self.execute("SELECT FROM staging.orders LIMIT 1")
                return bool(self.published()) and (is_empty or 0 in (self.strange_rows("A"), self.strange_rows("B")))
            except psycopg.OperationalError:
                # The server noticed only now that a backend was killed, and closed all sessions.
                if time.monotonic() > deadline:
                    raise

    def struck(
        self, name: str, aim: str, strike: Callable[[int], object], work: Callable[[], object] | None = None
    ) -> Met | None:
        """Strike at a random moment of a load, a refresh or an apply on the way to a state; return None when it was over before.

        strike: is told the backend. work: what does it, if not this process.
        """
        works: dict[str, tuple[Callable[[], object], int]] = {
            "load": (partial(self.load, aim), DATA),
            "refresh": (partial(self.execute, DUE), RUN),
            "apply": (self.apply, DATA),
        }
        own, holder = works[name]
        self.next_slot()
        self.state = aim
        if name != "load":
            self.load(aim)
        usual = f"{name} {self.was_emptied} {work is None}"
        with connected(self.url) as watch:
            thread = Work(work or own)
            while thread.is_alive() and not watch.execute(HOLDER, (holder,)).fetchall():
                time.sleep(0.0005)
            seen_at = time.monotonic()
            time.sleep(random.uniform(0, self.spans.get(usual, 0.2)))
            backends = watch.execute(HOLDER, (holder,)).fetchall() if thread.is_alive() else []
            if not backends:
                error = thread.end()
                assert error is None, error
                if thread.ended_at > seen_at:
                    self.spans[usual] = 0.9 * (thread.ended_at - seen_at)
                return None
            at = time.monotonic()
            strike(backends[0]["pid"])
        return Met(at, thread)


@contextmanager
def disk_in_memory(folder: Path) -> Iterator[None]:
    """Mount a disk of its own; raise CalledProcessError when that is not allowed here."""
    mount("-t", "tmpfs", "-o", f"mode=755,{ROOM}", "tmpfs", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def mount(*arguments: str) -> None:
    """Call mount."""
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
