"""The schedule: pg_cron's job is there once, as asked for, and it runs; where it cannot be, the user learns why."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from runner import cli, install
from tests import shop
from tests.conftest import CRON_DATABASE, ROOT, SERVER, Db

on_15 = pytest.mark.skipif(SERVER != "15", reason="needs pg_cron, which PIPELINE_TEST_SERVER=15 has")
not_on_15 = pytest.mark.skipif(SERVER == "15", reason="needs a server without pg_cron: PIPELINE_TEST_SERVER=16 or 18")

JOB = {
    "jobname": "refresh_analytics",
    "schedule": "0 */6 * * *",
    "command": "CALL public.refresh_analytics()",
    "database": CRON_DATABASE,
    "active": True,
}
KEPT = [
    JOB | {"jobname": "check_pipeline", "schedule": "41 3 1 1,4,7,10 *", "command": "CALL ops.check_everything()"},
    JOB | {"jobname": "maintain_pipeline", "schedule": "17 3 * * 0", "command": "CALL ops.maintain()"},
    JOB | {"jobname": "refresh_if_overdue", "schedule": "5-59/10 * * * *", "command": "CALL ops.refresh_if_overdue()"},
]
JOBS = [JOB, *KEPT]
LIVE = JOB | {"jobname": "apply_changes", "schedule": "* * * * *", "command": "CALL public.apply_changes()"}


@pytest.fixture
def cron(cron_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Db]:
    """Return a connection to the database that pg_cron serves, without jobs; the runner's commands use it too."""
    monkeypatch.setenv("DATABASE_URL", cron_url)
    install.migrate()
    with psycopg.connect(cron_url, autocommit=True, row_factory=dict_row) as db:
        db.execute("CREATE EXTENSION IF NOT EXISTS pg_cron")
        db.execute("SELECT cron.unschedule(jobid) FROM cron.job")
        db.execute("TRUNCATE cron.job_run_details")
        db.execute("CALL ops.set_refresh_times('0 */6 * * *')")
        db.execute("UPDATE config.job SET is_wanted = job_name <> 'apply_changes'")
        yield db


