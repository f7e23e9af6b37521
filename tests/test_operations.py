"""It runs itself: what is due, what is forgotten, what is told, what is written down."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock
from zoneinfo import ZoneInfo

import psycopg
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from psycopg.rows import dict_row

from runner import cli, doctor, install, load, maintain, refresh
from runner.errors import PipelineError
from tests import shop
from tests.conftest import ROOT, Db, database_url
from tests.faults import waiting
from tests.relay import relay


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
        ("('failed', now(), '53100')", True),
        ("('succeeded', now() + interval '1 hour', NULL)", True),
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
    pauses = {"30 3 * * *": 24, "5 8-20/6 * * *": 12, "0 6,22 * * *": 16}
    assert value(db, "SELECT max_age FROM config.freshness") == timedelta(hours=pauses.get(cron, 6) + 1)
    db.execute("CALL ops.set_refresh_times('0 * * * *')")
    assert value(db, "SELECT max_age FROM config.freshness") >= timedelta(hours=7), (
        "nobody is alarmed earlier than he was"
    )


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


def test_a_full_check_is_not_misled_by_what_was_written_since_the_last_publish(published: Db) -> None:
    published.execute("INSERT INTO staging.customers (customer_id) VALUES ('C9')")
    published.execute("INSERT INTO staging.products (product_id, price) VALUES ('P9', 1)")
    published.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " VALUES ('N1', 'C9', '2024-03-01', 'completed', 7.5)"
    )
    assert run("maintain", "--check") == 0


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
    assert viewed | {"server down", "watch failed"} == {row["kind"] for row in kinds}


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


def test_alerts_of_single_loads_become_those_of_tables_without_a_word(db: Db) -> None:
    """What an older program left is made here by hand; the migration can be run twice."""
    for load_id, file, count in (
        (1, "orders.csv", 2),
        (2, "orders.csv", 2),
        (3, "orders.csv", 1),
        (4, "products.csv", 1),
    ):
        db.execute("INSERT INTO ops.load (folder, status, finished_at) VALUES ('/in', 'succeeded', now())")
        db.execute(
            "INSERT INTO ops.load_file (load_id, table_name, file_name, sha256, byte_count, line_count, rows_read, rows_refused)"
            " VALUES (%s, split_part(%s, '.', 1), %s, 'x', 1, 1, %s, %s)",
            (load_id, file, file, count, count),
        )
        db.execute(
            "INSERT INTO ops.rejected_row (load_id, table_name, file_name, line_number, kind, reason, raw_text)"
            " SELECT %s, split_part(%s, '.', 1), %s, n, 'refused', 'odd', 'row ' || n FROM generate_series(1, %s) AS n",
            (load_id, file, file, count),
        )
        db.execute(
            "INSERT INTO ops.alert (kind, subject, cause, message) VALUES ('rows refused', 'load ' || %s, %s, 'x')",
            (load_id, str(load_id)),
        )
    db.execute("CALL ops.note_deliveries('mail x')")
    db.execute("UPDATE ops.delivery SET delivered_at = now()")
    db.execute((install.DB / "migrations" / "0032.overtaken-rejects.sql").read_bytes())
    db.execute("CALL ops.update_alerts()")
    db.execute("CALL ops.note_deliveries('mail x')")
    found = db.execute(
        "SELECT a.subject, a.cause, d.state FROM ops.delivery AS d INNER JOIN ops.alert AS a USING (alert_id)"
    )
    assert sorted(tuple(row.values()) for row in found) == [("orders", "1", "open"), ("products", "4", "open")]
    assert value(db, "SELECT metric_value FROM ops.metrics WHERE metric_name = 'pipeline_refused_rows'") == 2


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
    writes = audit(published, "load write")
    assert writes[-1] == ("staging.products", "UPDATE", 1), "its statements are there, as a load's"
    assert {name for name, _, _ in writes[:-1]} >= {"staging.customers", "staging.orders", "staging.order_items"}
    assert ("staging.order_items", "INSERT", 5) in writes, "a first load is one row a table"


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


@pytest.fixture
def writer(published: Db) -> Iterator[Db]:
    """Return a login that may do no more than read and update staging."""
    published.execute(
        "CREATE ROLE pipeline_writer LOGIN; CREATE ROLE pipeline_desk; GRANT pipeline_desk TO pipeline_writer"
    )
    published.execute(
        "GRANT USAGE ON SCHEMA staging TO pipeline_desk, pipeline_writer;"
        " GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA staging TO pipeline_desk, pipeline_writer"
    )
    try:
        with psycopg.connect(
            database_url(published), user="pipeline_writer", autocommit=True, row_factory=dict_row
        ) as connection:
            yield connection
    finally:
        published.execute("DROP OWNED BY pipeline_writer, pipeline_desk; DROP ROLE pipeline_writer, pipeline_desk")


def test_who_pretends_to_load_is_in_the_audit_all_the_same(published: Db, writer: Db) -> None:
    claims = ("1", "99", "", "abc", "1e9", " 1", "9" * 30)
    for claimed in claims:
        writer.execute("SELECT set_config('pipeline.load_id', %s, false)", (claimed,))
        writer.execute("UPDATE staging.orders SET status = status WHERE order_id IN ('O1', 'O2')")
    assert audit(published, "staging") == [("staging.orders", "UPDATE", 2)] * len(claims)


@pytest.mark.parametrize(
    "ways",
    [
        [  # the start of the count is moved within the statement
            (
                "UPDATE staging.orders SET total_amount = 999999 WHERE order_id = 'O1' AND"
                " set_config('pipeline.written_UPDATE_' || tableoid, (pg_stat_get_xact_tuples_updated(tableoid) + 1)::text, true)"
                " IS NOT NULL"
            )
        ],
        [  # by a trigger of one's own
            (
                "CREATE TEMPORARY TABLE mine (a integer);"
                " CREATE FUNCTION pg_temp.mine() RETURNS trigger LANGUAGE plpgsql AS"
                " $$BEGIN UPDATE staging.orders SET total_amount = 999999 WHERE order_id = 'O1'; RETURN NEW; END$$;"
                " CREATE TRIGGER mine BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION pg_temp.mine()"
            ),
            "INSERT INTO mine VALUES (1)",
        ],
        [  # under a savepoint, by a function, in a statement that another one is in
            (
                "CREATE FUNCTION pg_temp.nest(a text) RETURNS boolean LANGUAGE plpgsql AS"
                " $$BEGIN UPDATE staging.orders SET status = status WHERE false; RETURN a = 'O1'; END$$"
            ),
            (
                "BEGIN; SAVEPOINT s; UPDATE staging.orders SET total_amount = 999999 WHERE pg_temp.nest(order_id);"
                " RELEASE s; COMMIT"
            ),
        ],
    ],
)
def test_no_way_of_writing_keeps_a_statement_out_of_the_audit(published: Db, writer: Db, ways: list[str]) -> None:
    for statement in ways:
        writer.execute(statement.encode())
    assert value(published, "SELECT total_amount FROM staging.orders WHERE order_id = 'O1'") == 999999
    row = published.execute("SELECT * FROM ops.audit WHERE kind = 'staging'").fetchone()
    assert row is not None
    assert (row["user_name"], row["object_name"], row["row_count"]) == ("pipeline_writer", "staging.orders", 1)
    assert row["statement"] == ways[-1]


def test_a_runner_who_opens_and_removes_a_load_is_in_the_audit(published: Db) -> None:
    published.execute("CREATE ROLE pipeline_writer LOGIN IN ROLE pipeline_runner")
    statement = "UPDATE staging.orders SET total_amount = 999999 WHERE order_id = 'O1'"
    try:
        with psycopg.connect(database_url(published), user="pipeline_writer", autocommit=True) as runner:
            for begin in ("INSERT INTO ops.load (folder) VALUES ('x')", "SELECT ops.begin_load('x')"):
                runner.execute(begin.encode())
                runner.execute("SELECT set_config('pipeline.load_id', max(load_id)::text, false) FROM ops.load")
                runner.execute(statement.encode())
                runner.execute("DELETE FROM ops.load WHERE folder = 'x'")
            runner.execute("SELECT pg_advisory_lock(ops.lock_key('data')), ops.begin_load('x')")
            runner.execute(statement.encode())
            runner.execute("DELETE FROM ops.load WHERE folder = 'x'")
    finally:
        published.execute("DROP OWNED BY pipeline_writer; DROP ROLE pipeline_writer")
    assert audit(published, "staging") == [("staging.orders", "UPDATE", 1)] * 2, "without the lock it is no load"
    rows = published.execute("SELECT * FROM ops.audit WHERE kind = 'load write' AND user_name = 'pipeline_writer'")
    assert [(row["object_name"], row["statement"]) for row in rows] == [("staging.orders", statement)]


def test_rows_that_a_bulk_load_writes_by_hand_are_in_the_audit(db: Db) -> None:
    db.execute("BEGIN; SELECT staging.begin_bulk(1)")
    db.execute("INSERT INTO staging.customers (customer_id) VALUES ('C1'), ('C2')")
    db.execute("DELETE FROM staging.customers WHERE customer_id = 'C1'")
    db.execute("CALL staging.end_bulk(); COMMIT")
    assert audit(db, "staging") == [("staging.customers", "INSERT", 1)]
    db.execute("DELETE FROM staging.customers")
    assert audit(db, "staging")[1:] == [("staging.customers", "DELETE", 1)], "afterwards each statement is"


def test_a_statement_by_hand_is_kept_with_its_text_and_without_personal_data(published: Db, writer: Db) -> None:
    text = "UPDATE staging.orders SET status = 'completed' WHERE order_id = 'O1'"
    for asked in (
        text,
        f"{text} /* {'x' * 2000} */",
        (
            "UPDATE \"staging\".customers SET first_name = 'Zel''da', last_name = E'Qu\\'ux', email = $a$zelda@x$a$"
            " /* Zelda's */ WHERE customer_id = 'C1' -- Zelda"
        ),
        "UPDATE staging.customers SET first_name = 'Zelda' -- don't\n, last_name = 'Quux' WHERE customer_id = 'C1'",
        f"UPDATE staging.customers SET country = '{'x' * 900}', first_name = '{'Zelda' * 100}' WHERE customer_id = 'C1'",
    ):
        writer.execute(asked.encode())
    writer.execute("UPDATE staging.orders SET status = %s WHERE order_id = %s", ("completed", "O1"))
    writer.execute("SET ROLE pipeline_desk")
    writer.execute("UPDATE staging.orders SET status = 'completed' WHERE order_id = 'O1'")
    rows = published.execute("SELECT * FROM ops.audit WHERE kind = 'staging' ORDER BY audit_id").fetchall()
    assert [row["statement"] for row in rows] == [
        text,
        f"{text} /* {'x' * 2000} */"[:1000],
        "UPDATE \"staging\".customers SET first_name = '', last_name = '', email = ",
        "UPDATE staging.customers SET first_name = '' \n, last_name = '' WHERE customer_id = ''",
        "UPDATE staging.customers SET country = '', first_name = ''",
        "UPDATE staging.orders SET status = $1 WHERE order_id = $2",
        text,
    ]
    assert [row["acted_as"] for row in rows] == [None] * 6 + ["pipeline_desk"]
    assert {row["user_name"] for row in rows} == {"pipeline_writer"}


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


# --- what the doctor finds --------------------------------------------------------------------------------------------


def health(db: Db) -> dict[str, dict[str, Any]]:
    """Return what ops.health() says, by subject."""
    return {row["subject"]: row for row in db.execute("SELECT * FROM ops.health()").fetchall()}


def test_a_healthy_shop_has_nothing_to_mend(published: Db, capsys: pytest.CaptureFixture[str]) -> None:
    """The test server waits for no disk and does not vacuum by itself, which it is warned of."""
    found = health(published)
    warned = {subject for subject, row in found.items() if row["level"] != "OK"}
    assert warned == {"schedule", "clock", "switches"}
    assert "fsync is off" in found["switches"]["finding"]
    assert {row["level"] == "OK" for row in found.values() if row["remedy"] is None} == {True}
    assert run("doctor") == 0
    assert "disk" in capsys.readouterr().out


MANY = "INSERT INTO rollup.dirty SELECT FROM generate_series(1, 30000)"
FLUSH = "SELECT pg_stat_force_next_flush()"
ILLS = {
    "age of figures": ("FAIL", "UPDATE ops.run SET finished_at = now() - interval '8 hours'"),
    "last refresh": ("FAIL", "INSERT INTO ops.run (status, error_message) VALUES ('failed', 'x')"),
    "abandoned runs": ("WARN", "INSERT INTO ops.run (status, backend_pid) VALUES ('running', 2147483647)"),
    "alerts": (
        "FAIL",
        "INSERT INTO ops.alert (kind, severity, message) VALUES ('load failed', 'error', 'x')",
    ),
    "maintenance": ("WARN", "UPDATE ops.installed_object SET installed_at = now() - interval '16 days'"),
    "work_mem": ("WARN", "SET work_mem = '1MB'"),
    "maintenance_work_mem": ("WARN", "SET maintenance_work_mem = '16MB'"),
    "statement_timeout": ("WARN", "SET statement_timeout = '10min'"),
    "owner": ("FAIL", "ALTER TABLE ops.step OWNER TO pipeline_reader"),
    "rights of PUBLIC": (
        "FAIL",
        "GRANT USAGE ON SCHEMA staging TO PUBLIC; GRANT SELECT ON staging.customers TO PUBLIC",
    ),
    "rights of pipeline_reader": (
        "FAIL",
        "GRANT USAGE ON SCHEMA staging TO pipeline_reader; GRANT INSERT ON staging.customers TO pipeline_reader",
    ),
    "rights of pipeline_analyst": ("FAIL", "GRANT SELECT ON staging.customers TO pipeline_analyst"),
    "rights of pipeline_runner": ("FAIL", "GRANT SELECT ON ops.salt TO pipeline_runner"),
    "rights of pipeline_pii": ("FAIL", "REVOKE SELECT ON bi.dim_customer FROM pipeline_pii"),
    "statistics": (
        "WARN",
        f"{MANY}; {FLUSH}",
    ),
    "bloat": (
        "WARN",
        f"{MANY}; DELETE FROM rollup.dirty; {FLUSH}",
    ),
    "clock": ("FAIL", "DELETE FROM config.clock"),
}


@pytest.mark.parametrize("subject", ILLS)
def test_what_is_wrong_is_found_and_what_to_do_is_said(published: Db, subject: str) -> None:
    level, cause = ILLS[subject]
    assert health(published)[subject]["level"] in ("OK", "WARN")
    for statement in cause.split("; "):
        published.execute(statement.encode())
    row = health(published)[subject]
    assert (row["level"], bool(row["remedy"])) == (level, True), row
    if level == "FAIL":
        assert run("doctor") == 1


@pytest.mark.parametrize("lock", ["run", "data"])
def test_a_session_that_holds_a_lock_and_idles_is_named_with_how_to_end_it(
    published: Db, capsys: pytest.CaptureFixture[str], lock: str
) -> None:
    subject = f'lock "{lock}"'
    assert health(published)[subject] == {
        "level": "OK", "subject": subject, "finding": "nobody holds it", "remedy": None,
    }  # fmt: skip
    with psycopg.connect(database_url(published), autocommit=True) as idle:
        idle.execute("SELECT pg_advisory_lock_shared(ops.lock_key(%s))", (lock,))
        row = health(published)[subject]
        assert row["level"] == "FAIL"
        assert f"backend {idle.info.backend_pid} of user postgres, idle since 20" in row["finding"]
        assert f"pg_terminate_backend({idle.info.backend_pid})" in row["remedy"]
        assert run("doctor") == 1
        if lock == "run":
            capsys.readouterr()
            assert run("refresh") == 0
            told = capsys.readouterr().err
            assert told.count("skipped, nothing was refreshed") == 1
            assert f'the lock "run" is held by backend {idle.info.backend_pid} of user postgres, idle since' in told
            assert run("refresh", "--json") == 0
            assert "nothing was refreshed" in capsys.readouterr().err
        assert value(published, "SELECT pg_terminate_backend(%s)", idle.info.backend_pid)
    for _ in range(100):
        if health(published)[subject]["level"] == "OK":
            return
        time.sleep(0.05)
    pytest.fail("it still stands there")


def test_who_works_under_a_lock_is_left_in_peace_and_a_stranger_is_told(published: Db) -> None:
    """A refresh that waits for a load, a load that reads its file, and a statement that nobody knows."""
    with (
        psycopg.connect(database_url(published), application_name="runner") as loader,
        psycopg.connect(database_url(published), autocommit=True) as other,
    ):
        loader.execute("SELECT pg_advisory_lock(ops.lock_key('data'))")
        waits = threading.Thread(target=other.execute, args=("CALL refresh_analytics()",))
        waits.start()
        while not value(published, "SELECT count(*) FROM ops.lock_holder WHERE lock_name = 'run'"):
            time.sleep(0.02)
        while not value(published, "SELECT waiting_sessions FROM ops.lock_holder WHERE lock_name = 'data'"):
            time.sleep(0.02)
        found = health(published)
        assert [found[f'lock "{lock}"']["level"] for lock in ("run", "data")] == ["OK", "OK"]
        assert "runner, idle in transaction since" in found['lock "data"']["finding"]
        assert "1 wait for it" in found['lock "data"']["finding"]
        published.execute("CALL refresh_analytics()")
        message = value(published, "SELECT error_message FROM ops.run WHERE status = 'skipped'")
        assert message.startswith(f"another run is under way: backend {other.info.backend_pid} of user postgres, ")
        aged = db_text(published, "health_of_sessions").replace("'00:15:00'", "'-1'")
        rows = {row["subject"]: row["level"] for row in published.execute(aged.encode()).fetchall()}
        assert (rows['lock "run"'], rows['lock "data"']) == ("OK", "FAIL"), "a loader that hangs"
        loader.rollback()
        loader.execute("SELECT pg_advisory_unlock_all()")
        loader.commit()
        waits.join()
        sleeps = threading.Thread(
            target=other.execute, args=("SELECT pg_advisory_lock(ops.lock_key('run')), pg_sleep(1)",)
        )
        sleeps.start()
        while not value(published, "SELECT count(*) FROM ops.lock_holder WHERE lock_name = 'run'"):
            time.sleep(0.02)
        assert health(published)['lock "run"']["level"] == "WARN"
        sleeps.join()


def test_idle_transactions_are_named_once_they_are_old_and_hold_something(published: Db) -> None:
    with psycopg.connect(database_url(published)) as idle, psycopg.connect(database_url(published)) as blocked:
        aged = db_text(published, "health_of_sessions").replace("'00:05:00'", "'-1'").replace("'01:00:00'", "'-1'")

        def level(subject: str) -> tuple[str, str]:
            rows = {row["subject"]: row for row in published.execute(aged.encode()).fetchall()}
            return rows[subject]["level"], f"{rows[subject]['finding']} {rows[subject]['remedy']}"

        assert level("idle transactions") == ("OK", "none None")
        idle.execute("SELECT 1")
        assert level("idle transactions") == ("OK", "none None"), "it holds nothing"
        idle.execute("LOCK TABLE staging.orders IN SHARE MODE")
        assert health(published)["idle transactions"]["level"] == "OK", "it may end in a moment"
        told, words = level("idle transactions")
        assert told == "WARN"
        assert f"backend {idle.info.backend_pid} of user postgres since" in words
        assert level("old transactions")[0] == "WARN"
        writes = threading.Thread(target=blocked.execute, args=("UPDATE staging.orders SET status = status",))
        writes.start()
        while not waiting(published):
            time.sleep(0.02)
        told, words = level("idle transactions")
        assert (told, "others wait for" in words) == ("FAIL", True)
        idle.rollback()
        writes.join()
        blocked.rollback()
        idle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        idle.execute("SELECT FROM pg_class")
        assert level("idle transactions")[0] == "WARN", "it holds up vacuum"


def db_text(db: Db, view: str) -> str:
    """Return the query of a view of ops."""
    return str(value(db, "SELECT pg_get_viewdef(('ops.' || %s)::regclass)", view))


def test_what_a_user_may_not_see_of_others_is_told_as_not_known(
    published: Db, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published.execute("CREATE ROLE nightly LOGIN IN ROLE pipeline_runner")
    try:
        url = database_url(published).replace("postgres@", "nightly@")
        monkeypatch.setenv("DATABASE_URL", url)
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as nightly:
            published.execute("SELECT pg_advisory_lock(ops.lock_key('data'))")
            found = health(nightly)
            for subject in ('lock "data"', "idle transactions", "old transactions"):
                assert found[subject]["level"] == "WARN", subject
                assert "not known from here" in found[subject]["finding"]
                assert found[subject]["remedy"].endswith("GRANT pg_read_all_stats TO nightly")
            published.execute("GRANT pg_read_all_stats TO nightly")
            assert health(nightly)['lock "data"']["level"] == "FAIL"
    finally:
        published.execute("SELECT pg_advisory_unlock_all()")
        published.execute("DROP ROLE nightly")


def disk(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return the doctor's line of the disk."""
    capsys.readouterr()
    run("doctor", "--json")
    (row,) = [row for row in json.loads(capsys.readouterr().out) if row["subject"] == "disk"]
    return {str(key): str(text) for key, text in row.items()}


