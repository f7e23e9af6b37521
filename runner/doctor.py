"""Looks over an installation: each finding is OK, WARN or FAIL, and says what to do.

What the database can see of itself is looked at by ops.health(); here is what takes the files of db/ or the disk.
"""

from __future__ import annotations

import ipaddress
import shutil
from dataclasses import dataclass

import psycopg
from psycopg import sql

from runner import database, install
from runner.errors import ConfigurationError, PipelineError


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report. level: OK, WARN or FAIL. remedy: None when OK."""

    level: str
    subject: str
    text: str
    remedy: str | None = None


def examine() -> list[Finding]:
    """Return the findings, the foundations first."""
    with database.connect() as connection:
        findings = [_server(connection)]
        if findings[-1].level == "OK":
            findings.append(_installation())
        if findings[-1].level == "FAIL":
            return findings
        rows = connection.execute("SELECT * FROM ops.health()").fetchall()
        findings += [Finding(row["level"], row["subject"], row["finding"], row["remedy"]) for row in rows]
        return [*findings, _disk(connection)]


def _server(connection: database.Connection) -> Finding:
    """Tell whether the server is new enough, and which it is."""
    kind = "embedded server" if database.is_embedded() else "server"
    version = connection.info.parameter_status("server_version")
    try:
        install.check_server(connection)
    except ConfigurationError as error:
        return Finding("FAIL", "server", error.message, error.remedy)
    return Finding("OK", "server", f"PostgreSQL {version}, {kind}, database {connection.info.dbname}")


def _installation() -> Finding:
    """Tell whether everything of db/ is in the database."""
    try:
        plan = install.plan()
    except PipelineError as error:
        return Finding("FAIL", "installation", error.message, error.remedy)
    if plan.migrations:
        return Finding("FAIL", "installation", f"{len(plan.migrations)} migrations are pending", "Run: runner migrate")
    if plan.created or plan.dropped:
        return Finding("WARN", "installation", "objects differ from the files of db/", "Run: runner migrate")
    return Finding("OK", "installation", "up to date")


def _disk(connection: database.Connection) -> Finding:
    """Tell how much room the disk of the data has, where it is this machine's."""
    if not _is_here(connection):
        return Finding(
            "WARN", "disk", f"not known from here: the server is on {connection.info.host}", "Look there: df -h"
        )
    try:
        row = connection.execute(
            "SELECT current_setting('data_directory') AS folder, pg_database_size(current_database()) AS size"
        ).fetchone()
        disk = shutil.disk_usage(row["folder"] if row else "")
    except psycopg.errors.InsufficientPrivilege:
        remedy = sql.SQL("Let this user see it: GRANT pg_read_all_settings TO {}").format(
            sql.Identifier(connection.info.user)
        )
        return Finding(
            "WARN", "disk", "not known from here: this user may not see data_directory", remedy.as_string(connection)
        )
    except OSError as error:
        return Finding(
            "WARN",
            "disk",
            f"not known from here: {error.filename}: {error.strerror}",
            "Look where the server is: df -h",
        )
    size = row["size"] if row else 0
    text = f"{disk.free / 2**30:,.1f} GiB free, the database has {size / 2**30:,.1f} GiB"
    if disk.free < max(size / 4, 2**28):
        return Finding(
            "FAIL", "disk", text, "A full refresh or a backup may not find room: free some, or grow the disk"
        )
    if disk.free < size or disk.free < disk.total / 10:
        return Finding("WARN", "disk", text, "A first load, a full refresh or a restore may not find room")
    return Finding("OK", "disk", text)


def _is_here(connection: database.Connection) -> bool:
    """Tell whether the server is on this machine: by a socket file, or at both ends of the line is one address.

    A port that is handed on to a container is local, but the server then sees another address at the other end.
    """
    if connection.info.host.startswith("/"):
        return True
    row = connection.execute(
        "SELECT inet_server_addr() IS NOT DISTINCT FROM inet_client_addr() AS is_one, host(inet_server_addr()) AS server"
    ).fetchone()
    address = connection.info.hostaddr
    is_own = ipaddress.ip_address(address).is_loopback if address else False
    return bool(row and row["is_one"] and (is_own or row["server"] == address))
