"""A real server for the session, a template database with everything installed, and a clone of it for each test.

PIPELINE_TEST_SERVER says which server: 18 (default) and 16 come with the wheel; 15 is Debian's, with pg_cron.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor

from runner import install, load
from runner import server as servers

SERVER = os.environ.get("PIPELINE_TEST_SERVER", "18")
ROOT = Path(__file__).resolve().parent.parent
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
CRON_DATABASE = "cron_test"

Db = psycopg.Connection[DictRow]


def install_template(**server: Any) -> None:
    """Install the pipeline in the template that pytest-postgresql clones."""
    install.migrate(url_of(server["host"], server["port"], server["user"], server["dbname"]))


def url_of(host: str, port: int | str, user: str, dbname: str) -> str:
    return f"postgresql://{user}@/{quote(dbname)}?host={quote(host, safe='')}&port={port}"


template = factories.postgresql_noproc(load=[install_template], dbname="pipeline")
clone = factories.postgresql("template")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Start the server of this session and return the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pipeline-test-"))
    folder.chmod(0o755)
    try:
        with _debian_server(folder) if SERVER == "15" else _wheel_server(folder, int(SERVER)) as host:
            _forget_durability(host)
            request.config.option.postgresql_host = host
            request.config.option.postgresql_port = "5432"
            request.config.option.postgresql_user = "postgres"
            yield host
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_durability(host: str) -> None:
    """Let the server not wait for the disk: its data is thrown away."""
    with psycopg.connect(url_of(host, 5432, "postgres", "postgres"), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


class _wheel_server:  # noqa: N801 - a context manager, used like a function
    """The server of the wheel, in a folder."""

    def __init__(self, folder: Path, version: int) -> None:
        self._server = servers.launch(folder / "data", version, cleanup_mode="stop")

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
            _forget_durability(host)
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


@pytest.fixture
def db(installed: NoopExecutor, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Db:
    """Return a connection to a fresh clone, in autocommit mode with rows as dicts; the runner's commands use it too."""
    connection: Any = request.getfixturevalue("clone")
    connection.autocommit = True
    connection.row_factory = dict_row
    monkeypatch.setenv("DATABASE_URL", database_url(connection))
    typed: Db = connection
    return typed


@pytest.fixture
def empty_database(server: str) -> Iterator[str]:
    """Return the URL of a database without anything installed."""
    name = f"empty_{os.getpid()}"
    admin = url_of(server, 5432, "postgres", "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield url_of(server, 5432, "postgres", name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def database_url(connection: psycopg.Connection[Any]) -> str:
    """Return the URL of a connection's database."""
    return url_of(connection.info.host, connection.info.port, connection.info.user, connection.info.dbname)


@pytest.fixture(scope="session")
def sample(installed: NoopExecutor) -> Iterator[Db]:
    """Return a connection to a database with the sample of data/ loaded and published. Tests only read it."""
    name = f"sample_{os.getpid()}"
    admin = url_of(installed.host, installed.port, installed.user, "postgres")
    target = url_of(installed.host, installed.port, installed.user, name)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{installed.template_dbname}"'.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", target)
        load.load(ROOT / "data")
    with psycopg.connect(target, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("CALL refresh_analytics()")
        yield connection
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
