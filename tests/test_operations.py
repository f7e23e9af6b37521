"""It runs itself: what is due, what is forgotten, what is told, what is written down."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from runner import cli, install, load, maintain
from tests import shop
from tests.conftest import ROOT, Db, database_url


def run(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return int(ended.value.code or 0)


def value(db: Db, query: str, *arguments: Any) -> Any:
    """Return the one value of a query."""
    row = db.execute(query.encode(), arguments).fetchone()
    assert row is not None
    return next(iter(row.values()))


# --- what is due ------------------------------------------------------------------------------------------------------


def slots_of(zone: str, hours: tuple[int, ...], first: datetime, last: datetime) -> list[datetime]:
    """Return when each local hour of the days of a span begins, by the Python library's own rules.

    Of the two readings of a time that comes twice or not at all the later one: the second time, or when the clocks have moved.
    """
    found = set()
    day = first.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0) - timedelta(days=1)
    while day.astimezone(UTC) <= last:
        for hour in hours:
            readings = (
                datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1)
            )
            found.add(max(at.astimezone(UTC) for at in readings))
        day = (day.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone))
    return sorted(at for at in found if first <= at <= last)


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Europe/Dublin", datetime(2025, 3, 29, 22, tzinfo=UTC)),  # 01:00 becomes 02:00 on the 30th
        ("Europe/Dublin", datetime(2025, 10, 25, 22, tzinfo=UTC)),  # 01:00 comes twice on the 26th
        ("America/Santiago", datetime(2025, 9, 6, 22, tzinfo=UTC)),  # 00:00 does not come on the 7th
        ("America/Santiago", datetime(2025, 4, 5, 22, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2025, 10, 4, 8, tzinfo=UTC)),  # by half an hour
        ("Asia/Kathmandu", datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_each_slot_has_one_run_also_when_the_clocks_change(db: Db, zone: str, first: datetime) -> None:
    """refresh_if_overdue() is asked every ten minutes for two days; a run is written down whenever one is due."""
    db.execute("UPDATE config.shop SET time_zone = %s", (zone,))
    db.execute("INSERT INTO ops.run (status, started_at) VALUES ('succeeded', %s)", (first,))
    last = first + timedelta(days=2)
    db.execute(
        "DO $$ DECLARE v_now timestamptz := '%s'; BEGIN WHILE v_now <= '%s' LOOP"
        " IF ops.is_due(v_now) THEN INSERT INTO ops.run (status, started_at) VALUES ('succeeded', v_now); END IF;"
        " v_now := v_now + interval '10 minutes'; END LOOP; END $$".replace("'%s'", "'{}'")
        .format(first, last)
        .encode()
    )
    began = [
        row["started_at"].astimezone(UTC) for row in db.execute("SELECT * FROM ops.run ORDER BY run_id").fetchall()
    ]
    due = slots_of(zone, (0, 6, 12, 18), first, last)
    assert len(due) in (8, 9)
    assert len(began) - 1 == len(due) - (first in due)
    for at, slot in zip(began[1:], [slot for slot in due if slot != first], strict=True):
        assert slot <= at < slot + timedelta(minutes=10)


def test_the_spring_day_in_dublin_by_hand(db: Db) -> None:
    """30 March 2025: midnight is 00:00 UTC, and six o'clock, after the change, 05:00 UTC."""
    db.execute("UPDATE config.shop SET time_zone = 'Europe/Dublin'")
    for now, slot in (
        ("2025-03-29 23:59:59+00", "2025-03-29 18:00+00"),
        ("2025-03-30 00:00+00", "2025-03-30 00:00+00"),
        ("2025-03-30 04:59+00", "2025-03-30 00:00+00"),
        ("2025-03-30 05:00+00", "2025-03-30 05:00+00"),
        ("2025-03-30 23:00+00", "2025-03-30 23:00+00"),  # midnight of the 31st
    ):
        assert value(db, "SELECT ops.last_slot(%s) = %s::timestamptz", now, slot), now


