"""The pg_cron jobs: config.job says which there are, ops.schedule_jobs() makes pg_cron have just these."""

from __future__ import annotations

from typing import Any

import psycopg

from runner import database
from runner.errors import ConfigurationError, WorkFailedError

SIX_HOURLY = "0 */6 * * *"


def install(cron: str | None = None, *, is_live: bool | None = None) -> list[dict[str, Any]]:
    """Make pg_cron's jobs equal to config.job and return them; raise WorkFailedError where pg_cron cannot serve.

    cron: when to refresh from now on, None: as it is. is_live: have apply_changes() called every minute, or no longer;
    None: as it is. What is refused changes nothing.

    Making the extension takes a superuser; once it is there, whoever may use the schema cron schedules jobs of his own.
    """
    with database.connect() as connection:
        _require_pipeline(connection)
        if not _is_created(connection):
            _require_pg_cron(connection)
            connection.execute("CREATE EXTENSION pg_cron")
        _require_usage(connection)
        try:
            with connection.transaction():
                if cron is not None:
                    connection.execute("CALL ops.set_refresh_times(%s)", (cron,))
                if is_live is not None:
                    connection.execute(
                        "UPDATE config.job SET is_wanted = %s WHERE job_name = 'apply_changes'", (is_live,)
                    )
                connection.execute("CALL ops.schedule_jobs()")
        except (psycopg.errors.InvalidParameterValue, psycopg.errors.DatetimeFieldOverflow) as error:
            raise ConfigurationError(
                f"pg_cron does not understand {cron!r}" if cron is not None else "pg_cron refused a job of config.job",
                'Five fields, as in "0 */6 * * *".',
            ) from error
        return _jobs(connection)


def remove() -> bool:
    """Remove the jobs; return whether there was one."""
    with database.connect() as connection:
        if not _is_created(connection):
            return False
        _require_usage(connection)
        there = any(job["state"] != "missing" for job in _jobs(connection))
        connection.execute("CALL ops.schedule_jobs(p_off => true)")
        return there


def drift() -> list[dict[str, Any]]:
    """Return the jobs with what pg_cron has of them and what it should have; changes nothing."""
    with database.connect() as connection:
        _require_pipeline(connection)
        if not _is_created(connection):
            _require_pg_cron(connection)
            raise WorkFailedError("the extension pg_cron is not in this database", "Run: runner schedule")
        _require_usage(connection)
        return _jobs(connection)


def jobs(connection: database.Connection) -> list[dict[str, Any]] | None:
    """Return the pipeline's jobs that are there with their last outcome; None where pg_cron is not open to this user."""
    if not (_is_created(connection) and _may_use(connection)):
        return None
    return [job for job in _jobs(connection) if job["state"] != "missing"]


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
    """Return a row of ops.job_state() a job, the refresh first."""
    return connection.execute("SELECT * FROM ops.job_state()").fetchall()