def test_the_disk_is_looked_at_by_tcp_too_where_it_is_this_machines(
    published: Db, server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published.execute("CREATE ROLE nightly LOGIN IN ROLE pipeline_runner")
    try:
        for user, text, remedy in (
            ("postgres", "GiB free", "None"),
            (
                "nightly",
                "not known from here: this user may not see data_directory",
                'pg_read_all_settings TO "nightly"',
            ),
        ):
            with relay(f"{server}/.s.PGSQL.5432") as port:
                for host in ("localhost", "127.0.0.1"):
                    monkeypatch.setenv("DATABASE_URL", f"postgresql://{user}@{host}:{port}/{published.info.dbname}")
                    found = disk(capsys)
                    assert text in found["text"]
                    assert user == "postgres" or (found["level"], found["remedy"].endswith(remedy)) == ("WARN", True)
    finally:
        published.execute("DROP ROLE nightly")


@pytest.mark.parametrize(
    ("host", "hostaddr", "server_address", "client_address", "is_here"),
    [
        ("/run/postgresql", "", None, None, True),
        ("localhost", "127.0.0.1", "127.0.0.1", "127.0.0.1", True),
        ("localhost", "::1", "::1", "::1", True),
        ("shop.example.com", "10.0.0.5", "10.0.0.5", "10.0.0.5", True),
        ("db.example.com", "10.0.0.6", "10.0.0.6", "10.0.0.5", False),
        ("localhost", "127.0.0.1", "172.17.0.2", "172.17.0.1", False),  # a container's port, handed on
        ("pool.example.com", "10.0.0.6", "127.0.0.1", "127.0.0.1", False),  # a pool beside the server
    ],
)
def test_a_server_elsewhere_is_told_as_one_whose_disk_is_not_known(
    host: str, hostaddr: str, server_address: str | None, client_address: str | None, is_here: bool
) -> None:
    connection = MagicMock()
    connection.info.host, connection.info.hostaddr = host, hostaddr
    row = {"is_one": server_address == client_address, "server": server_address, "folder": "/", "size": 0}
    connection.execute.return_value.fetchone.return_value = row
    found = doctor._disk(connection)
    assert ("not known from here" not in found.text, found.level != "WARN" or not is_here) == (is_here, True)


def test_a_folder_that_is_not_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = MagicMock()
    connection.info.host = "/run/postgresql"
    connection.execute.return_value.fetchone.return_value = {"folder": "/nowhere/data", "size": 0}
    found = doctor._disk(connection)
    assert (found.level, found.text) == ("WARN", "not known from here: /nowhere/data: No such file or directory")


def test_an_extension_that_is_behind_its_files_is_told(published: Db) -> None:
    assert health(published)["extensions"] == {
        "level": "OK", "subject": "extensions", "finding": "plpgsql 1.0; no pg_cron", "remedy": None,
    }  # fmt: skip
    published.execute("UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'plpgsql'")
    row = health(published)["extensions"]
    assert (row["level"], row["finding"]) == ("WARN", "plpgsql 0.9 (1.0 is there); no pg_cron")
    assert row["remedy"] == "ALTER EXTENSION plpgsql UPDATE"
    published.execute("UPDATE pg_extension SET extname = 'gone'")
    row = health(published)["extensions"]
    assert (row["level"], "not to be seen" in row["finding"], "package" in row["remedy"]) == ("WARN", True, True)


def test_what_was_never_published_is_told(db: Db) -> None:
    assert health(db)["age of figures"] == {
        "level": "WARN", "subject": "age of figures", "finding": "never published", "remedy": "Run: runner refresh",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "role", "told"),
    [
        ("GRANT UPDATE ON ops.audit TO pipeline_runner", "pipeline_runner", "has UPDATE on ops.audit"),
        (
            "GRANT SELECT (email) ON staging.customers TO pipeline_reader",
            "pipeline_reader",
            "has SELECT (email) on staging.cust",
        ),
        ("GRANT CREATE ON SCHEMA bi TO PUBLIC", "PUBLIC", "has CREATE on bi"),
        ("GRANT EXECUTE ON ALL ROUTINES IN SCHEMA ops TO PUBLIC", "PUBLIC", "more like these"),
        ("GRANT SELECT ON staging.customers TO PUBLIC", "PUBLIC", "has SELECT on staging.customers"),
        ("REVOKE USAGE ON SCHEMA bi FROM pipeline_reader", "pipeline_reader", "lacks USAGE on bi"),
    ],
)
def test_rights_beside_the_rules_are_found_and_migrate_says_that_it_settled_them(
    published: Db, capsys: pytest.CaptureFixture[str], statement: str, role: str, told: str
) -> None:
    assert {row["level"] for subject, row in health(published).items() if subject.startswith("rights")} == {"OK"}
    published.execute(statement.encode())
    row = health(published)[f"rights of {role}"]
    assert (row["level"], "runner migrate" in row["remedy"]) == ("FAIL", True)
    assert told in row["finding"]
    assert run("migrate", "--dry-run") == 0
    assert "would settle " in capsys.readouterr().out
    assert health(published)[f"rights of {role}"]["level"] == "FAIL"
    assert run("migrate") == 0
    done = capsys.readouterr()
    assert done.out.splitlines()[0].startswith("settle GRANT" if "lacks" in told else "settle REVOKE")
    assert "nothing to do" not in done.err
    assert health(published)[f"rights of {role}"]["level"] == "OK"
    assert run("migrate") == 0
    assert "nothing to do" in capsys.readouterr().err


