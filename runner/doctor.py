"""Looks over an installation: each finding is OK, WARN or FAIL, and says what to do.

What the database can see of itself is looked at by ops.health(); here is what takes the files of db/ or the disk.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import psycopg

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
        return findings + _disk(connection)


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


def _disk(connection: database.Connection) -> list[Finding]:
    """Tell how much room the disk of the data has, where it is this machine's."""
    try:
        row = connection.execute(
            "SELECT current_setting('data_directory') AS folder, pg_database_size(current_database()) AS size"
        ).fetchone()
        if row is None or not (connection.info.host or "").startswith("/"):
            return []
        disk = shutil.disk_usage(row["folder"])
    except (psycopg.errors.InsufficientPrivilege, OSError):
        return []
    text = f"{disk.free / 2**30:,.1f} GiB free, the database has {row['size'] / 2**30:,.1f} GiB"
    if disk.free < max(row["size"] / 4, 2**28):
        return [
            Finding("FAIL", "disk", text, "A full refresh or a backup may not find room: free some, or grow the disk")
        ]
    if disk.free < row["size"] or disk.free < disk.total / 10:
        return [Finding("WARN", "disk", text, "A first load, a full refresh or a restore may not find room")]
    return [Finding("OK", "disk", text)]
