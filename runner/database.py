"""Which server, and a connection to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from runner import server
from runner.errors import WorkFailedError, from_driver

_LIBPQ_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGDATABASE")
SECRETS = ("password", "sslpassword")

Connection = psycopg.Connection[DictRow]


def is_embedded() -> bool:
    """Tell whether no server is named, so that the embedded one is used."""
    return not os.environ.get("DATABASE_URL") and not any(os.environ.get(name) for name in _LIBPQ_VARIABLES)


def conninfo() -> str:
    """Return the connection string: $DATABASE_URL, libpq's PG* variables, or the embedded server, which is started."""
    if is_embedded():
        return server.start()
    if url := os.environ.get("DATABASE_URL"):
        return url
    if os.environ.get("PGDATABASE") or os.environ.get("PGSERVICE"):
        return ""
    return f"dbname={server.DATABASE}"


@contextmanager
def connect(target: str | None = None, opened: Callable[..., Any] | None = None) -> Iterator[Connection]:
    """Connect, in autocommit mode because CALL needs it; driver errors inside become the project's own.

    opened: makes the connection, in place of the driver.
    """
    try:
        with (opened or psycopg.connect)(
            conninfo() if target is None else target,
            autocommit=True,
            row_factory=dict_row,
            fallback_application_name="runner",
        ) as connection:
            # Every name is qualified. What somebody planted in the schemas of a user's or a database's own path is not found.
            connection.execute("SET search_path = pg_catalog, pg_temp")
            yield connection
    except psycopg.Error as error:
        raise from_driver(error) from error


@contextmanager
def copy(cursor: psycopg.Cursor[DictRow], statement: str | sql.Composed) -> Iterator[psycopg.Copy]:
    """COPY … FROM STDIN. The driver does not expect that the server ends it with two errors, as it does on a full disk."""
    try:
        with cursor.copy(statement) as open_copy:
            yield open_copy
    except ValueError as error:
        if "values to unpack" not in str(error):
            raise
        raise WorkFailedError(
            "the server broke off a COPY with more than one error",
            "Its log says which; a full disk does this. Nothing was kept.",
        ) from error


def parameters() -> dict[str, str]:
    """Return the connection's parameters as libpq names them, without defaults."""
    try:
        return {key: str(value) for key, value in conninfo_to_dict(conninfo()).items() if value is not None}
    except psycopg.Error as error:
        raise from_driver(error) from error


def name() -> str:
    """Return the name of the database, also when its server is down."""
    if is_embedded():
        return server.DATABASE
    with suppress(psycopg.Error):
        return str(conninfo_to_dict(conninfo()).get("dbname") or os.environ.get("PGDATABASE") or server.DATABASE)
    return server.DATABASE


def place() -> str:
    """Return what tells this database from others, also when its server is down. Holds no secret."""
    if is_embedded():
        return str(server.data_folder())
    try:
        given = conninfo_to_dict(conninfo())
    except psycopg.Error:
        return "unreadable"
    names = {
        "host": "PGHOST",
        "hostaddr": "PGHOSTADDR",
        "port": "PGPORT",
        "service": "PGSERVICE",
        "dbname": "PGDATABASE",
        "user": "PGUSER",
    }
    known = {name: str(given.get(name) or os.environ.get(variable) or "") for name, variable in names.items()}
    if known["dbname"] or known["service"]:
        del known["user"]  # else the database is that of the user's name
    return "\n".join(f"{name}={value}" for name, value in known.items())


def url() -> str:
    """Return a URL that psql and BI tools take, without the password."""
    given = parameters()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    known = {name: given.pop(name, "") or os.environ.get(variable, "") for name, variable in names.items()}
    for secret in SECRETS:
        given.pop(secret, None)
    host = known["host"]
    if host.startswith("/"):
        given["host"], host = host, ""
    user = f"{quote(known['user'], safe='')}@" if known["user"] else ""
    port = f":{known['port']}" if known["port"] else ""
    query = f"?{urlencode(given, quote_via=quote)}" if given else ""
    return f"postgresql://{user}{host}{port}/{quote(known['dbname'], safe='')}{query}"