def test_rights_by_membership_are_found(published: Db) -> None:
    """What a role may do as a member of another is no grant of the pipeline, so migrate leaves it."""
    published.execute("GRANT pg_read_all_data TO pipeline_analyst")
    try:
        row = health(published)["rights of pipeline_analyst"]
        assert (row["level"], "REVOKE" in row["remedy"]) == ("FAIL", True)
    finally:
        published.execute("REVOKE pg_read_all_data FROM pipeline_analyst")
    published.execute("GRANT SELECT ON staging.customers TO pg_monitor")
    assert health(published)["rights of pg_monitor"]["level"] == "OK", "a role of their own"


@pytest.mark.parametrize(
    ("number", "level"), [(150005, "FAIL"), (150006, "OK"), (160001, "FAIL"), (160002, "OK"), (180000, "OK")]
)
def test_a_server_with_the_hole_in_refresh_is_told_to_update(db: Db, number: int, level: str) -> None:
    """The view's own text is asked about versions that are not here."""
    text = value(db, "SELECT pg_get_viewdef('ops.health_of_server'::regclass)")
    asked = re.sub(r"\(?current_setting\('server_version_num'::text\)\)?::integer", str(number), text)
    assert asked != text
    rows = {row["subject"]: row["level"] for row in db.execute(asked.encode()).fetchall()}
    assert rows["minor version"] == level


