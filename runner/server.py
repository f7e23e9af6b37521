"""The embedded PostgreSQL server: used when no other server is named. Its data stands in the folder .pgdata."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from runner.errors import ConfigurationError

DATABASE = "ecommerce_staging"
ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 10  # seconds that a server that runs may take to answer


def data_folder() -> Path:
    """Return where the embedded server keeps its data: $PIPELINE_PGDATA, or .pgdata beside the project."""
    named = os.environ.get("PIPELINE_PGDATA")
    if named:
        return Path(named).resolve()
    home = ROOT if (ROOT / "pyproject.toml").exists() else Path.cwd()
    return home / ".pgdata"


def start() -> str:
    """Start the embedded server unless it runs, make the database unless it exists; return its connection string."""
    folder = data_folder()
    if running := _running(folder):
        return running
    from runner import wheel  # noqa: PLC0415 - it takes long to import, and most commands find the server running

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        server = wheel.launch(folder, wheel.version())
    except (OSError, RuntimeError, ValueError, AssertionError, subprocess.SubprocessError) as error:
        raise ConfigurationError(
            f"the embedded server in {folder} did not start: {wheel.why_not(error)}",
            "Its log, if there is one, is the file log in that folder. Free it, or name another in PIPELINE_PGDATA.",
        ) from error
    admin = server.get_uri()
    with psycopg.connect(admin, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if known is None:
            # Of two commands that start at once the other may have made it by now.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(DATABASE))
                )
    uri: str = server.get_uri(database=DATABASE)
    return uri


def _running(folder: Path) -> str | None:
    """Return the connection string of the server of the folder, if it runs and has the database, else None.

    What a killed server left in postmaster.pid may lead to another one, so the server is asked whose data it has.
    """
    try:
        socket = (folder / "postmaster.pid").read_text().splitlines()[4]
        uri = f"postgresql://postgres@/{DATABASE}?host={quote(socket, safe='')}"
        with psycopg.connect(uri, connect_timeout=_PATIENCE) as connection:
            (found,) = connection.execute("SHOW data_directory").fetchall()
            return uri if Path(found[0]).resolve() == folder.resolve() else None
    except psycopg.errors.ConnectionTimeout as error:
        raise ConfigurationError(
            f"the embedded server in {folder} runs and does not answer",
            "Its log is the file log in that folder. End its process, the first line of postmaster.pid, if it stays so.",
        ) from error
    except (OSError, IndexError, psycopg.Error):
        return None


def stop() -> bool:
    """Stop the embedded server; return whether it ran."""
    folder = data_folder()
    if not (folder / "postmaster.pid").exists():
        return False
    from runner import wheel  # noqa: PLC0415 - as above

    wheel.launch(folder, wheel.version()).stop()
    return True
