"""docker-compose.yml: valid, without secrets, and its commands, run in its order, install, load, publish and schedule."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from tests.conftest import ROOT, SERVER

FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
DB, RUNNER = COMPOSE["services"]["db"], COMPOSE["services"]["runner"]


def validate(file: Path) -> int:
    """Check a file against the compose specification's JSON schema, which check-jsonschema carries."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, check=False, capture_output=True).returncode


def test_the_file_follows_the_compose_specification(tmp_path: Path) -> None:
    assert validate(FILE) == 0
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(FILE.read_text(encoding="utf-8").replace("healthcheck:", "healthchek:"), encoding="utf-8")
    assert validate(broken) != 0


def test_the_database_is_as_the_readme_says() -> None:
    assert "FROM postgres:17" in DB["build"]["dockerfile_inline"]
    assert "postgresql-17-cron" in DB["build"]["dockerfile_inline"]
    assert DB["environment"]["POSTGRES_DB"] == "ecommerce_staging"
    assert DB["ports"] == ["127.0.0.1:5433:5432"]
    assert [volume.split(":")[0] for volume in DB["volumes"]] == list(COMPOSE["volumes"])
    settings = dict(word.split("=", 1) for word in DB["command"] if "=" in word)
    assert settings["shared_preload_libraries"] == "pg_cron"
    assert settings["cron.database_name"] == "ecommerce_staging"
    assert settings["cron.use_background_workers"] == "on"
    assert settings["cron.timezone"] == "${SHOP_TIME_ZONE:-UTC}"


def test_the_runner_waits_until_the_server_listens_to_others_and_ends() -> None:
    assert RUNNER["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert "--host=127.0.0.1" in DB["healthcheck"]["test"]
    assert RUNNER["restart"] == "no"
    assert RUNNER["environment"]["PGHOST"] == "db"


def test_passwords_come_from_the_environment_and_compose_refuses_to_start_without() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name:
                assert value.startswith("${POSTGRES_PASSWORD:?")
    example = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert "POSTGRES_PASSWORD=" in example  # empty: whoever forgets to choose one is stopped
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_every_file_that_the_image_copies_is_there() -> None:
    for line in RUNNER["build"]["dockerfile_inline"].splitlines():
        if line.startswith("COPY "):
            for name in line.split()[1:-1]:
                assert (ROOT / name).exists(), name


def commands() -> list[list[str]]:
    """Return the commands of the runner service."""
    shell, flags, script = RUNNER["command"]
    assert (shell, flags) == ("sh", "-ec")
    return [shlex.split(line) for line in script.splitlines()]


def test_the_commands_are_the_four_that_install_load_publish_and_schedule() -> None:
    assert commands() == [
        ["runner", "migrate"],
        ["runner", "load", "data"],
        ["runner", "refresh"],
        ["runner", "schedule"],
    ]


@pytest.mark.pg_cron
@pytest.mark.skipif(SERVER != "15", reason="needs pg_cron, which PIPELINE_TEST_SERVER=15 has")
def test_the_commands_do_their_work_and_doing_them_again_changes_nothing(cron_url: str) -> None:
    given = conninfo_to_dict(cron_url)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        "PGHOST": str(given["host"]),
        "PGPORT": str(given["port"]),
        "PGUSER": str(given["user"]),
        "PGDATABASE": str(given["dbname"]),
    }
    assert set(RUNNER["environment"]) <= set(environment) | {"PGPASSWORD"}

    def run() -> str:
        told = ""
        for _, *arguments in commands():
            done = subprocess.run(
                [sys.executable, "-m", "runner", *arguments],
                check=False,
                capture_output=True,
                text=True,
                cwd=ROOT,
                env=environment,
            )
            assert done.returncode == 0, done.stderr
            told += done.stderr
        return told

    run()
    assert "0 new, 0 changed" in run()
    with psycopg.connect(cron_url, row_factory=dict_row) as db:
        jobs = db.execute("SELECT command, schedule FROM cron.job WHERE active").fetchall()
        kpis = db.execute("SELECT total_revenue::text FROM bi.kpi_summary").fetchall()
    assert {job["command"] for job in jobs} == {
        "CALL public.refresh_analytics()", "CALL ops.refresh_if_overdue()", "CALL ops.maintain()", "CALL ops.check_everything()",
    }  # fmt: skip
    assert {"command": "CALL public.refresh_analytics()", "schedule": "0 */6 * * *"} in jobs
    assert kpis == [{"total_revenue": "1792444.94"}]
