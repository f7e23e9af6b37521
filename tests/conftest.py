"""A real server for the session, template databases, and a clone of one for each test.

One template has the pipeline installed, the other also the small shop of tests/shop.py, loaded and published.

PIPELINE_TEST_SERVER says which server: 18 (default) and 16 come with the wheel; 15 is Debian's, with pg_cron.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor

from runner import database, install, load, wheel
from runner.errors import from_driver
from tests import shop

SERVER = os.environ.get("PIPELINE_TEST_SERVER", "18")
ROOT = Path(__file__).resolve().parent.parent
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
CRON_DATABASE = "cron_test"

Db = psycopg.Connection[DictRow]

_done_with: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the workers begin with the long tests, so that they end together. xdist first gives each its part of the list."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return

    def seconds(item: pytest.Item) -> float:
        mark = item.get_closest_marker("takes")
        return float(mark.args[0]) if mark else 0

    long = sorted(filter(seconds, items), key=seconds, reverse=True)
    others = [item for item in items if not seconds(item)]
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        part = (len(items) - len(ordered)) // (workers - worker)
        own = long[worker::workers]
        count = max(0, part - len(own))
        ordered += own + others[:count]
        del others[:count]
    items[:] = ordered + others


def install_template(**server: Any) -> None:
    """Install the pipeline in the first template."""
    install.migrate(url_of(server["host"], server["port"], server["user"], server["dbname"]))


def publish_template(**server: Any) -> None:
    """Load the small shop into the second template and publish it."""
    url = url_of(server["host"], server["port"], server["user"], server["dbname"])
    with tempfile.TemporaryDirectory() as folder:
        load_into(url, shop.write(Path(folder)), shop.AS_OF)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CALL refresh_analytics()")


def load_into(url: str, folder: Path, as_of: str | None = None) -> None:
    """Load a folder into a database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        load.load(folder, load.Options(as_of=date.fromisoformat(as_of) if as_of else None))


def url_of(host: str, port: int | str, user: str, dbname: str) -> str:
    return f"postgresql://{user}@/{quote(dbname)}?host={quote(host, safe='')}&port={port}"


template = factories.postgresql_noproc(load=[install_template], dbname="pipeline")
published_template = factories.postgresql_noproc(load=[publish_template], dbname="shop", depends_on="template")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Start the server of this session and return the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pipeline-test-", dir=_in_memory()))
    folder.chmod(0o755)
    try:
        with _debian_server(folder) if SERVER == "15" else _wheel_server(folder, int(SERVER)) as host:
            _forget_the_disk(host)
            request.config.option.postgresql_host = host
            request.config.option.postgresql_port = "5432"
            request.config.option.postgresql_user = "postgres"
            yield host
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> str | None:
    """Return a folder in memory that has room for the data, or None: files are made and removed all the time."""
    memory = Path("/dev/shm")
    has_room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**31
    return str(memory) if has_room else None


