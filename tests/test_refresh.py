"""refresh_analytics(): all or nothing, one at a time, on one snapshot."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests import shop
from tests.conftest import Db, database_url

VIOLATIONS = {
    "customer_row_count": "UPDATE config.expectation SET min_customers = 3",
    "product_row_count": "UPDATE config.expectation SET min_products = 3",
    "customer_names_present": "UPDATE staging.customers SET first_name = ' ', last_name = NULL WHERE email ~ 'ada'",
    "customers_classified": "DELETE FROM config.customer_tier WHERE customer_tier = 'Prospect'; "
    "INSERT INTO staging.customers (customer_id, first_name) VALUES ('C9', 'Never bought')",
    "revenue_not_negative": "UPDATE rollup.customers SET total_revenue = -1 WHERE customer_id = 'C2'",
    "data_fresh": "UPDATE config.clock SET as_of = '2024-03-20', is_fixed = true",
    "order_totals_agree": "UPDATE rollup.days SET total_revenue = total_revenue + 0.01 WHERE sale_date > '2024-03-01'",
    "audited_days_agree": "UPDATE rollup.days SET total_orders = total_orders + 1; "
    "UPDATE config.expectation SET audited_days = 99",
    "item_totals_agree": "UPDATE rollup.product_days SET quantity_sold = quantity_sold + 1 WHERE product_id = 'P1'",
    "rollups_agree": "UPDATE rollup.customers SET first_order_date = '2024-02-01'; "
    "UPDATE config.expectation SET audited_customers = 99",
    "load_rows_accounted": "INSERT INTO ops.load (folder, status) VALUES ('x', 'succeeded'); "
    "INSERT INTO ops.load_file (load_id, table_name, file_name, sha256, byte_count, line_count, rows_read) "
    "VALUES (currval('ops.load_load_id_seq'), 'orders', 'orders.csv', '', 1, 2, 1)",
}


def last_run(db: Db) -> dict[str, Any]:
    run = db.execute("SELECT * FROM ops.run ORDER BY run_id DESC LIMIT 1").fetchone()
    assert run is not None
    return run


def test_every_error_assertion_has_a_planted_violation(db: Db) -> None:
    results = db.execute("SELECT assertion_name FROM ops.run_assertions() WHERE severity = 'error'").fetchall()
    # kpis_agree compares views of one refresh with each other: no row of a table can make them differ.
    assert {row["assertion_name"] for row in results} - {"kpis_agree"} == set(VIOLATIONS)


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_publishes_nothing_and_is_logged(published: Db, name: str) -> None:
    before = shop.hashes(published)
    published.execute("UPDATE staging.orders SET total_amount = 99 WHERE order_id = 'O1'")
    published.execute("UPDATE staging.order_items SET total_amount = 49.50 WHERE order_id = 'O1'")
    published.execute("SELECT rollup.apply_changes()")
    published.execute(VIOLATIONS[name].encode())

    with pytest.raises(psycopg.DatabaseError) as caught:
        published.execute("CALL refresh_analytics()")

    assert caught.value.sqlstate == "EA001"
    assert name in str(caught.value)
    assert shop.hashes(published) == before
    run = last_run(published)
    assert (run["status"], run["error_state"]) == ("failed", "EA001")
    result = published.execute(
        "SELECT * FROM ops.assertion_result WHERE run_id = %s AND assertion_name = %s", (run["run_id"], name)
    ).fetchone()
    assert result is not None
    assert result["violation_count"] >= 1
    assert result["violating_rows"][0]


def test_headline_figures_that_differ_from_their_parts_are_a_violation(published: Db) -> None:
    published.execute("UPDATE staging.orders SET total_amount = 99 WHERE order_id = 'O1'")
    published.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    published.execute("REFRESH MATERIALIZED VIEW analytics.daily_sales")
    assert published.execute("SELECT * FROM assertions.kpis_agree").rowcount == 1


def test_a_warning_does_not_stop_the_publish(published: Db) -> None:
    published.execute("UPDATE staging.orders SET status = 'odd' WHERE order_id = 'O2'")
    published.execute("CALL refresh_analytics()")
    run = last_run(published)
    assert run["status"] == "succeeded"
    result = published.execute(
        "SELECT violating_rows FROM ops.assertion_result WHERE run_id = %s AND assertion_name = 'order_status_known'",
        (run["run_id"],),
    ).fetchone()
    assert result == {"violating_rows": [{"status": "odd", "order_count": 1, "total_amount": 4.00}]}


def test_a_shop_may_turn_an_error_into_a_warning(published: Db) -> None:
    published.execute(VIOLATIONS["data_fresh"].encode())
    published.execute("INSERT INTO config.assertion_severity VALUES ('data_fresh', 'warn', 'closed in March')")
    published.execute("CALL refresh_analytics()")
    assert last_run(published)["status"] == "succeeded"


def test_marks_of_a_failed_run_are_kept_for_the_next(published: Db) -> None:
    published.execute("UPDATE staging.orders SET total_amount = 99 WHERE order_id = 'O1'")
    published.execute("UPDATE config.expectation SET min_customers = 3")
    with pytest.raises(psycopg.DatabaseError):
        published.execute("CALL refresh_analytics()")
    published.execute("UPDATE config.expectation SET min_customers = 0")
    published.execute("CALL refresh_analytics()")
    revenue = published.execute("SELECT total_revenue FROM bi.kpi_summary").fetchone()
    assert revenue is not None
    assert revenue["total_revenue"] == 99 + 4 + 10


def test_views_whose_inputs_did_not_change_are_not_refreshed(published: Db) -> None:
    published.execute("CALL refresh_analytics()")
    steps = published.execute(
        "SELECT step_name, status FROM ops.step WHERE run_id = %s", (last_run(published)["run_id"],)
    )
    states = {row["step_name"]: row["status"] for row in steps}
    assert set(states.values()) - {"done"} == {"unchanged"}
    assert {name for name, state in states.items() if state == "done"} == {"rollups", "assertions"}


def test_a_changed_limit_reaches_the_views_that_read_it(published: Db) -> None:
    published.execute("UPDATE config.customer_tier SET min_orders = 3 WHERE customer_tier = 'Regular'")
    published.execute("UPDATE config.order_status SET is_revenue = true WHERE status = 'cancelled'")
    published.execute("CALL refresh_analytics()")
    row = published.execute("SELECT completed_orders, customer_tier FROM bi.customer_metrics WHERE customer_id = 'C1'")
    assert row.fetchone() == {"completed_orders": 2, "customer_tier": "One-time"}


def test_a_free_clock_follows_the_calendar_and_a_fixed_one_stays(published: Db) -> None:
    assert last_run(published)["as_of"].isoformat() == shop.AS_OF
    published.execute("INSERT INTO config.assertion_severity VALUES ('data_fresh', 'warn', 'old rows')")
    # 14 hours before UTC or 11 after it: one of the two is at another date now.
    zone = "Pacific/Kiritimati" if datetime.now(UTC).hour >= 11 else "Pacific/Midway"
    published.execute("UPDATE config.shop SET time_zone = %s", (zone,))
    published.execute("CALL refresh_analytics('infinity')")
    today = published.execute("SELECT (now() AT TIME ZONE %s)::date AS today", (zone,)).fetchone()
    assert today is not None
    assert today["today"] != datetime.now(UTC).date()
    assert last_run(published)["as_of"] == today["today"]


def test_a_call_inside_a_transaction_block_is_refused_and_leaves_no_lock(published: Db) -> None:
    with pytest.raises(psycopg.errors.InvalidTransactionTermination), published.transaction():
        published.execute("CALL refresh_analytics()")
    assert published.execute("SELECT FROM pg_locks WHERE locktype = 'advisory'").fetchone() is None


def test_no_lock_is_left_after_success_or_failure(published: Db) -> None:
    published.execute("UPDATE config.expectation SET min_customers = 3")
    with pytest.raises(psycopg.DatabaseError):
        published.execute("CALL refresh_analytics()")
    assert published.execute("SELECT FROM pg_locks WHERE locktype = 'advisory'").fetchone() is None


def slow_assertion(db: Db, seconds: float) -> None:
    """Make every run last a while, inside the guarded block."""
    db.execute(
        f"CREATE VIEW assertions.slow AS SELECT 1 AS x WHERE pg_sleep({seconds})::text = 'never';"
        "COMMENT ON VIEW assertions.slow IS 'warn: Takes its time.'".encode()
    )


def in_background(url: str, sql: str) -> tuple[threading.Thread, list[Exception], psycopg.Connection[Any]]:
    """Start a statement on a connection of its own."""
    connection = psycopg.connect(url, autocommit=True)
    errors: list[Exception] = []

    def work() -> None:
        try:
            connection.execute(sql.encode())
        except psycopg.Error as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, errors, connection


def wait_for_running(db: Db) -> None:
    for _ in range(200):
        if db.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'").rowcount:
            return
        time.sleep(0.02)
    pytest.fail("the run did not begin")


def test_of_two_runs_at_once_one_runs_and_one_is_skipped(published: Db) -> None:
    slow_assertion(published, 1)
    thread, errors, other = in_background(database_url(published), "CALL refresh_analytics()")
    wait_for_running(published)
    published.execute("CALL refresh_analytics()")
    assert last_run(published)["status"] == "skipped"
    assert "is under way" in last_run(published)["error_message"]
    thread.join()
    other.close()
    assert errors == []
    states = published.execute("SELECT status FROM ops.run ORDER BY run_id").fetchall()
    assert [row["status"] for row in states] == ["succeeded", "succeeded", "skipped"]


def test_a_killed_run_is_adopted_by_the_next_which_succeeds(published: Db) -> None:
    slow_assertion(published, 30)
    published.execute("UPDATE staging.orders SET total_amount = 99 WHERE order_id = 'O1'")
    before = shop.hashes(published)
    thread, errors, other = in_background(database_url(published), "CALL refresh_analytics()")
    wait_for_running(published)
    published.execute("SELECT pg_terminate_backend(%s)", (other.info.backend_pid,))
    thread.join()
    other.close()
    assert len(errors) == 1
    assert shop.hashes(published) == before
    published.execute("DROP VIEW assertions.slow")
    published.execute("CALL refresh_analytics()")
    states = published.execute("SELECT status FROM ops.run ORDER BY run_id").fetchall()
    assert [row["status"] for row in states] == ["succeeded", "abandoned", "succeeded"]
    assert shop.hashes(published) != before


def test_a_cancelled_run_is_logged_and_leaves_no_lock(published: Db) -> None:
    slow_assertion(published, 30)
    thread, errors, other = in_background(database_url(published), "CALL refresh_analytics()")
    wait_for_running(published)
    published.execute("SELECT pg_cancel_backend(%s)", (other.info.backend_pid,))
    thread.join()
    assert [type(error) for error in errors] == [psycopg.errors.QueryCanceled]
    assert last_run(published)["status"] == "failed"
    assert published.execute("SELECT FROM pg_locks WHERE locktype = 'advisory'").fetchone() is None
    other.close()


def test_a_transient_error_is_tried_again(published: Db) -> None:
    published.execute(
        "CREATE SEQUENCE public.tries; CREATE FUNCTION public.flaky() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('public.tries') < 3 THEN RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'try again'; END IF; "
        "RETURN false; END $$; CREATE VIEW assertions.flaky AS SELECT 1 AS x WHERE public.flaky();"
        "COMMENT ON VIEW assertions.flaky IS 'error: Fails twice.'"
    )
    published.execute("CALL refresh_analytics()")
    assert (last_run(published)["status"], last_run(published)["attempts"]) == ("succeeded", 3)


def wait_for_lock(db: Db, pid: int) -> None:
    for _ in range(200):
        if db.execute("SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'", (pid,)).rowcount:
            return
        time.sleep(0.02)
    pytest.fail("nobody waits")


@pytest.mark.parametrize("call", ["CALL refresh_analytics()", "CALL refresh_analytics(p_full => true)"])
def test_a_table_that_another_writer_empties_and_fills_is_published_as_he_left_it(published: Db, call: str) -> None:
    """TRUNCATE is not undone for a snapshot that is older than its commit, so the snapshot waits for it."""
    with psycopg.connect(database_url(published)) as writer:
        writer.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM staging.orders")
        writer.execute("CREATE TEMPORARY TABLE lines AS SELECT * FROM staging.order_items")
        writer.execute("TRUNCATE staging.orders, staging.order_items")
        names = "order_id, customer_id, order_date, status"
        writer.execute(
            f"INSERT INTO staging.orders ({names}, total_amount) SELECT {names}, total_amount + 1 FROM kept".encode()
        )
        writer.execute("INSERT INTO staging.order_items SELECT * FROM lines")
        thread, errors, other = in_background(database_url(published), call)
        wait_for_lock(published, other.info.backend_pid)
        writer.commit()
        thread.join()
        other.close()
    assert errors == []
    assert last_run(published)["status"] == "succeeded"
    revenue = "SELECT total_revenue AS revenue FROM bi.kpi_summary"
    assert published.execute(revenue.encode()).fetchone() == {"revenue": 18 + 4 + 10 + 3}


def test_an_apply_that_waits_for_a_load_does_not_hold_the_clock(published: Db) -> None:
    published.execute("UPDATE config.clock SET as_of = as_of - 1, is_fixed = false")
    published.execute("SELECT pg_advisory_lock(ops.lock_key('data'))")
    thread, errors, other = in_background(database_url(published), "CALL apply_changes()")
    wait_for_lock(published, other.info.backend_pid)
    published.execute("SET lock_timeout = '2s'")
    published.execute("CALL config.set_clock('2024-03-02')")
    published.execute("SELECT pg_advisory_unlock(ops.lock_key('data'))")
    thread.join()
    other.close()
    assert errors == []
    clock = published.execute("SELECT as_of::text, is_fixed FROM config.clock").fetchone()
    assert clock == {"as_of": "2024-03-02", "is_fixed": True}, "what was set meanwhile stays"


def test_figures_do_not_hang_on_the_time_zone_of_a_session(db: Db) -> None:
    """On 26 April 2024 there was no midnight in Cairo."""
    shop.fill(db)
    db.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " SELECT 'N' || n, 'C1', date '2024-03-20' + n, 'completed', 10 + n % 3 FROM generate_series(0, 60) AS n"
    )
    hashes = []
    for zone in ("UTC", "Africa/Cairo"):
        db.execute(f"SET timezone = '{zone}'".encode())
        db.execute("CALL refresh_analytics(p_as_of => '2024-05-19', p_full => true)")
        hashes.append(shop.hashes(db))
        last = db.execute("SELECT max(sale_date)::text AS day FROM bi.daily_sales").fetchone()
        assert last == {"day": "2024-05-19"}
    assert hashes[0] == hashes[1]


@pytest.mark.slow
def test_readers_never_wait_long_and_never_see_two_publishes_mixed(published: Db) -> None:
    """A reader polls the views in repeatable-read transactions while twenty refreshes publish.

    lock_timeout ends a wait of 100 ms for a refresh with an error; a wait for a processor that other tests keep busy is none.
    """
    url = database_url(published)
    done = threading.Event()
    mixed = []
    publishes = set()
    waits: list[psycopg.Error] = []

    def read() -> None:
        with psycopg.connect(url, options="-c lock_timeout=100ms") as reader:
            reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            while not done.is_set():
                with reader.transaction():
                    days = reader.execute("SELECT sum(total_revenue) FROM bi.daily_sales").fetchone()
                    customers = reader.execute("SELECT sum(total_revenue) FROM bi.customer_metrics").fetchone()
                    kpis = reader.execute("SELECT total_revenue FROM bi.kpi_summary").fetchone()
                assert days is not None
                assert customers is not None
                assert kpis is not None
                publishes.add(kpis[0])
                if not days[0] == customers[0] + 10 == kpis[0]:  # 10: the guest's order
                    mixed.append((days, customers, kpis))

    def read_until_a_wait() -> None:
        try:
            read()
        except psycopg.Error as error:
            waits.append(error)

    thread = threading.Thread(target=read_until_a_wait)
    thread.start()
    try:
        for number in range(20):
            published.execute("UPDATE staging.orders SET total_amount = %s WHERE order_id = 'O1'", (100 + number,))
            published.execute("CALL refresh_analytics()")
    finally:
        done.set()
        thread.join()
    assert mixed == []
    assert len(publishes) > 5
    assert waits == []
