"""A backup holds everything, and a restore proves that it does."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from pytest_postgresql.executors import NoopExecutor

from runner import backup, cli, database, wheel
from runner.errors import ConfigurationError, WorkFailedError
from tests import shop
from tests.conftest import SERVER, Db, database_url, url_of


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return int(ended.value.code or 0)


@pytest.fixture
def other(admin: psycopg.Connection[Any], installed: NoopExecutor) -> Iterator[str]:
    """Return the URL of an empty database with a name that must be quoted."""
    admin.execute('CREATE DATABASE "Other shop"')
    yield url_of(installed.host, installed.port, "postgres", "Other shop")
    admin.execute('DROP DATABASE "Other shop" WITH (FORCE)')


def contents(db: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """Return the rows of every table of staging, rollup and config, and of every view of bi, in an order of their own."""
    names = db.execute(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('staging', 'rollup', 'config')"
        " UNION ALL SELECT format('%I.%I', schemaname, viewname) FROM pg_views WHERE schemaname = 'bi'"
    ).fetchall()
    return {
        row["name"]: sorted(map(str, db.execute(f"SELECT t::text FROM {row['name']} AS t".encode()))) for row in names
    }


def test_the_way_there_and_back_keeps_every_row_and_every_figure(
    published: Db, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published.execute("UPDATE config.shop SET shop_name = 'Tea & Cups'")
    published.execute("CALL refresh_analytics()")
    before, figures = contents(published), shop.hashes(published)
    file = tmp_path / "shop.dump"
    assert run("backup", str(file)) == 0
    assert capsys.readouterr().out == f"{file}\n"
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["shop.dump", "shop.dump.manifest.json"]
    manifest = json.loads((tmp_path / "shop.dump.manifest.json").read_text())
    assert manifest["tables"]["staging.orders"]["rows"] == 4
    assert manifest["is_settled"]

    monkeypatch.setenv("DATABASE_URL", other)
    assert run("restore", str(file)) == 0
    told = capsys.readouterr().err
    assert "are as they were saved" in told
    assert "every view counted again from staging is as it was" in told
    with psycopg.connect(other, autocommit=True, row_factory=dict_row) as again:
        assert shop.hashes(again) == figures
        after = contents(again)
        for name in ("rollup.audited", "bi.data_age"):  # drawn at random, and the time, of each refresh
            assert before.pop(name) != [""] != after.pop(name)
        assert after == before
        again.execute("INSERT INTO staging.orders VALUES ('O9', 'C1', '2024-03-03', 'completed', 7)")
        again.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
        row = again.execute("SELECT total_revenue::text FROM rollup.customers WHERE customer_id = 'C1'").fetchone()
        assert row == {"total_revenue": "25.00"}, "its triggers are back"
        assert again.execute(
            "SELECT has_table_privilege('pipeline_reader', 'bi.kpi_summary', 'SELECT') AS may"
        ).fetchone() == {"may": True}
    assert run("migrate") == 0
    assert "nothing to do" in capsys.readouterr().err
    assert run("restore", str(file)) == 2
    assert "is not empty" in capsys.readouterr().err


def test_a_restore_writes_the_roles_and_rights_that_it_made_into_the_audit(
    published: Db, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.execute('CREATE ROLE "Old TO desk"')
    published.execute('GRANT SELECT ON bi.kpi_summary TO "Old TO desk" WITH GRANT OPTION')
    assert run("backup", str(tmp_path / "shop.dump")) == 0
    published.execute('DROP OWNED BY "Old TO desk"; DROP ROLE "Old TO desk"')
    last = published.execute("SELECT max(audit_id) AS id FROM ops.audit").fetchone()
    monkeypatch.setenv("DATABASE_URL", other)
    assert run("restore", str(tmp_path / "shop.dump")) == 0
    with psycopg.connect(other, autocommit=True, row_factory=dict_row) as again:
        query = "SELECT object_name, action, statement FROM ops.audit WHERE kind = 'role' AND audit_id > %s"
        rows = [tuple(row.values()) for row in again.execute(query.encode(), (last and last["id"],))]
        again.execute('DROP OWNED BY "Old TO desk"; DROP ROLE "Old TO desk"')
    assert [row for row in rows if row[0] == '"Old TO desk"'] == [
        ('"Old TO desk"', "CREATE", 'CREATE ROLE "Old TO desk" NOLOGIN'),
        ('"Old TO desk"', "GRANT", 'GRANT SELECT ON TABLE bi.kpi_summary TO "Old TO desk" WITH GRANT OPTION'),
    ]
    assert ("pipeline_owner", "ALTER", "ALTER TABLE staging.orders OWNER TO pipeline_owner") in rows
    assert ("pipeline_reader", "GRANT", "GRANT SELECT ON TABLE bi.kpi_summary TO pipeline_reader") in rows


def test_a_backup_that_does_not_hold_what_its_manifest_says_is_refused(
    published: Db, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shop.dump"
    saved = backup.backup(file)
    monkeypatch.setenv("DATABASE_URL", other)
    whole = file.read_bytes()
    file.write_bytes(whole[:-100] + bytes(100))
    with pytest.raises(WorkFailedError, match="SHA-256 differs"):
        backup.restore(file)
    file.write_bytes(whole)

    manifest = json.loads(saved.manifest.read_text())
    manifest["tables"]["staging.orders"]["rows"] += 1
    manifest["tables"]["rollup.days"]["digest"] = "0/0"
    manifest["tables"]["staging.gone"] = {"is_view": False, "rows": 1, "digest": "0/0"}
    saved.manifest.write_text(json.dumps(manifest))
    with pytest.raises(WorkFailedError, match="3 tables or views are, after the restore") as caught:
        backup.restore(file)
    assert "staging.orders has 4 rows, saved were 5" in (caught.value.detail or "")
    saved.manifest.write_text("{}")
    with pytest.raises(ConfigurationError, match="not a manifest"):
        backup.restore(file)
    saved.manifest.unlink()
    with pytest.raises(ConfigurationError, match="is missing"):
        backup.restore(file)
    with pytest.raises(ConfigurationError, match="not a file"):
        backup.restore(tmp_path / "nothing")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staging.orders SET total_amount = total_amount + 0.01 WHERE order_id = 'O1'",
        "UPDATE staging.customers SET first_name = 'Adb' WHERE customer_id = 'C1'",
        "UPDATE staging.products SET cost = NULL WHERE product_id = 'P1'",
        "DELETE FROM staging.order_items WHERE order_item_id = 'I5'",
        # The same change in two rows: a sum over columns, or an exclusive or, would not see it.
        "UPDATE staging.products SET product_name = 'Mug'",
        "UPDATE staging.orders SET order_date = order_date + interval '1 microsecond' WHERE order_id = 'O1'",
    ],
)
def test_a_digest_sees_every_change_and_no_order_of_rows(published: Db, change: str) -> None:
    query = "SELECT table_name, digest FROM ops.digest_tables() WHERE table_name LIKE 'staging.%'"
    before = published.execute(query).fetchall()
    published.execute("CREATE TABLE kept AS SELECT * FROM staging.orders ORDER BY order_id DESC")
    with published.transaction():
        published.execute("SET LOCAL session_replication_role = replica")
        published.execute("DELETE FROM staging.orders")
        published.execute(
            "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount, load_id, line_number)"
            " SELECT order_id, customer_id, order_date, status, total_amount, load_id, line_number FROM kept"
        )
    published.execute("SET timezone = 'Asia/Tokyo'")
    published.execute("SET datestyle = 'German'")
    assert published.execute(query).fetchall() == before
    published.execute(change.encode())
    assert published.execute(query).fetchall() != before


def test_a_machine_without_a_fitting_program_is_told_what_to_install(
    published: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9'\n")
    old.chmod(old.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(wheel, "program_folders", list)
    monkeypatch.setattr(backup, "PLACES", ())
    assert run("backup", str(tmp_path / "x.dump")) == 2
    assert f"postgresql-client-{SERVER}" in capsys.readouterr().err
    assert not (tmp_path / "x.dump").exists()


def test_a_backup_is_nobody_elses_to_read_from_its_first_byte(
    published: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shop.dump"
    names = ["shop.dump", "shop.dump.manifest.json"]
    for name in names:
        (tmp_path / name).touch(0o644)  # of an older program
    seen: list[int] = []
    sha256 = backup._sha256

    def look(part: Path) -> str:
        seen.append(stat.S_IMODE(part.stat().st_mode))
        return sha256(part)

    monkeypatch.setattr(backup, "_sha256", look)
    before = os.umask(0)
    try:
        backup.backup(file)
    finally:
        os.umask(before)
    assert seen == [0o600]
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in sorted(tmp_path.iterdir())] == [
        (name, 0o600) for name in names
    ]


def test_a_password_stands_in_no_argument(published: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in place of pg_dump notes how it was called."""
    noted = tmp_path / "noted"
    spy = tmp_path / "pg_dump"
    spy.write_text(
        f"#!/bin/sh\n[ \"$1\" = --version ] && {{ echo 'pg_dump (PostgreSQL) {SERVER}.1'; exit; }}\n"
        f'echo "$@" "$PGPASSWORD" > {noted}\nexit 3\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DATABASE_URL", database_url(published).replace("postgres@", "postgres:geheim@"))
    with pytest.raises(WorkFailedError, match="exit code 3"):
        backup.backup(tmp_path / "x.dump")
    *arguments, password = noted.read_text().split()
    assert password == "geheim"
    assert "geheim" not in " ".join(arguments)
    assert any(argument.startswith(f"--dbname={database.url()[:20]}") for argument in arguments)


def test_a_restore_of_an_older_backup_forgets_again_who_was_forgotten_since(
    published: Db, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES ('zelda@quux.example', 'Zelda')")
    published.execute("UPDATE staging.orders SET customer_id = 'zelda@quux.example' WHERE customer_id = 'C2'")
    file, forgotten = tmp_path / "shop.dump", tmp_path / "forgotten.csv"
    assert run("backup", str(file)) == 0
    for customer in ("C1", "zelda@quux.example"):
        published.execute("CALL ops.forget_customer(%s)", (customer,))
    with published.cursor().copy("COPY ops.forgotten_customer TO STDOUT (FORMAT csv, HEADER)") as copy:
        forgotten.write_bytes(b"".join(map(bytes, copy)))
    assert b"zelda" not in forgotten.read_bytes()

    monkeypatch.setenv("DATABASE_URL", other)
    assert run("restore", str(file), "--forgotten", str(forgotten)) == 0
    assert "2 customers were forgotten again" in capsys.readouterr().err
    rows = "SELECT customer_id, first_name, last_name, email FROM staging.customers ORDER BY customer_id"
    with psycopg.connect(other, autocommit=True, row_factory=dict_row) as again:
        assert again.execute(rows.encode()).fetchall() == published.execute(rows.encode()).fetchall()
        assert again.execute("SELECT ops.returned_customers()").fetchall() == []
