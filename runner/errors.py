"""What can go wrong, in the project's own words, and how a driver's error becomes one of these."""

from __future__ import annotations

import re

import psycopg
from psycopg import errors as pg


class PipelineError(Exception):
    """An error that is told to the user in one to three lines.

    message: what went wrong and where. remedy: what to do about it, or None. detail: one more line of facts, or None.
    is_transient: the same may go well a moment later.
    """

    exit_code = 1
    is_transient = False

    def __init__(self, message: str, remedy: str | None = None, detail: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.detail = detail


class WorkFailedError(PipelineError):
    """The work was begun and failed: a refused load, a failed run, an assertion. Exit code 1."""


class ConfigurationError(PipelineError):
    """The command cannot begin: wrong arguments, no server, missing rights, an unfit installation. Exit code 2."""

    exit_code = 2


_LOST = "Nothing of this command was kept. See that the server is up (its log says what happened), then run it again."
_TRANSIENT = ("57P01", "57P02", "57P03", "08000", "08003", "08006")  # shutting down, crashed, starting up, lost
_TRANSIENT_WORDS = (
    "Connection refused",
    "server closed the connection",
    "starting up",
    "in recovery mode",
    "not yet accepting connections",
    "shutting down",
    "connection is lost",
    "Connection reset by peer",
    "Connection timed out",
    "EOF detected",
)


def from_driver(error: psycopg.Error) -> PipelineError:
    """Turn an error of the driver into one of the project's, with a remedy where there is one."""
    known = _known(error)
    known.is_transient = error.sqlstate in _TRANSIENT or (
        isinstance(error, psycopg.OperationalError) and any(words in str(error) for words in _TRANSIENT_WORDS)
    )
    return known


def from_system(error: OSError) -> PipelineError:
    """Turn an error of the operating system (a file that cannot be read or written) into one of the project's."""
    where = f"{error.filename}: " if error.filename else ""
    return ConfigurationError(
        f"{where}{error.strerror or error}",
        "Name another file or folder, or see to it that this one can be read and written.",
    )


def from_statement(what: str, error: psycopg.Error) -> PipelineError:
    """Return the error of a statement that failed while something was installed."""
    kind = ConfigurationError if isinstance(error, pg.InsufficientPrivilege) else WorkFailedError
    return kind(f"{what}: {(error.diag.message_primary or str(error)).strip()}", error.diag.message_hint)


def _known(error: psycopg.Error) -> PipelineError:
    """Return an error of the driver as one of the project's."""
    message = (error.diag.message_primary or str(error)).strip()
    if error.sqlstate is None:
        return _from_connection(message)
    kind: type[PipelineError] = ConfigurationError
    remedy, detail = error.diag.message_hint, None
    match error:
        case pg.InsufficientPrivilege():
            remedy = remedy or "Connect as the owner of the database."
        case pg.InvalidCatalogName():
            remedy = "Create it (createdb NAME), or name another in DATABASE_URL or PGDATABASE."
        case pg.UndefinedTable():
            remedy = remedy or "Run: runner migrate"
        case pg.InvalidSchemaName() | pg.UndefinedFunction():
            remedy = "Run: runner migrate"
        case pg.DiskFull():
            kind, remedy = WorkFailedError, "Free some space on the server and run the command again. Nothing was kept."
        case pg.AdminShutdown() | pg.CrashShutdown() | pg.CannotConnectNow():
            kind, remedy = WorkFailedError, _LOST
        case pg.DeadlockDetected() | pg.SerializationFailure() | pg.LockNotAvailable():
            kind, remedy = (
                WorkFailedError,
                "Somebody else was at the same rows. Nothing was kept; run the command again.",
            )
        case _:
            kind, detail = WorkFailedError, error.diag.message_detail
    return kind(message, remedy, detail)


def _from_connection(message: str) -> PipelineError:
    """Explain why there is no connection, or why it was lost."""
    lines = [line for line in message.splitlines() if not line.startswith(("\t", "DETAIL"))]  # a tab: libpq's advice
    text = _without_secrets(lines[-1]) if lines else "the connection was lost"
    remedies = {
        "password authentication failed": "Check the user and the password (PGPASSWORD, ~/.pgpass or DATABASE_URL).",
        "no password supplied": "Give the password in PGPASSWORD, ~/.pgpass or DATABASE_URL.",
        "does not exist": "Create it (createdb NAME), or name another in DATABASE_URL or PGDATABASE.",
        "Connection refused": "Start the server, or check host and port in DATABASE_URL or PGHOST and PGPORT.",
        "No such file or directory": "Start the server, or check host and port in DATABASE_URL or PGHOST and PGPORT.",
        "could not translate host name": "Check the host in DATABASE_URL or PGHOST.",
        "failed to resolve host": "Check the host in DATABASE_URL or PGHOST.",
        'missing "="': "DATABASE_URL looks like postgresql://USER@HOST:PORT/DATABASE.",
        "invalid": "DATABASE_URL looks like postgresql://USER@HOST:PORT/DATABASE.",
    }
    for part, remedy in remedies.items():
        if part in message:
            return ConfigurationError(text, remedy)
    return WorkFailedError(text, _LOST)


_UNREADABLE = (
    "missing ",
    "invalid ",
    "unexpected ",
    "unterminated ",
    "forbidden ",
    "extra ",
    "end of string ",
    "IPv6 ",
)


def _without_secrets(text: str) -> str:
    """Leave out what libpq quotes of a connection string that it cannot read: that may be the password, or the end of one."""
    if text.startswith(_UNREADABLE) and not text.startswith("invalid sslmode"):
        return re.sub(r'^(missing "=" after |[^"]*)".*"', r'\1"…"', text, flags=re.DOTALL)
    return re.sub(r"""(["'])[^"']*@""", r"\1…@", text)