@pytest.mark.parametrize(
    ("run_columns", "is_due"),
    [
        ("('succeeded', now(), NULL)", False),
        ("('failed', now(), 'EA001')", False),
        ("('failed', now(), '40P01')", True),
        ("('abandoned', now(), NULL)", True),
        ("('skipped', now(), NULL)", True),
        ("('succeeded', now() - interval '7 hours', NULL)", True),
    ],
)
def test_what_kind_of_run_serves_a_slot(db: Db, run_columns: str, is_due: bool) -> None:
    db.execute(f"INSERT INTO ops.run (status, started_at, error_state) VALUES {run_columns}".encode())
    db.execute("UPDATE config.shop SET time_zone = 'UTC'")
    # The slot began at this hour, or this test would depend on the time of day.
    db.execute("DELETE FROM config.refresh_slot")
    db.execute("INSERT INTO config.refresh_slot SELECT date_trunc('hour', now() AT TIME ZONE 'UTC')::time")
    assert value(db, "SELECT ops.is_due()") is is_due


def test_without_slots_nothing_is_ever_due(db: Db) -> None:
    db.execute("DELETE FROM config.refresh_slot")
    assert value(db, "SELECT ops.is_due()") is False


def test_many_callers_at_once_make_one_run(published: Db) -> None:
    published.execute("UPDATE ops.run SET started_at = started_at - interval '7 hours'")
    before = value(published, "SELECT count(*) FROM ops.run WHERE status <> 'skipped'")
    start = threading.Barrier(4)

    def call() -> None:
        with psycopg.connect(database_url(published), autocommit=True) as own:
            start.wait()
            for _ in range(3):
                own.execute("CALL ops.refresh_if_overdue()")

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(published, "SELECT count(*) FROM ops.run WHERE status <> 'skipped'") == before + 1
    assert published.execute("SELECT FROM pg_locks WHERE locktype = 'advisory'").fetchone() is None


@pytest.mark.parametrize(
    ("cron", "slots"),
    [
        ("0 */6 * * *", ["00:00", "06:00", "12:00", "18:00"]),
        ("30 3 * * *", ["03:30"]),
        ("5 8-20/6 * * *", ["08:05", "14:05", "20:05"]),
        ("0 6,22 * * *", ["06:00", "22:00"]),
        ("30 3 * * 1-5", []),
        ("* * * * *", []),
        ("*/10 3 * * *", []),
    ],
)
def test_what_is_caught_up_follows_the_schedule(db: Db, cron: str, slots: list[str]) -> None:
    db.execute("CALL ops.set_refresh_times(%s)", (cron,))
    found = db.execute(
        "SELECT to_char(starts_at, 'HH24:MI') AS at FROM config.refresh_slot ORDER BY starts_at"
    ).fetchall()
    assert [row["at"] for row in found] == slots
    assert value(db, "SELECT schedule FROM config.job WHERE job_name = 'refresh_analytics'") == cron


# --- what is forgotten ------------------------------------------------------------------------------------------------


@pytest.fixture
def old(published: Db) -> Db:
    """A shop whose log is two years old, with a refused row, a failed run before the good one, and an alert that ended."""
    published.execute("INSERT INTO ops.run (run_id, status) OVERRIDING SYSTEM VALUE VALUES (0, 'failed')")
    published.execute("INSERT INTO ops.step SELECT 0, 1, 'x', 'done', 1, 1")
    published.execute("INSERT INTO ops.assertion_result SELECT 0, 'x', 'warn', 0, '[]', 1")
    published.execute("UPDATE ops.run SET finished_at = now() - interval '2 years'")
    published.execute("UPDATE ops.load SET finished_at = now() - interval '2 years'")
    published.execute(
        "UPDATE ops.load_file SET rows_read = rows_read + 1, rows_refused = 1 WHERE table_name = 'orders'"
    )
    published.execute(
        "INSERT INTO ops.rejected_row (load_id, table_name, file_name, line_number, kind, reason)"
        " VALUES (1, 'orders', 'orders.csv', 9, 'refused', 'odd')"
    )
    published.execute("CALL ops.update_alerts()")
    published.execute(
        "INSERT INTO ops.alert (kind, message, raised_at, closed_at)"
        " SELECT 'load failed', 'x', t.t, t.t FROM (SELECT now() - interval '2 years' AS t) AS t"
    )
    published.execute(
        "INSERT INTO ops.audit (kind, object_name, action, happened_at) VALUES ('load', 'x', 'x', '2020-01-01')"
    )
    return published


