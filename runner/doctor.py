"""Looks over an installation: each finding is OK, WARN or FAIL, and says what to do."""

from __future__ import annotations

from dataclasses import dataclass

from runner import database, install, schedule
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
        return [*findings, _pg_cron(connection), _clock(connection), _last_run(connection), _stale_runs(connection)]


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
    if not plan.is_empty:
        return Finding("WARN", "installation", "objects differ from the files of db/", "Run: runner migrate")
    return Finding("OK", "installation", "up to date")


def _pg_cron(connection: database.Connection) -> Finding:
    """Tell whether the refresh is scheduled, and how it ended."""
    jobs = schedule.jobs(connection)
    if not jobs:
        return Finding(
            "WARN", "schedule", "no pg_cron job refreshes the analytics", "Run: runner schedule (it says what it needs)"
        )
    for job in jobs:
        if job["last_status"] == "failed":
            return Finding(
                "FAIL",
                "schedule",
                f"the last run of the job {job['jobname']} failed: {job['last_message']}",
                "Run: runner status",
            )
    return Finding("OK", "schedule", f"{jobs[0]['schedule']}, last: {jobs[0]['last_status'] or 'not yet'}")


def _clock(connection: database.Connection) -> Finding:
    """Tell whether the clock follows the calendar."""
    clock = connection.execute("SELECT as_of, is_fixed FROM config.clock").fetchone()
    if clock is None:
        return Finding("FAIL", "clock", "config.clock has no row", "Run: INSERT INTO config.clock DEFAULT VALUES;")
    if clock["is_fixed"]:
        return Finding("WARN", "clock", f"fixed at {clock['as_of']}", "For live data run: runner refresh --as-of today")
    return Finding("OK", "clock", "follows the calendar")


def _last_run(connection: database.Connection) -> Finding:
    """Tell whether the last refresh succeeded."""
    run = connection.execute(
        "SELECT * FROM ops.run WHERE status IN ('succeeded', 'failed', 'abandoned') ORDER BY run_id DESC LIMIT 1"
    ).fetchone()
    if run is None:
        return Finding("WARN", "last refresh", "there was none", "Run: runner load DIR, then runner refresh")
    if run["status"] == "succeeded":
        return Finding("OK", "last refresh", f"run {run['run_id']} succeeded, {run['finished_at']:%Y-%m-%d %H:%M}")
    return Finding("FAIL", "last refresh", f"run {run['run_id']}: {run['error_message']}", "Run: runner check")


def _stale_runs(connection: database.Connection) -> Finding:
    """Tell whether a backend died in the middle of a run."""
    stale = connection.execute(
        "SELECT r.run_id FROM ops.run AS r WHERE r.status = 'running'"
        " AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = r.backend_pid)"
    ).fetchone()
    if stale is None:
        return Finding("OK", "locks", "no run was left behind")
    return Finding("WARN", "locks", f"run {stale['run_id']} was left by a dead backend", "The next refresh closes it.")
