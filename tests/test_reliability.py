"""Each fault twenty times, at moments drawn at random: no row is lost, no figure wrong, and it mends itself.

A try begins with one state of the shop published and ends with the other: its files are loaded, the fault comes in the middle,
then the next load and the job that asks whether a refresh is due run, as they would by a schedule. See docs/reliability.md.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from runner import server as servers
from runner.errors import PipelineError
from tests.conftest import SERVER
from tests.faults import AS_OF, DUE, ROOM, TRIES, Outcome, Victim, Work, connected, disk_in_memory, mount, waiting
from tests.relay import relay

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SERVER == "15", reason="the server that is broken here comes from the wheel"),
]


@pytest.fixture(scope="module")
def shop_to_break(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    """Return a shop on a server of its own, on a small disk in memory where that can be mounted."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        folder = tmp_path_factory.mktemp("faults")
        with suppress(subprocess.CalledProcessError, FileNotFoundError):
            stack.enter_context(disk_in_memory(folder))
        for name in ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGDATABASE"):
            patch.delenv(name, raising=False)
        patch.setenv("PIPELINE_PGDATA", str(folder / "pg"))
        patch.setenv("PIPELINE_PGVERSION", SERVER)
        stack.callback(servers.stop)
        yield Victim(folder)


@pytest.fixture
def victim(shop_to_break: Victim) -> Victim:
    """Return the shop with state A published."""
    shop_to_break.settle()
    return shop_to_break


@pytest.fixture
def outcome(request: pytest.FixtureRequest) -> Iterator[Outcome]:
    """Return where the tries are counted; in the end all must have gone well."""
    test = request.node.obj
    found = Outcome(test.__doc__, test.__code__.co_firstlineno)
    yield found
    found.note()
    assert (found.tries, found.lost, found.wrong, found.by_hand) == (TRIES, 0, [], 0)


def each_try(outcome: Outcome) -> Iterator[int]:
    """Yield numbers until the fault has met its aim twenty times; now and then the work was over before it came."""
    for number in range(5 * TRIES):
        if outcome.tries == TRIES:
            return
        yield number