def test_maintenance_forgets_what_is_old_and_the_shop_still_publishes(
    old: Db, capsys: pytest.CaptureFixture[str]
) -> None:
    assert value(old, "SELECT count(*) FROM ops.alert WHERE kind = 'rows refused' AND closed_at IS NULL") == 1
    assert run("maintain") == 0
    shown = capsys.readouterr().out
    for words in ("1 runs forgotten", "1 rejected rows forgotten", "1 alerts forgotten", "1 audit forgotten"):
        assert words in shown
    assert [row["run_id"] for row in old.execute("SELECT run_id FROM ops.run").fetchall()] == [1], (
        "the last good one stays"
    )
    assert value(old, "SELECT count(*) FROM ops.step WHERE run_id = 0") == 0
    assert old.execute("SELECT * FROM assertions.load_rows_accounted").fetchall() == []
    assert value(old, "SELECT count(*) FROM ops.alert WHERE kind = 'rows refused' AND closed_at IS NULL") == 0
    old.execute("INSERT INTO config.assertion_severity VALUES ('load_rows_accounted', 'error', 'as it is')")
    old.execute("CALL refresh_analytics()")
    assert maintain.maintain()["runs"] == 1, "now that a newer one succeeded"


def test_a_vacuum_of_maintenance_takes_dead_rows_away(published: Db) -> None:
    published.execute("UPDATE staging.customers SET country = country")
    maintain.maintain()
    assert value(
        published, "SELECT last_vacuum IS NOT NULL FROM pg_stat_user_tables WHERE relid = 'staging.customers'::regclass"
    )