# --- what monitoring reads --------------------------------------------------------------------------------------------


def exposed(capsys: pytest.CaptureFixture[str]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return what Prometheus's own parser reads, by name and labels."""
    capsys.readouterr()
    assert run("status", "--prometheus") == 0
    families = list(text_string_to_metric_families(capsys.readouterr().out))  # type: ignore[no-untyped-call]
    assert all(family.type == "gauge" and family.documentation for family in families)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_monitoring_reads_figures_that_its_own_parser_takes(
    published: Db, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    load.load(shop.write(tmp_path / "in", orders=[*shop.ROWS["orders"], "O5,C1,never,completed,1.00"]))
    published.execute("UPDATE staging.orders SET status = 'odd' WHERE order_id = 'O2'")
    run("refresh")
    name = 'a "quoted" \\ name\nof two lines'
    published.execute("INSERT INTO ops.assertion_result SELECT 2, %s, 'warn', 3, '[]', 0", (name,))
    found = exposed(capsys)

    def figure(metric: str, **labels: str) -> float:
        return found[f"pipeline_{metric}", frozenset(labels.items())]

    assert figure("last_run_success") == 1
    assert figure("runs", status="succeeded") == 2
    assert 0 < figure("last_run_seconds") < 60
    assert 0 < figure("figures_age_seconds") < 60
    assert figure("figures_max_age_seconds") == 7 * 3600
    assert figure("data_age_days") == 0
    assert figure("refused_rows") == 1
    assert figure("last_load_rows", table="orders", outcome="refused") == 1
    assert figure("last_load_rows", table="orders", outcome="unchanged") == 4
    assert figure("view_rows", view="product_performance") == 2
    assert figure("assertion_violations", assertion="order_status_known", severity="warn") == 1
    assert figure("assertion_violations", assertion=name, severity="warn") == 3
    assert figure("open_alerts", kind="rows refused", severity="warn") == 1
    assert figure("open_alerts", kind="refresh failed", severity="error") == 0
    assert figure("health_findings", level="FAIL") == 0
    assert figure("database_bytes") > 1_000_000


def test_monitoring_reads_an_empty_installation(db: Db, capsys: pytest.CaptureFixture[str]) -> None:
    assert ("pipeline_database_bytes", frozenset()) in exposed(capsys)


# --- what is tried again ----------------------------------------------------------------------------------------------


def held_up(db: Db, during: Callable[[psycopg.Connection[Any], int], None], table: str) -> refresh.Run:
    """Refresh while another session holds a table that the run needs late; do something when the run waits for it."""
    ended: list[refresh.Run | Exception] = []

    def call() -> None:
        try:
            ended.append(refresh.refresh())
        except PipelineError as error:
            ended.append(error)

    db.execute("UPDATE staging.orders SET total_amount = 9 WHERE order_id = 'O3'")
    db.execute("UPDATE staging.order_items SET total_amount = 9 WHERE order_id = 'O3'")
    with psycopg.connect(database_url(db), autocommit=False) as other:
        other.execute("SET deadlock_timeout = '30s'")
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        thread = threading.Thread(target=call)
        thread.start()
        deadline = time.monotonic() + 20
        while (backend := waiting(db)) is None:
            assert time.monotonic() < deadline
            assert thread.is_alive()
            time.sleep(0.01)
        during(other, backend)
        other.commit()
    thread.join(30)
    (outcome,) = ended
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def test_a_deadlock_made_on_purpose_is_tried_again_by_the_server(published: Db) -> None:
    """The run waits for a table of ours while we ask for one of its; its session looks for deadlocks first."""
    published.execute(f"ALTER DATABASE {published.info.dbname} SET deadlock_timeout = '400ms'".encode())

    def cross(other: psycopg.Connection[Any], backend: int) -> None:
        other.execute("LOCK TABLE rollup.days IN ACCESS EXCLUSIVE MODE")

    run_ = held_up(published, cross, "rollup.segment_months").run
    assert (run_["status"], run_["attempts"], run_["client_attempt"]) == ("succeeded", 2, 1)
    assert value(published, "SELECT total_revenue FROM bi.kpi_summary") == 18 + 4 + 9


def test_a_lock_that_cannot_be_had_is_tried_three_times_and_the_run_is_then_due_again(published: Db) -> None:
    published.execute(f"ALTER DATABASE {published.info.dbname} SET lock_timeout = '100ms'".encode())
    with pytest.raises(PipelineError, match="lock timeout"):
        held_up(published, lambda *_: time.sleep(1.5), "rollup.segment_months")
    failed = published.execute(
        "SELECT status, attempts, error_state FROM ops.run ORDER BY run_id DESC LIMIT 1"
    ).fetchone()
    assert failed == {"status": "failed", "attempts": 3, "error_state": "55P03"}


def test_what_fails_for_good_is_tried_once(published: Db) -> None:
    published.execute("UPDATE config.expectation SET min_customers = 3")
    assert run("refresh") == 1
    row = published.execute("SELECT attempts, client_attempt FROM ops.run ORDER BY run_id DESC LIMIT 1").fetchone()
    assert row == {"attempts": 1, "client_attempt": 1}
    assert value(published, "SELECT count(*) FROM ops.run") == 2


def test_a_run_whose_connection_is_lost_is_called_again_by_the_runner(published: Db) -> None:
    def kill(_: psycopg.Connection[Any], backend: int) -> None:
        published.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))

    run_ = held_up(published, kill, "rollup.segment_months").run
    assert (run_["status"], run_["client_attempt"]) == ("succeeded", 2)
    log = published.execute("SELECT status, client_attempt FROM ops.run ORDER BY run_id").fetchall()
    assert [tuple(row.values()) for row in log] == [("succeeded", 1), ("abandoned", 1), ("succeeded", 2)]


