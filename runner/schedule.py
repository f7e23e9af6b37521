"""The pg_cron jobs: one refreshes the analytics, one, if wanted, the live figures every minute."""

from __future__ import annotations

from typing import Any

import psycopg

from runner import database
from runner.errors import ConfigurationError, WorkFailedError

JOB = "refresh_analytics"
LIVE_JOB = "apply_changes"
COMMANDS = {JOB: "CALL public.refresh_analytics()", LIVE_JOB: "CALL public.apply_changes()"}
SIX_HOURLY = "0 */6 * * *"
EVERY_MINUTE = "* * * * *"


def install(cron: str = SIX_HOURLY, *, is_live: bool | None = None) -> list[dict[str, Any]]:
    """Install or change the job and return the pipeline's jobs; raise WorkFailedError where pg_cron cannot serve.

    is_live: have the live figures brought up to date every minute, or no longer; None: as it is.

    Making the extension takes a superuser; once it is there, whoever may use the schema cron schedules jobs of his own.
    """
    with database.connect() as connection:
        _require_pipeline(connection)
        if not _is_created(connection):
            _require_pg_cron(connection)
            connection.execute("CREATE EXTENSION pg_cron")
        _require_usage(connection)
        try:
            connection.execute("SELECT cron.schedule(%s, %s, %s)", (JOB, cron, COMMANDS[JOB]))
        except psycopg.errors.InvalidParameterValue as error:
            raise ConfigurationError(
                f"pg_cron does not understand {cron!r}", 'Five fields, as in "0 */6 * * *".'
            ) from error
        if is_live:
            connection.execute("SELECT cron.schedule(%s, %s, %s)", (LIVE_JOB, EVERY_MINUTE, COMMANDS[LIVE_JOB]))
        elif is_live is False:
            _unschedule(connection, [LIVE_JOB])
        return _jobs(connection)


def remove() -> bool:
    """Remove the jobs; return whether there was one."""
    with database.connect() as connection:
        if not _is_created(connection):
            return False
        _require_usage(connection)
        return _unschedule(connection, list(COMMANDS))


def _unschedule(connection: database.Connection, names: list[str]) -> bool:
    """Remove the jobs of these names, as far as they are there; return whether one was."""
    return bool(
        connection.execute("SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = ANY (%s)", (names,)).fetchall()
    )


def jobs(connection: database.Connection) -> list[dict[str, Any]] | None:
    """Return the pipeline's jobs with their last outcome; None where pg_cron is not installed or not open to this user."""
    return _jobs(connection) if _is_created(connection) and _may_use(connection) else None


def _is_created(connection: database.Connection) -> bool:
    """Tell whether the extension is in this database."""
    return connection.execute("SELECT FROM pg_extension WHERE extname = 'pg_cron'").fetchone() is not None


def _may_use(connection: database.Connection) -> bool:
    """Tell whether this user may use pg_cron's schema, which must be there."""
    row = connection.execute("SELECT has_schema_privilege('cron', 'USAGE') AS may_use").fetchone()
    return bool(row and row["may_use"])


def _require_usage(connection: database.Connection) -> None:
    """Say what a superuser must grant when this user may not use pg_cron."""
    if not _may_use(connection):
        user = connection.info.user
        raise ConfigurationError(
            f"the user {user} may not use pg_cron",
            f'Let a superuser run: GRANT USAGE ON SCHEMA cron TO "{user}"; or run this command as one.',
        )


def _require_pipeline(connection: database.Connection) -> None:
    """Refuse a database without the procedure that the job calls: it would fail every time."""
    row = connection.execute("SELECT to_regproc('public.refresh_analytics') AS routine").fetchone()
    if row is None or row["routine"] is None:
        raise ConfigurationError("the pipeline is not installed in this database", "Run: runner migrate")


def _require_pg_cron(connection: database.Connection) -> None:
    """Say what to install or to set when pg_cron cannot run here."""
    try:
        state = connection.execute(
            "SELECT current_setting('cron.database_name', true) AS cron_database, current_database() AS this_database,"
            " current_setting('server_version_num')::integer / 10000 AS version,"
            " EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_cron') AS is_available"
        ).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            "the extension pg_cron is not in this database, and making it takes a superuser",
            "Run this command as a superuser, such as postgres.",
        ) from error
    if state is None or not state["is_available"]:
        version = state["version"] if state else ""
        raise WorkFailedError(
            "this server has no pg_cron",
            f"Install the package postgresql-{version}-cron on the server (the embedded server cannot have it),"
            ' or let system cron run "runner refresh" every six hours.',
        )
    if state["cron_database"] is None:
        raise WorkFailedError(
            "pg_cron is installed but not loaded",
            f"Set shared_preload_libraries = 'pg_cron', cron.database_name = '{state['this_database']}' and"
            " cron.use_background_workers = on in postgresql.conf, and restart the server.",
        )
    if state["cron_database"] != state["this_database"]:
        raise WorkFailedError(
            f"pg_cron serves the database {state['cron_database']}, not {state['this_database']}",
            f"Set cron.database_name = '{state['this_database']}' in postgresql.conf, and restart the server.",
        )


def _jobs(connection: database.Connection) -> list[dict[str, Any]]:
    """Return the pipeline's jobs with their last outcome, the refresh first."""
    return connection.execute(
        "SELECT j.jobname, j.schedule, j.command, j.active, d.status AS last_status, d.end_time AS last_end,"
        " d.return_message AS last_message"
        " FROM cron.job AS j LEFT JOIN LATERAL ("
        "   SELECT * FROM cron.job_run_details AS r WHERE r.jobid = j.jobid ORDER BY r.runid DESC LIMIT 1"
        " ) AS d ON true WHERE j.command = ANY (%s) ORDER BY j.command <> %s, j.jobname",
        (list(COMMANDS.values()), COMMANDS[JOB]),
    ).fetchall()