def test_a_full_check_finds_what_went_past_the_triggers_until_it_is_mended(
    published: Db, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("maintain", "--check") == 0
    published.execute("UPDATE rollup.product_months SET quantity_sold = quantity_sold + 1")
    assert run("maintain", "--check") == 1
    assert "rollup.product_months" in capsys.readouterr().err
    assert value(published, "SELECT kind FROM ops.unresolved_failures") == "figures drifted"
    assert run("refresh", "--full") == 0
    assert run("maintain", "--check") == 0
    assert published.execute("SELECT FROM ops.unresolved_failures").fetchall() == []


# --- what is told -----------------------------------------------------------------------------------------------------


def open_alerts(db: Db) -> dict[str, dict[str, Any]]:
    """Return the open alerts by kind and subject."""
    found = db.execute("SELECT * FROM ops.unresolved_failures").fetchall()
    return {f"{row['kind']} {row['subject']}".strip(): row for row in found}


def test_the_runbook_has_a_heading_for_each_kind_of_alert_and_the_alert_leads_there(db: Db) -> None:
    kinds = db.execute("SELECT * FROM ops.alert_kind ORDER BY kind").fetchall()
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == [row["kind"] for row in kinds]
    for row in kinds:
        assert row["remedy"].endswith(f"(docs/runbook.md#{row['kind'].replace(' ', '-')})")
    viewed = set(
        re.findall(r"^    '([a-z ]+)' AS kind", (install.DB / "views/ops/alert_cause.sql").read_text(), re.MULTILINE)
    )
    assert viewed | {"server down"} == {row["kind"] for row in kinds}


def test_failed_refreshes_are_one_alert_until_one_succeeds(published: Db) -> None:
    published.execute("UPDATE config.expectation SET min_customers = 3")
    for count in (1, 2):
        assert run("refresh") == 1
        (alert,) = open_alerts(published).values()
        assert (alert["kind"], alert["severity"], alert["seen_count"]) == ("refresh failed", "error", count)
        assert "customer_row_count" in alert["message"]
        assert alert["details"] == [
            {"assertion": "customer_row_count", "min_customers": 3, "staging_customers": 2, "customer_metrics_rows": 2}
        ]
        assert alert["last_seen_at"] >= alert["raised_at"]
    published.execute("UPDATE config.expectation SET min_customers = 0")
    assert run("refresh") == 0
    assert open_alerts(published) == {}
    assert value(published, "SELECT is_resolved FROM ops.alert") is True


def test_a_warning_is_an_alert_that_ends_when_its_rows_are_gone_and_comes_back_with_them(published: Db) -> None:
    for _ in range(2):
        published.execute("UPDATE staging.orders SET status = 'odd' WHERE order_id = 'O2'")
        run("refresh")
        alert = open_alerts(published)["assertion warned order_status_known"]
        assert alert["details"] == [{"status": "odd", "order_count": 1, "total_amount": 4.00}]
        published.execute("UPDATE staging.orders SET status = 'shipped' WHERE order_id = 'O2'")
        run("refresh")
        assert open_alerts(published) == {}
    assert value(published, "SELECT count(*) FROM ops.alert") == 2


def test_an_alert_closed_by_hand_stays_closed_until_its_cause_is_another(published: Db) -> None:
    published.execute("UPDATE staging.orders SET status = 'odd' WHERE order_id = 'O2'")
    run("refresh")
    published.execute("UPDATE ops.alert SET closed_at = now()")
    published.execute("CALL ops.update_alerts()")
    assert open_alerts(published) == {}
    published.execute("UPDATE staging.orders SET status = 'odder' WHERE order_id = 'O2'")
    run("refresh")
    assert len(open_alerts(published)) == 1


def test_figures_that_were_not_published_for_long_are_stale_until_they_are(published: Db) -> None:
    published.execute("UPDATE config.shop SET time_zone = 'Europe/Dublin'")
    published.execute("CALL ops.update_alerts()")
    assert open_alerts(published) == {}
    for age, is_stale in (("6 hours 59 minutes", False), ("7 hours 1 minute", True)):
        published.execute(
            "UPDATE ops.run SET started_at = now() - %s::interval, finished_at = now() - %s::interval", (age, age)
        )
        published.execute("CALL ops.update_alerts()")
        assert ("data stale" in open_alerts(published)) is is_stale
    assert run("refresh") == 0
    assert open_alerts(published) == {}


def test_data_that_was_loaded_and_never_published_is_stale(db: Db, tmp_path: Path) -> None:
    load.load(shop.write(tmp_path / "in"))
    db.execute("UPDATE ops.load SET finished_at = now() - interval '8 hours'")
    db.execute("CALL ops.update_alerts()")
    assert "last published never" in open_alerts(db)["data stale"]["message"]


def test_a_load_that_failed_is_an_alert_until_one_succeeds(published: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    (folder / "orders.csv").write_bytes(b"nonsense\n")
    assert run("load", str(folder)) == 1
    assert "orders.csv" in open_alerts(published)["load failed"]["message"]
    assert run("load", str(shop.write(tmp_path / "in"))) == 0
    assert open_alerts(published) == {}


def test_looking_for_alerts_at_once_from_many_sessions_raises_each_once(published: Db) -> None:
    published.execute("UPDATE config.freshness SET max_age = '1 microsecond'")
    start = threading.Barrier(4)

    def look() -> None:
        with psycopg.connect(database_url(published), autocommit=True) as own:
            start.wait()
            for _ in range(5):
                own.execute("CALL ops.update_alerts()")

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(published, "SELECT count(*) FROM ops.alert") == 1


# --- what is written down ---------------------------------------------------------------------------------------------


def audit(db: Db, kind: str) -> list[tuple[Any, ...]]:
    """Return what was written down of a kind: object, action, rows."""
    rows = db.execute("SELECT object_name, action, row_count FROM ops.audit WHERE kind = %s ORDER BY audit_id", (kind,))
    return [tuple(row.values()) for row in rows.fetchall()]


def test_loads_and_refreshes_are_in_the_audit_and_what_a_load_writes_is_not_by_hand(
    published: Db, tmp_path: Path
) -> None:
    folder = shop.write(tmp_path / "in", products=["P1,Tea,Food,4.50,1.00", "P2,Cup,Home,10.00,6.00"])
    load.load(folder)
    run("refresh")
    assert [action for _, action, _ in audit(published, "load")] == ["succeeded", "succeeded"]
    assert audit(published, "load")[1] == (f"load 2 of {folder}", "succeeded", 1)
    assert audit(published, "refresh") == [("run 1", "succeeded", None), ("run 2", "succeeded", None)]
    assert audit(published, "staging") == []


def test_a_statement_by_hand_is_in_the_audit_with_its_rows(published: Db) -> None:
    published.execute("UPDATE staging.orders SET status = 'completed'")
    published.execute("UPDATE staging.orders SET status = 'completed' WHERE false")
    with published.transaction():
        published.execute(
            "INSERT INTO staging.products (product_id, price) VALUES ('P1', 5), ('P8', 5), ('P9', 5)"
            " ON CONFLICT (product_id) DO UPDATE SET price = excluded.price"
        )
        with suppress(ZeroDivisionError), published.transaction():
            published.execute("INSERT INTO staging.products (product_id, price) VALUES ('P7', 5)")
            raise ZeroDivisionError
        published.execute("DELETE FROM staging.products WHERE product_id IN ('P8', 'P9')")
    with published.cursor() as cursor, cursor.copy("COPY staging.products (product_id, price) FROM STDIN") as copy:
        copy.write("P7\t1\nP8\t1\n")
    published.execute("TRUNCATE staging.inventory")
    assert audit(published, "staging") == [
        ("staging.orders", "UPDATE", 4),
        ("staging.products", "UPDATE", 1),
        ("staging.products", "INSERT", 2),
        ("staging.products", "DELETE", 2),
        ("staging.products", "INSERT", 2),
        ("staging.inventory", "TRUNCATE", None),
    ]
    assert value(published, "SELECT DISTINCT user_name FROM ops.audit WHERE kind = 'staging'") == "postgres"


def test_who_pretends_to_load_is_in_the_audit_all_the_same(published: Db) -> None:
    for claimed in ("1", "99", ""):
        published.execute("SELECT set_config('pipeline.load_id', %s, false)", (claimed,))
        published.execute("UPDATE staging.products SET cost = cost")
    assert audit(published, "staging") == [("staging.products", "UPDATE", 2)] * 3


def test_a_change_of_a_setting_is_in_the_audit_with_the_old_and_the_new(published: Db) -> None:
    before = len(audit(published, "setting"))
    published.execute("UPDATE config.shop SET currency = currency")
    published.execute("UPDATE config.customer_tier SET min_orders = 12 WHERE customer_tier = 'VIP'")
    published.execute("INSERT INTO config.assertion_severity VALUES ('data_fresh', 'warn', 'old')")
    published.execute("DELETE FROM config.assertion_severity")
    rows = published.execute("SELECT * FROM ops.audit WHERE kind = 'setting' ORDER BY audit_id").fetchall()[before:]
    severity = {"assertion_name": "data_fresh", "severity": "warn", "reason": "old"}
    assert [(row["object_name"], row["action"], row["old_rows"], row["new_rows"]) for row in rows] == [
        (
            "config.customer_tier",
            "UPDATE",
            [{"customer_tier": "VIP", "min_orders": 10}],
            [{"customer_tier": "VIP", "min_orders": 12}],
        ),
        ("config.assertion_severity", "INSERT", None, [severity]),
        ("config.assertion_severity", "DELETE", [severity], None),
    ]


def test_the_audit_is_written_for_whoever_writes_and_only_added_to(published: Db) -> None:
    published.execute("DROP ROLE IF EXISTS pipeline_writer")
    published.execute("CREATE ROLE pipeline_writer")
    try:
        published.execute("GRANT USAGE ON SCHEMA staging, ops TO pipeline_writer")
        published.execute("GRANT SELECT, INSERT, UPDATE ON staging.products TO pipeline_writer")
        published.execute("SET ROLE pipeline_writer")
        published.execute("UPDATE staging.products SET cost = 1")
        for statement in ("INSERT INTO ops.audit (kind) VALUES ('load')", "SELECT FROM ops.audit"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                published.execute(statement.encode())
        published.execute("RESET ROLE")
        assert audit(published, "staging") == [("staging.products", "UPDATE", 2)]
        published.execute("GRANT ALL ON ops.audit TO pipeline_writer")
        published.execute("SET ROLE pipeline_writer")
        for statement in ("UPDATE ops.audit SET user_name = 'x'", "DELETE FROM ops.audit", "TRUNCATE ops.audit"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only added"):
                published.execute(statement.encode())
    finally:
        published.execute("RESET ROLE")
        published.execute("DROP OWNED BY pipeline_writer")
        published.execute("DROP ROLE pipeline_writer")