def test_a_run_that_goes_on_without_its_client_is_waited_for_and_not_made_twice(published: Db) -> None:
    """As after a cut that only the client sees: the run of the lost connection is held up a while, then ends."""
    with (
        psycopg.connect(database_url(published), autocommit=True) as lost,
        psycopg.connect(database_url(published), autocommit=False) as other,
    ):
        call = refresh._Call(None, False, lambda _: None)
        call._backend, call._earlier = lost.info.backend_pid, 1
        other.execute("LOCK TABLE rollup.segment_months IN ACCESS EXCLUSIVE MODE")
        published.execute("UPDATE staging.orders SET total_amount = 9 WHERE order_id = 'O3'")
        published.execute("UPDATE staging.order_items SET total_amount = 9 WHERE order_id = 'O3'")
        going_on = threading.Thread(target=lambda: lost.execute("CALL refresh_analytics()"))
        going_on.start()
        while waiting(published) is None:
            time.sleep(0.01)
        release = threading.Timer(0.7, other.commit)
        release.start()
        run_ = call.make(2).run
        going_on.join()
        release.join()
    assert (run_["run_id"], run_["status"], run_["client_attempt"]) == (2, "succeeded", 1)
    assert value(published, "SELECT count(*) FROM ops.run") == 2


def test_every_table_of_staging_and_config_is_watched_and_a_trigger_that_was_lost_comes_back(db: Db) -> None:
    query = (
        "SELECT t.tgrelid::regclass::text || ' ' || t.tgname AS trigger FROM pg_trigger AS t"
        " INNER JOIN pg_class AS c ON t.tgrelid = c.oid AND t.tgname ~ '^(audit|clear_origin)'"
        " WHERE c.relnamespace IN ('staging'::regnamespace, 'config'::regnamespace) ORDER BY 1"
    )
    whole = db.execute(query.encode()).fetchall()
    tables = {row["trigger"].split()[0] for row in whole}
    expected = db.execute(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('staging', 'config')"
    ).fetchall()
    assert tables == {row["name"] for row in expected}
    db.execute("DROP TRIGGER audit_delete ON staging.orders; DROP TRIGGER clear_origin ON staging.orders")
    db.execute("DROP TRIGGER audit_update ON config.shop")
    db.execute("CALL ops.watch_writes()")
    assert db.execute(query.encode()).fetchall() == whole
