"""yoyo, as the installer uses it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import exceptions, read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import Migration, MigrationList, default_migration_table

from runner import database
from runner.errors import WorkFailedError, from_statement


def read(folder: Path) -> MigrationList:
    """Return the migrations of a folder."""
    return read_migrations(str(folder))


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo's backend. When this process dies, the server ends its statement, and with it its locks, within a second."""

    def init_connection(self, connection: psycopg.Connection[Any]) -> None:
        """Make a connection ready for use."""
        super().init_connection(connection)
        with suppress(psycopg.errors.InvalidParameterValue):  # a server whose system cannot tell
            connection.execute("SET client_connection_check_interval = '1s'")


def backend(target: str, connection: database.Connection) -> _Backend:
    """Return yoyo's backend for the same database; its own tables go to the schema ops."""
    arguments = {key: value for key, value in conninfo_to_dict(target).items() if value is not None}
    arguments.pop("dbname", None)
    uri = DatabaseURI(
        scheme="postgresql+psycopg",
        username=arguments.pop("user", None),
        password=arguments.pop("password", None),
        hostname=arguments.pop("host", None),
        port=arguments.pop("port", None),
        database=connection.info.dbname,
        args={**arguments, "schema": "ops"},
    )
    made = _Backend(uri, default_migration_table)
    made.create_lock_table()
    return made


def apply(backend: _Backend, migration: Migration) -> None:
    """Apply one migration; name it when it fails."""
    try:
        migration.load()
        backend.apply_one(migration)
    except exceptions.BadMigration as error:
        raise WorkFailedError(f"migration {migration.id} cannot be read: {error}") from error
    except psycopg.Error as error:
        raise from_statement(f"migration {migration.id} failed", error) from error