def _forget_the_disk(host: str) -> None:
    """Let the server not wait for the disk: its data is thrown away.

    Nor vacuum by itself: the snapshot of a worker would keep dead rows from a test's own VACUUM, on a busy machine for long.
    Nor compile queries (Debian's server would): on small shops that takes a sixth of the time of all tests.
    """
    with psycopg.connect(url_of(host, 5432, "postgres", "postgres"), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


class _wheel_server:  # noqa: N801 - a context manager, used like a function
    """The server of the wheel, in a folder."""

    def __init__(self, folder: Path, version: int) -> None:
        self._server = wheel.launch(folder / "data", version, cleanup_mode="stop")

    def __enter__(self) -> str:
        return str(self._server.get_postmaster_info().socket_dir)

    def __exit__(self, *_: object) -> None:
        self._server.stop()


class _debian_server:  # noqa: N801 - a context manager, used like a function
    """Debian's PostgreSQL 15 with pg_cron, in a folder; run as the user postgres when we are root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-sync")
        has_cron = (DEBIAN_15.parent.parent.parent / "share/postgresql/15/extension/pg_cron.control").exists() or Path(
            "/usr/share/postgresql/15/extension/pg_cron.control"
        ).exists()
        settings = ["listen_addresses = ''", f"unix_socket_directories = '{folder}'", "max_connections = 60"]
        if has_cron:
            settings += [
                "shared_preload_libraries = 'pg_cron'",
                f"cron.database_name = '{CRON_DATABASE}'",
                "cron.use_background_workers = on",
                "max_worker_processes = 20",
            ]
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join(settings) + "\n")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(DEBIAN_15 / program), "-D", str(self._folder / "data"), *arguments]
        subprocess.run(command, check=True, user=self._user, cwd=self._folder, stdout=subprocess.DEVNULL)

    def __enter__(self) -> str:
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "start")
        return str(self._folder)

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def cron_url() -> Iterator[str]:
    """Return the URL of the database that pg_cron serves, empty, on a server of its own.

    Its own, because pg_cron's launcher does not reliably survive that its database is dropped.
    """
    folder = Path(tempfile.mkdtemp(prefix="pipeline-cron-"))
    folder.chmod(0o755)
    try:
        with _debian_server(folder) as host:
            _forget_the_disk(host)
            with psycopg.connect(url_of(host, 5432, "postgres", "postgres"), autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{CRON_DATABASE}"'.encode())
            yield url_of(host, 5432, "postgres", CRON_DATABASE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def installed(server: str, request: pytest.FixtureRequest) -> NoopExecutor:
    """Return the template with the pipeline installed."""
    executor: NoopExecutor = request.getfixturevalue("template")
    return executor


@pytest.fixture(scope="session")
def admin(server: str) -> Iterator[psycopg.Connection[Any]]:
    """Return a connection that makes and drops databases."""
    with psycopg.connect(url_of(server, 5432, "postgres", "postgres"), autocommit=True) as connection:
        yield connection


@contextmanager
def clone(admin: psycopg.Connection[Any], template: NoopExecutor, name: str) -> Iterator[Db]:
    """Clone a template and yield a connection in autocommit mode with rows as dicts.

    By copying its files, which is twice as fast as by the log and cannot be had of pytest-postgresql's client. A clone is dropped
    when the next one is made: right after its last connection has gone, the server waits a tenth of a second.
    """
    while _done_with:
        admin.execute(f'DROP DATABASE IF EXISTS "{_done_with.pop()}" WITH (FORCE)'.encode())
    admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template.template_dbname}" STRATEGY file_copy'.encode())
    url = url_of(template.host, template.port, template.user, name)
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        yield connection
    _done_with.append(name)


@pytest.fixture
def db(installed: NoopExecutor, admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Db]:
    """Return a connection to a fresh clone with nothing but the pipeline; the runner's commands use it too."""
    with clone(admin, installed, "test") as connection:
        monkeypatch.setenv("DATABASE_URL", database_url(connection))
        yield connection


@pytest.fixture
def published(
    installed: NoopExecutor,
    admin: psycopg.Connection[Any],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Db]:
    """Return a connection to a fresh clone with the small shop, published; the runner's commands use it too."""
    with clone(admin, request.getfixturevalue("published_template"), "test_shop") as connection:
        monkeypatch.setenv("DATABASE_URL", database_url(connection))
        yield connection


@pytest.fixture
def one_session(db: Db, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let all commands of a test share one session, cleaned in between: new ones learn the catalog anew, which takes longest."""
    with psycopg.connect(database_url(db), autocommit=True, row_factory=dict_row) as session:

        @contextmanager
        def share(_: str | None = None) -> Iterator[Db]:
            try:
                session.execute("SET search_path = pg_catalog, pg_temp")
                yield session
            except psycopg.Error as error:
                raise from_driver(error) from error
            finally:
                session.rollback()
                session.execute("SELECT pg_advisory_unlock_all()")
                session.execute("RESET ALL")

        monkeypatch.setattr(database, "connect", share)
        yield


@pytest.fixture
def empty_database(admin: psycopg.Connection[Any], server: str) -> Iterator[str]:
    """Return the URL of a database without anything installed."""
    admin.execute("CREATE DATABASE empty")
    yield url_of(server, 5432, "postgres", "empty")
    admin.execute("DROP DATABASE empty WITH (FORCE)")


def database_url(connection: psycopg.Connection[Any]) -> str:
    """Return the URL of a connection's database."""
    return url_of(connection.info.host, connection.info.port, connection.info.user, connection.info.dbname)


@pytest.fixture(scope="session")
def sample(installed: NoopExecutor, admin: psycopg.Connection[Any]) -> Iterator[Db]:
    """Return a connection to a database with the sample of data/ loaded and published. Tests only read it."""
    with clone(admin, installed, "sample") as connection:
        load_into(database_url(connection), ROOT / "data")
        connection.execute("CALL refresh_analytics()")
        yield connection