def run(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return int(ended.value.code or 0)


def jobs(db: Db) -> list[dict[str, Any]]:
    return db.execute(
        "SELECT jobname, schedule, command, database, active FROM cron.job ORDER BY jobname <> 'refresh_analytics', jobname"
    ).fetchall()


def next_outcome(db: Db, after: int = 0) -> dict[str, Any]:
    """Wait for the next run of a job of every minute to end and return it."""
    deadline = time.monotonic() + 75
    while time.monotonic() < deadline:
        outcome = db.execute(
            "SELECT runid, command, status, return_message, start_time FROM cron.job_run_details"
            " WHERE runid > %s AND status IN ('succeeded', 'failed') ORDER BY runid LIMIT 1",
            (after,),
        ).fetchone()
        if outcome is not None:
            return outcome
        time.sleep(0.2)
    pytest.fail(f"no run ended: {db.execute('SELECT * FROM cron.job_run_details').fetchall()}")


@not_on_15
def test_a_server_without_pg_cron_is_told_what_to_install(db: Db, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schedule") == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "this server has no pg_cron" in shown.err
    assert f"postgresql-{SERVER}-cron" in shown.err
    assert "runner refresh" in shown.err


def test_without_pg_cron_there_is_nothing_to_remove(db: Db, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schedule", "--off") == 0
    assert "there was no job" in capsys.readouterr().err


def test_without_pg_cron_the_status_says_not_scheduled(db: Db, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status") == 0
    assert "not scheduled: no pg_cron in this database" in capsys.readouterr().out


@pytest.mark.pg_cron
@on_15
def test_scheduling_installs_the_refresh_and_what_looks_after_it(cron: Db, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schedule", "--json") == 0
    assert jobs(cron) == JOBS
    shown = json.loads(capsys.readouterr().out)
    assert [(job["jobname"], job["schedule"], job["command"]) for job in shown] == [
        (job["jobname"], job["schedule"], job["command"]) for job in JOBS
    ]
    assert {job["state"] for job in shown} == {"as configured"}


@pytest.mark.pg_cron
@on_15
def test_scheduling_twice_leaves_each_job_as_it_was(cron: Db) -> None:
    assert run("schedule") == 0
    ids = cron.execute("SELECT jobid, jobname FROM cron.job ORDER BY jobid").fetchall()
    assert run("schedule") == 0
    assert jobs(cron) == JOBS
    assert cron.execute("SELECT jobid, jobname FROM cron.job ORDER BY jobid").fetchall() == ids


@pytest.mark.pg_cron
@on_15
def test_what_differs_is_shown_and_put_right(cron: Db, capsys: pytest.CaptureFixture[str]) -> None:
    run("schedule")
    cron.execute("SELECT cron.alter_job(jobid, active := false) FROM cron.job WHERE jobname = 'maintain_pipeline'")
    cron.execute("SELECT cron.alter_job(jobid, schedule := '0 1 * * *') FROM cron.job WHERE jobname = 'check_pipeline'")
    cron.execute("SELECT cron.unschedule('refresh_if_overdue')")
    cron.execute("SELECT cron.schedule('apply_changes', '* * * * *', 'CALL public.apply_changes()')")
    before = jobs(cron)
    capsys.readouterr()
    assert run("schedule", "--check", "--json") == 1
    assert {job["jobname"]: job["state"] for job in json.loads(capsys.readouterr().out)} == {
        "refresh_analytics": "as configured",
        "apply_changes": "not wanted",
        "check_pipeline": "differs",
        "maintain_pipeline": "differs",
        "refresh_if_overdue": "missing",
    }
    assert jobs(cron) == before
    assert run("schedule") == 0
    assert jobs(cron) == JOBS
    assert run("schedule", "--check") == 0


@pytest.mark.pg_cron
@on_15
def test_the_doctor_looks_over_the_schedule(cron: Db) -> None:
    def levels() -> dict[str, str]:
        rows = cron.execute("SELECT subject, level FROM ops.health_of_schedule()").fetchall()
        return {row["subject"]: row["level"] for row in rows}

    assert levels() == {"schedule": "WARN"}
    run("schedule")
    assert levels() == dict.fromkeys(("schedule", "jobs", "pg_cron", "time zones"), "OK")
    cron.execute("SELECT cron.unschedule('maintain_pipeline')")
    cron.execute("UPDATE config.shop SET time_zone = 'Europe/Dublin'")
    cron.execute(
        "INSERT INTO cron.job_run_details (runid, jobid, status, return_message, end_time)"
        " SELECT 9999999, jobid, 'failed', 'odd', now() FROM cron.job WHERE jobname = 'check_pipeline'"
    )
    try:
        assert levels() == {"schedule": "FAIL", "jobs": "WARN", "pg_cron": "OK", "time zones": "WARN"}
        assert run("doctor") == 1
    finally:
        cron.execute("UPDATE config.shop SET time_zone = 'UTC'")


@pytest.mark.pg_cron
@on_15
def test_maintenance_purges_the_log_of_pg_cron(cron: Db) -> None:
    cron.execute(
        "INSERT INTO cron.job_run_details (runid, jobid, status, end_time)"
        " SELECT -days, -1, 'succeeded', now() - make_interval(days => days) FROM (VALUES (29), (31)) AS d (days)"
    )
    cron.execute("CALL ops.maintain()")
    assert cron.execute("SELECT runid FROM cron.job_run_details WHERE jobid = -1").fetchall() == [{"runid": -29}]


@pytest.mark.pg_cron
@on_15
def test_live_figures_have_a_job_of_their_own_until_they_are_switched_off(cron: Db) -> None:
    assert run("schedule", "--live") == 0
    assert jobs(cron) == [JOB, LIVE, *KEPT]
    assert run("schedule") == 0
    assert jobs(cron) == [JOB, LIVE, *KEPT], "a word about the refresh says nothing about the live figures"
    assert run("schedule", "--no-live") == 0
    assert jobs(cron) == JOBS
    run("schedule", "--live")
    assert run("schedule", "--off") == 0
    assert jobs(cron) == []


@pytest.mark.pg_cron
@on_15
def test_another_cron_expression_changes_the_job(cron: Db) -> None:
    run("schedule")
    assert run("schedule", "--cron", "30 3 * * 1-5") == 0
    assert jobs(cron) == [{**JOB, "schedule": "30 3 * * 1-5"}, *KEPT]
    assert run("schedule") == 0
    assert jobs(cron) == [{**JOB, "schedule": "30 3 * * 1-5"}, *KEPT], "it stays as it was said last"


@pytest.mark.pg_cron
@on_15
@pytest.mark.parametrize("expression", ["hourly, please", "61 * * * *", "* * * *", ""])
def test_a_wrong_cron_expression_is_refused_and_changes_nothing(
    cron: Db, capsys: pytest.CaptureFixture[str], expression: str
) -> None:
    run("schedule")
    assert run("schedule", "--cron", expression) == 2
    shown = capsys.readouterr().err
    assert repr(expression) in shown
    assert "Five fields" in shown
    assert jobs(cron) == JOBS
    assert len(cron.execute("SELECT FROM config.refresh_slot").fetchall()) == 4


@pytest.mark.pg_cron
@on_15
def test_switching_off_removes_just_the_pipelines_jobs(cron: Db, capsys: pytest.CaptureFixture[str]) -> None:
    run("schedule")
    cron.execute("SELECT cron.schedule('vacuum', '0 4 * * *', 'VACUUM')")
    cron.execute("SELECT cron.schedule('0 5 * * *', 'ANALYZE')")

    assert run("schedule", "--off") == 0
    assert "removed" in capsys.readouterr().err
    assert sorted(job["command"] for job in jobs(cron)) == ["ANALYZE", "VACUUM"]

    assert run("schedule", "--off") == 0
    assert "there was no job" in capsys.readouterr().err
    assert len(jobs(cron)) == 2


@pytest.mark.pg_cron
@on_15
def test_a_database_that_pg_cron_does_not_serve_is_told_which_it_does(
    db: Db, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("schedule") == 1
    shown = capsys.readouterr().err
    assert f"pg_cron serves the database {CRON_DATABASE}, not {db.info.dbname}" in shown
    assert f"cron.database_name = '{db.info.dbname}'" in shown


@pytest.mark.pg_cron
@on_15
def test_a_database_without_the_pipeline_gets_no_job(
    cron_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job there would fail every six hours."""
    monkeypatch.setenv("DATABASE_URL", cron_url)
    with psycopg.connect(cron_url, autocommit=True, row_factory=dict_row) as db:
        install.migrate()
        db.execute("CREATE EXTENSION IF NOT EXISTS pg_cron")
        db.execute("SELECT cron.unschedule(jobid) FROM cron.job")
        db.execute("ALTER PROCEDURE public.refresh_analytics RENAME TO elsewhere")
        try:
            assert run("schedule") == 2
            assert jobs(db) == []
        finally:
            db.execute("ALTER PROCEDURE public.elsewhere RENAME TO refresh_analytics")
    shown = capsys.readouterr().err
    assert "not installed in this database" in shown
    assert "runner migrate" in shown


@pytest.mark.pg_cron
@on_15
def test_an_owner_who_is_no_superuser_learns_what_to_ask_for_and_then_schedules(
    cron: Db, cron_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cron.execute("CREATE ROLE shopkeeper LOGIN IN ROLE pipeline_runner")
    try:
        cron.execute("DROP EXTENSION pg_cron")
        monkeypatch.setenv("DATABASE_URL", cron_url.replace("postgres@", "shopkeeper@"))
        assert run("schedule") == 2
        assert "takes a superuser" in capsys.readouterr().err

        cron.execute("CREATE EXTENSION pg_cron")
        assert run("schedule") == 2
        assert 'GRANT USAGE ON SCHEMA cron TO "shopkeeper"' in capsys.readouterr().err
        assert run("schedule", "--off") == 2
        assert "GRANT USAGE" in capsys.readouterr().err
        assert run("status") == 0
        assert "none that this user may use" in capsys.readouterr().out
        assert run("doctor") == 0
        assert "may not look into pg_cron" in " ".join(capsys.readouterr().out.split())

        cron.execute('GRANT USAGE ON SCHEMA cron TO "shopkeeper"')
        assert run("doctor", "--json") == 0
        assert "does not see those of others" in capsys.readouterr().out
        assert run("schedule") == 0
        assert jobs(cron) == JOBS
        capsys.readouterr()
        assert run("doctor", "--json") == 0
        found = {row["subject"]: row for row in json.loads(capsys.readouterr().out)}
        assert (found["schedule"]["level"], found["pg_cron"]["level"]) == ("OK", "WARN")
        assert found["pg_cron"]["remedy"].endswith("GRANT pg_read_all_settings TO shopkeeper")
        cron.execute("GRANT pg_read_all_settings TO shopkeeper")
        assert run("doctor", "--json") == 0
        found = {row["subject"]: row for row in json.loads(capsys.readouterr().out)}
        assert (found["pg_cron"]["level"], "GiB free" in found["disk"]["text"]) == ("OK", True)
        assert "pg_cron 1." in found["extensions"]["text"]
        assert run("schedule", "--off") == 0
        assert jobs(cron) == []
    finally:
        cron.execute("DROP OWNED BY shopkeeper")
        cron.execute("DROP ROLE shopkeeper")


@pytest.mark.pg_cron
@on_15
def test_the_status_shows_the_job(cron: Db, capsys: pytest.CaptureFixture[str]) -> None:
    run("schedule")
    capsys.readouterr()

    assert run("status") == 0
    shown = capsys.readouterr().out
    assert "refresh_analytics" in shown
    assert "0 */6 * * *" in shown

    assert run("status", "--json") == 0
    job, *_ = json.loads(capsys.readouterr().out)["jobs"]
    assert (job["schedule"], job["active"], job["last_status"]) == ("0 */6 * * *", True, None)


@pytest.mark.pg_cron
@on_15
def test_a_scheduled_run_publishes_and_a_violated_assertion_makes_the_next_one_fail(
    cron: Db, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.fill(cron)
    assert run("schedule", "--cron", "* * * * *") == 0
    # At five past, and every ten minutes after, the job that catches up would run beside it.
    cron.execute("SELECT cron.alter_job(jobid, active => false) FROM cron.job WHERE jobname = 'refresh_if_overdue'")

    first = next_outcome(cron)
    assert (first["command"], first["status"]) == (JOB["command"], "succeeded"), first
    # By hand: O1 18.00 + O2 4.00 + O3 10.00; O4 is cancelled.
    assert cron.execute("SELECT total_revenue::text FROM bi.kpi_summary").fetchall() == [{"total_revenue": "32.00"}]
    published = shop.hashes(cron)

    cron.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES ('C3', ' ')")
    second = next_outcome(cron, first["runid"])
    assert second["status"] == "failed", second
    assert "customer_names_present" in second["return_message"]
    assert shop.hashes(cron) == published
    runs = cron.execute("SELECT status, error_state FROM ops.run ORDER BY run_id").fetchall()
    assert [(row["status"], row["error_state"]) for row in runs] == [("succeeded", None), ("failed", "EA001")]

    capsys.readouterr()
    assert run("status", "--json") == 0
    job, *_ = json.loads(capsys.readouterr().out)["jobs"]
    assert job["last_status"] == "failed"
    assert "customer_names_present" in job["last_message"]


# --- without pg_cron --------------------------------------------------------------------------------------------------

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
WITHOUT = OPERATIONS.split("### Without pg_cron")[1].split("\n## ")[0]
ENV_FILE, CRON_FILE, SERVICE, TIMERS, WATCH = (text.lstrip("\n") for text in WITHOUT.split("```")[1::2])
CRON_LINES = re.findall(r"^(\S+ +\S+ +\S+ +\S+ +\S+) +pipeline +(.+)$", CRON_FILE, re.MULTILINE)
CALENDARS = dict(
    re.findall(
        r"^((?:public|ops)\.\w+) +(.+)$", TIMERS.split("<< END\n")[1].split("END\n", maxsplit=1)[0], re.MULTILINE
    )
)


def numbers(text: str, first: int, last: int) -> set[int]:
    """Return what a field stands for: *, lists, ranges, steps; and, as systemd has it, a start with a step."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        start, _, end = span.replace("*", f"{first}-{last}").partition("-")
        found |= set(range(int(start), int(end or (last if step else start)) + 1, int(step or 1)))
    return found


def minutes(days: tuple[str, str, str], hours: str, minute: str) -> set[datetime]:
    """Return each minute of 2024 that fits: days as month, day of the month and day of the week (0: Sunday), or * of it."""
    month, day, weekday = numbers(days[0], 1, 12), numbers(days[1], 1, 31), numbers(days[2], 0, 6)
    return {
        datetime(2024, 1, 1) + timedelta(days=n, hours=h, minutes=m)
        for n in range(366)
        for date in [datetime(2024, 1, 1) + timedelta(days=n)]
        if date.month in month and date.day in day and date.isoweekday() % 7 in weekday
        for h in numbers(hours, 0, 23)
        for m in numbers(minute, 0, 59)
    }


def cron_minutes(fields: str) -> set[datetime]:
    minute, hour, day, month, weekday = fields.split()
    return minutes((month, day, weekday), hour, minute)


def calendar_minutes(text: str) -> set[datetime]:
    match = re.fullmatch(r"(?:(Sun) )?(?:\*-([^-]+)-(\S+) )?([^:]+:)?:?([^:]+)", text)
    assert match, text
    return minutes(
        (match[2] or "*", match[3] or "*", "0" if match[1] else "*"), (match[4] or "*").rstrip(":"), match[5]
    )


def test_what_system_cron_and_systemd_are_told_is_what_pg_cron_is_told(db: Db) -> None:
    jobs = db.execute("SELECT schedule, command FROM config.job WHERE is_wanted").fetchall()
    wanted = {(job["schedule"], job["command"]) for job in jobs}
    called = {
        (" ".join(fields.split()), call[1]) for fields, line in CRON_LINES if (call := re.search(r"'(CALL .+)'", line))
    }
    assert called == wanted
    assert {command: calendar_minutes(text) for command, text in CALENDARS.items()} == {
        command.removeprefix("CALL ").removesuffix("()"): cron_minutes(schedule) for schedule, command in wanted
    }


def test_the_lines_for_system_cron_run_in_the_environment_that_cron_gives(published: Db, tmp_path: Path) -> None:
    """Cron gives a command HOME, SHELL, PATH and what the file says, and nothing of a login."""
    program, variables, sent = tmp_path / "runner", tmp_path / "env", []
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m runner "$@"\n')
    program.chmod(0o755)
    own = re.sub("^DATABASE_URL=.*$", f"DATABASE_URL='{os.environ['DATABASE_URL']}'", ENV_FILE, flags=re.MULTILINE)
    variables.write_text(own)
    given = dict(re.findall(r"^([A-Z]+)=(.*)$", CRON_FILE, re.MULTILINE))
    published.execute("DELETE FROM ops.alert")
    assert len(CRON_LINES) == 5
    for _, line in CRON_LINES:
        command = line.replace("/opt/pipeline/.venv/bin/runner", str(program))
        command = command.replace("/etc/ecommerce-analytics.env", str(variables))
        assert command.count(str(tmp_path)) == 2
        ended = subprocess.run(
            [given["SHELL"], "-c", command],
            env={"HOME": str(tmp_path), "PATH": given["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        sent.append((command, ended.returncode, ended.stderr))
        assert ended.returncode == 0, sent[-1]
    done = published.execute("SELECT object_name FROM ops.audit WHERE kind = 'operation'").fetchall()
    assert {row["object_name"] for row in done} == {"ops.maintain()", "ops.check_everything()"}


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """systemd-analyze needs the programs to be there; whether a unit is complete it tells without a running systemd."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    script = TIMERS.replace("/etc/systemd/system", str(tmp_path)).split("systemctl daemon-reload")[0]
    subprocess.run(["/bin/sh", "-euc", script], check=True)
    for name, text in (("ecommerce@.service", SERVICE), ("ecommerce-notify.service", WATCH)):
        (tmp_path / name).write_text(text.replace("/opt/pipeline/.venv/bin/runner", "/bin/true"))
    timers = sorted(path.name for path in tmp_path.glob("*.timer"))
    assert timers == sorted(f"ecommerce@{job}.timer" for job in CALENDARS)
    units = [tmp_path / name for name in (*timers, "ecommerce-notify.service")]
    told = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    assert (told.returncode, [line for line in told.stderr.splitlines() if "ecommerce" in line]) == (0, [])
    for text in CALENDARS.values():
        subprocess.run([analyze, "calendar", text], check=True, stdout=subprocess.DEVNULL)