def kill(pid: int) -> None:
    """Kill a process by force, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_backends(name: str, victim: Victim, outcome: Outcome) -> None:
    """Kill the backend that does a kind of work; every other load is a first one, into empty tables."""
    for number in each_try(outcome):
        aim = victim.other()
        if name == "load" and number % 2:
            victim.empty()
        if met := victim.struck(name, aim, kill):
            met.work.end()
            victim.mend(aim, outcome, met.at)


def test_backend_killed_in_a_load(victim: Victim, outcome: Outcome) -> None:
    """kill -9 of the backend during a load; every other load is a first one"""
    kill_backends("load", victim, outcome)


def test_backend_killed_in_a_refresh(victim: Victim, outcome: Outcome) -> None:
    """kill -9 of the backend during a refresh"""
    kill_backends("refresh", victim, outcome)


def test_backend_killed_in_an_apply(victim: Victim, outcome: Outcome) -> None:
    """kill -9 of the backend during `CALL apply_changes()`"""
    kill_backends("apply", victim, outcome)


def test_runner_killed(victim: Victim, outcome: Outcome) -> None:
    """kill -9 of the runner, in turn during a load and a refresh"""
    started: list[subprocess.Popen[str]] = []

    def command(*arguments: str) -> None:
        started.append(victim.command(*arguments))
        started[-1].communicate()

    for number in each_try(outcome):
        aim = victim.other()
        name, *more = [["load", str(victim.states[aim]), "--full", "--yes"], ["refresh"]][number % 2]
        if met := victim.struck(name, aim, lambda _: started[-1].kill(), partial(command, name, *more)):
            met.work.end()
            victim.mend(aim, outcome, met.at)


def test_postmaster_killed(victim: Victim, outcome: Outcome) -> None:
    """kill -9 of the postmaster, in turn during a load, a refresh and an apply"""

    def kill_server(_: int) -> None:
        kill(int((victim.folder / "pg" / "postmaster.pid").read_text().split()[0]))

    for number in each_try(outcome):
        aim = victim.other()
        if met := victim.struck(["load", "refresh", "apply"][number % 3], aim, kill_server):
            met.work.end()
            victim.mend(aim, outcome, met.at)


def test_disk_full(victim: Victim, outcome: Outcome) -> None:
    """disk full, in turn during a load and a refresh; from the moment when there is room again"""
    if not victim.folder.is_mount():
        pytest.skip("only root can mount a small disk")

    def fill(_: int) -> None:
        """Leave a little room; every other time let the server also need a new file of its log."""
        disk = os.statvfs(victim.folder)
        used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        with suppress(subprocess.CalledProcessError):  # more was written meanwhile
            mount("-o", f"remount,size={used + random.randrange(2**18)}", str(victim.folder))
        with suppress(psycopg.Error), connected(victim.url, 1) as db:
            for _ in range(random.choice([0, 4])):
                db.execute("SELECT pg_logical_emit_message(false, 'x', 'x'), pg_switch_wal()")

    assert victim.is_whole()  # waits for a server that notices only now that the test before killed a backend
    for setting in ("min_wal_size = '32MB'", "max_wal_size = '48MB'"):
        victim.execute(f"ALTER SYSTEM SET {setting}")
    victim.execute("SELECT pg_reload_conf()")
    for number in each_try(outcome):
        aim = victim.other()
        victim.execute("CHECKPOINT")
        met = victim.struck(["load", "refresh"][number % 2], aim, fill)
        error = met.work.end() if met else None
        at = time.monotonic()
        mount("-o", f"remount,{ROOM}", str(victim.folder))
        if error:
            victim.mend(aim, outcome, at)
    victim.execute("ALTER SYSTEM RESET ALL")


def test_connection_cut(victim: Victim, outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    """connection of a load cut by a proxy in mid COPY"""
    own = conninfo_to_dict(victim.url)
    size = sum(path.stat().st_size for path in victim.states["A"].iterdir())
    for _ in each_try(outcome):
        aim = victim.other()
        victim.next_slot()
        with relay(f"{own['host']}/.s.PGSQL.5432", cut_after=random.randrange(size // 5, size)) as port:
            monkeypatch.setenv("DATABASE_URL", f"postgresql://{own['user']}@127.0.0.1:{port}/{own['dbname']}")
            error = Work(partial(victim.load, aim)).end()
            at = time.monotonic()
            monkeypatch.delenv("DATABASE_URL")
        if error:
            assert isinstance(error, PipelineError)
            assert "othing of this command was kept" in str(error.remedy)
            victim.mend(aim, outcome, at)
        else:
            victim.state = aim


LOCKED = {  # by the other session: how, what the work needs late, and what it has by then
    "load": ("SHARE", ["staging.orders", "staging.order_items"], ["staging.customers", "staging.products"]),
    "refresh": (
        "ACCESS EXCLUSIVE",
        ["rollup.segment_months", "predict.model", "config.rfm_segment", "config.assertion_severity"],
        ["rollup.days", "rollup.customers"],
    ),
}


def test_deadlock(victim: Victim, outcome: Outcome) -> None:
    """deadlock made on purpose, in turn with a load and a refresh, over tables drawn at random"""
    name = victim.execute("SELECT current_database() AS name")[0]["name"]
    victim.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '20ms'")
    for number in each_try(outcome):
        aim = victim.other()
        victim.next_slot()
        if number % 2:
            victim.load(aim)
        mode, late, early = LOCKED[["load", "refresh"][number % 2]]
        with connected(victim.url) as other, connected(victim.url) as watch, other.transaction():
            other.execute("SET deadlock_timeout = '30s'")
            other.execute(f"LOCK TABLE {random.choice(late)} IN {mode} MODE".encode())
            work = Work(victim.refresh if number % 2 else partial(victim.load, aim))
            while not waiting(watch):
                assert work.is_alive()
                time.sleep(0.005)
            at = time.monotonic()
            other.execute(f"LOCK TABLE {random.choice(early)} IN {mode} MODE".encode())
        error = work.end()
        if number % 2:
            assert error is None, "the server tries a refresh again"
            last = victim.execute("SELECT attempts FROM ops.run ORDER BY run_id DESC LIMIT 1")[0]
            assert last["attempts"] == 2
        else:
            assert "deadlock" in str(error)
        victim.mend(aim, outcome, at)
    victim.execute(f"ALTER DATABASE {name} RESET deadlock_timeout")


@pytest.fixture
def server_clock(victim: Victim) -> Iterator[Callable[[timedelta], None]]:
    """Return what sets the server's clock: so far from the noon of the day of the shop.

    Figures are then published for days long after the last order, too, which an assertion else refuses.
    """
    libraries = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
    if not libraries:
        pytest.skip("the server's clock can be moved with libfaketime (apt-get install faketime)")
    control = victim.folder / "clock"
    noon = datetime.combine(AS_OF, datetime.min.time(), UTC) + timedelta(hours=12)
    since_noon = datetime.now(UTC) - noon

    def jump(by: timedelta) -> None:
        new = control.with_suffix(".new")
        new.write_text(f"{(by - since_noon).total_seconds():+.0f}")
        new.replace(control)

    jump(timedelta())
    servers.stop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(libraries[0]))
        patch.setenv("FAKETIME_TIMESTAMP_FILE", str(control))
        patch.setenv("FAKETIME_NO_CACHE", "1")
        patch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        servers.start()
    victim.execute("INSERT INTO config.assertion_severity VALUES ('data_fresh', 'warn', 'the clock jumps')")
    yield jump
    victim.execute("DELETE FROM config.assertion_severity")
    servers.stop()
    servers.start()


def test_clock_jumps(victim: Victim, outcome: Outcome, server_clock: Callable[[timedelta], None]) -> None:
    """clock of the server, and in turn `config.clock`, jumps by up to 400 days, forth or back, in the middle of work, and back"""

    def both(aim: str) -> None:
        victim.load(aim)
        victim.execute(DUE)

    for number in each_try(outcome):
        aim = victim.other()
        by = random.choice([-1, 1]) * timedelta(days=random.randrange(8, 400))
        victim.next_slot()
        if number % 2:
            work = Work(partial(victim.load, aim))
            victim.execute("CALL refresh_analytics(%s::date)", AS_OF + by)
        else:
            victim.execute("CALL config.set_clock('infinity')")
            work = Work(partial(both, aim))
            time.sleep(random.uniform(0, 0.5))
            server_clock(by)
        assert work.end() is None
        victim.execute("CALL refresh_analytics()")
        at = time.monotonic()
        server_clock(timedelta())
        if number % 2 == 0:
            victim.execute("CALL config.set_clock('infinity')")
            assert victim.execute("SELECT as_of FROM config.clock") == [{"as_of": AS_OF}], "back with the calendar"
        victim.execute("CALL config.set_clock(%s)", AS_OF)  # what is right was counted on a clock that stands
        victim.mend(aim, outcome, at, is_slot_due=False, is_refitted=True)


def at_once(*works: Callable[[], object]) -> float:
    """Do works at once, begun at random moments of each other; all must end well. Return when."""
    started = []
    for work in random.sample(works, len(works)):
        started.append(Work(work))
        time.sleep(random.choice([0, random.uniform(0, 0.3)]))
    assert [work.end() for work in started] == [None] * len(works)
    return time.monotonic()


def test_two_of_everything(victim: Victim, outcome: Outcome) -> None:
    """two at once: in turn loads of different files, refreshes, a load and a refresh, processes of the runner"""

    def command(*arguments: str) -> None:
        process = victim.command(*arguments)
        _, told = process.communicate()
        assert process.returncode == 0, told

    for number in each_try(outcome):
        aim, old = victim.other(), victim.state
        load = partial(victim.load, aim)
        match number % 5:
            case 0:
                at = at_once(load, partial(victim.load, old))
                aim = victim.execute("SELECT right(folder, 1) AS state FROM ops.load ORDER BY load_id DESC LIMIT 1")[0][
                    "state"
                ]
            case 1:
                load()
                at = at_once(victim.refresh, victim.refresh)
                assert victim.published() == [aim]
            case 2:
                at = at_once(load, victim.refresh)
            case 3:
                arguments = ("load", str(victim.states[aim]), "--full", "--yes")
                at = at_once(partial(command, *arguments), partial(command, *arguments))
            case _:
                load()
                at = at_once(partial(command, "refresh"), partial(command, "refresh"))
                assert victim.published() == [aim]
        assert victim.strange_rows(aim) == 0
        victim.mend(aim, outcome, at, is_slot_due=False)
