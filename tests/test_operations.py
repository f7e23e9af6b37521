"""It runs itself: what is due, what is forgotten, what is told, what is written down."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from runner import cli, maintain
from tests.conftest import Db, database_url


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
