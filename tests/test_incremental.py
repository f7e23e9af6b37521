"""Refreshes whose cost follows the change: what is unchanged is left alone, and what is kept stays small and right."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from decimal import Decimal
from statistics import median
from typing import Any

import psycopg
import pytest

from tests import shop
from tests.conftest import Db, database_url
from tests.test_rollup_law import differences

WRITERS, WRITES = 3, 40


def steps(db: Db) -> dict[str, str]:
    """Return the status of each step of the last run by its name."""
    rows = db.execute(
        "SELECT step_name, status FROM ops.step WHERE run_id = (SELECT max(run_id) FROM ops.run)"
    ).fetchall()
    return {row["step_name"]: row["status"] for row in rows}


def refreshed(db: Db) -> set[str]:
    """Return the views that the last run refreshed."""
    return {name for name, status in steps(db).items() if status == "done"} - {"rollups", "models", "assertions"}


def test_a_refresh_after_nothing_changed_refreshes_nothing_and_repeats_results(published: Db) -> None:
    published.execute("CALL refresh_analytics()")
    assert refreshed(published) == set()
    results = published.execute(
        "SELECT assertion_name, is_repeated, violation_count FROM ops.assertion_result"
        " WHERE run_id = (SELECT max(run_id) FROM ops.run)"
    ).fetchall()
    asked = {row["assertion_name"] for row in results if not row["is_repeated"]}
    assert asked == {"audited_days_agree", "rollups_agree"}, "the audit is drawn anew each time"
    assert len(results) == len(list(shop_assertions(published)))


def test_a_rollup_written_by_hand_is_not_published_whichever_it_is(published: Db) -> None:
    """Nothing else changed, so that but for what was written the audit would count less."""
    published.execute("UPDATE config.expectation SET audited_days = 99, audited_customers = 99")
    published.execute("CALL refresh_analytics()")
    tables = published.execute(
        "SELECT m.table_name, min(a.attname) AS column_name FROM rollup.maintained_table AS m"
        " INNER JOIN pg_attribute AS a ON a.attrelid = format('rollup.%I', m.table_name)::regclass AND a.attnum > 0"
        "  AND a.atttypid IN ('bigint'::regtype, 'numeric'::regtype) AND position(a.attname IN m.key_list) = 0"
        " WHERE m.group_column <> 'sale_month'"  # months are not drawn
        " GROUP BY m.table_name"
    ).fetchall()
    empty = set()
    for row in tables:
        write = f"UPDATE rollup.{row['table_name']} SET {row['column_name']} = {row['column_name']} + %s"
        if not published.execute(write.encode(), (1,)).rowcount:
            empty.add(row["table_name"])
            continue
        if row["table_name"] == "pair_days":  # which no view reads: it is found when something is published again
            published.execute("CALL refresh_analytics()")
            assert refreshed(published) == set()
            published.execute("UPDATE staging.customers SET first_name = first_name")
        with pytest.raises(psycopg.DatabaseError, match="rollups_agree"):
            published.execute("CALL refresh_analytics()")
        published.execute(write.encode(), (-1,))
        published.execute("CALL refresh_analytics()")
    assert len(tables) > 13
    assert empty <= {"pairs", "refund_days"}


def test_a_day_that_came_past_the_triggers_is_found_though_no_rollup_has_it(published: Db) -> None:
    published.execute("SET session_replication_role = replica")
    published.execute(
        "INSERT INTO staging.orders (order_id, order_date, status, total_amount)"
        " VALUES ('N1', '2024-02-29', 'completed', 7.5)"
    )
    published.execute("RESET session_replication_role")

    def refresh_often() -> None:
        for _ in range(100):  # one time in four
            published.execute("CALL refresh_analytics()")

    with pytest.raises(psycopg.DatabaseError, match="rollups_agree"):
        refresh_often()


def test_units_of_a_changed_day_are_held_against_staging(published: Db) -> None:
    published.execute("UPDATE rollup.item_days SET units_sold = units_sold + 1 WHERE sale_date = '2024-03-01'")
    published.execute("DELETE FROM rollup.audited")
    published.execute(
        "INSERT INTO rollup.audited (sale_date, is_sample) VALUES ('2024-03-01', true), ('2024-03-02', false)"
    )
    assert published.execute("TABLE assertions.audited_days_agree").rowcount == 0, (
        "of a drawn day the audit counts them"
    )
    published.execute("INSERT INTO rollup.audited (sale_date, is_sample) VALUES ('2024-03-01', false)")
    found = published.execute("SELECT rollup_quantity - staging_quantity AS more FROM assertions.audited_days_agree")
    assert found.fetchall() == [{"more": 1}]


def test_what_was_made_or_renamed_by_hand_is_known_at_the_next_refresh(published: Db) -> None:
    published.execute("CREATE TABLE staging.extra (n integer)")
    published.execute(
        "CREATE VIEW assertions.extra_empty AS SELECT e.n FROM staging.extra AS e"
    )  # no comment: an error
    published.execute("CALL refresh_analytics()")
    published.execute("ALTER TABLE staging.extra RENAME TO more")
    published.execute("CALL ops.watch_inputs()")
    published.execute("CALL refresh_analytics()")
    published.execute("INSERT INTO staging.more VALUES (1)")
    with pytest.raises(psycopg.DatabaseError, match="extra_empty"):
        published.execute("CALL refresh_analytics()")
    published.execute("ALTER VIEW assertions.extra_empty RENAME TO more_empty")
    with pytest.raises(psycopg.DatabaseError, match="more_empty"):
        published.execute("CALL refresh_analytics()")
    published.execute("DELETE FROM staging.more")
    published.execute("CALL refresh_analytics()")
    kept = published.execute(
        "SELECT view_name, depth, input_tables FROM ops.known_view ORDER BY schema_name, view_name"
    )
    found = published.execute(
        "SELECT view_name, depth, input_tables FROM ops.view_input ORDER BY schema_name, view_name"
    )
    assert kept.fetchall() == found.fetchall()


def shop_assertions(db: Db) -> list[str]:
    rows = db.execute("SELECT viewname FROM pg_views WHERE schemaname = 'assertions'").fetchall()
    return [row["viewname"] for row in rows]


def test_a_result_is_not_repeated_after_its_inputs_or_its_text_changed(published: Db) -> None:
    published.execute("UPDATE config.expectation SET min_products = 3")
    with pytest.raises(psycopg.DatabaseError, match="product_row_count"):
        published.execute("CALL refresh_analytics()")
    published.execute("UPDATE config.expectation SET min_products = 0")
    published.execute("CALL refresh_analytics()")
    published.execute(
        "UPDATE ops.installed_object SET installed_at = clock_timestamp()"
        " WHERE object_name = 'assertions.product_row_count'"
    )
    published.execute("CALL refresh_analytics()")
    row = published.execute(
        "SELECT is_repeated FROM ops.assertion_result WHERE assertion_name = 'product_row_count'"
        " AND run_id = (SELECT max(run_id) FROM ops.run)"
    ).fetchone()
    assert row == {"is_repeated": False}


def test_a_repeated_warning_is_told_again(published: Db) -> None:
    published.execute("UPDATE staging.orders SET status = 'odd' WHERE order_id = 'O2'")
    for _ in range(2):
        published.execute("CALL refresh_analytics()")
        row = published.execute(
            "SELECT violation_count FROM ops.assertion_result WHERE assertion_name = 'order_status_known'"
            " AND run_id = (SELECT max(run_id) FROM ops.run)"
        ).fetchone()
        assert row == {"violation_count": 1}


def test_a_change_of_one_table_refreshes_just_the_views_above_it(published: Db) -> None:
    published.execute("UPDATE config.performance_category SET from_share = 0.3 WHERE performance_category = 'Good'")
    published.execute("CALL refresh_analytics()")
    done = refreshed(published)
    assert "product_performance" in done
    assert "customer_metrics" not in done
    assert "daily_sales" not in done


def test_a_turn_of_the_day_refreshes_what_depends_on_the_clock(published: Db) -> None:
    published.execute("CALL refresh_analytics('2024-03-04')")
    done = refreshed(published)
    assert {"customer_metrics", "daily_sales", "kpi_summary"} <= done
    row = published.execute("SELECT as_of FROM bi.kpi_summary").fetchone()
    assert row is not None
    assert str(row["as_of"]) == "2024-03-04"


def test_a_customer_as_of_a_year_and_of_30_days_before_follows_the_clock(published: Db) -> None:
    """A year before 29 February lies 28 February, 366 days back, which is no border of a window of days."""
    published.execute("UPDATE config.expectation SET max_data_age_days = 99")
    published.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES ('Y', 'Y')")
    published.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount) VALUES"
        " ('Y1', 'Y', '2023-02-28', 'completed', 1), ('Y2', 'Y', '2023-03-01', 'completed', 1),"
        " ('Y3', 'Y', '2023-06-01', 'cancelled', 1), ('Y4', 'Y', '2024-02-28', 'shipped', 1)"
    )
    expected = {  # orders and the last one 30 days before, and a year before
        "2024-02-28": (2, "2023-03-01", 1, "2023-02-28"),
        "2024-02-29": (2, "2023-03-01", 1, "2023-02-28"),
        "2024-03-01": (2, "2023-03-01", 2, "2023-03-01"),
        "2024-03-28": (2, "2023-03-01", 2, "2023-03-01"),
        "2024-03-29": (3, "2024-02-28", 2, "2023-03-01"),
    }
    for day in [*expected, *reversed(expected)]:
        published.execute("CALL refresh_analytics(%s)", (day,))
        row = published.execute(
            "SELECT orders_30_days_ago, last_order_30_days_ago::text, orders_year_ago, last_order_year_ago::text"
            " FROM rollup.customers WHERE customer_id = 'Y'"
        ).fetchone()
        assert row is not None
        assert tuple(row.values()) == expected[day]
        assert differences(published) == {}


def test_what_rollups_are_known_is_what_the_catalog_has(db: Db) -> None:
    columns = "turn, table_name, source_name, occasion, group_column, column_list, key_list, value_list, same_key,"
    columns += " new_values, next_occasion, next_column, next_type"
    known = db.execute(f"SELECT {columns} FROM rollup.known_table ORDER BY turn".encode()).fetchall()
    assert known == db.execute(f"SELECT {columns} FROM rollup.maintained_table ORDER BY turn".encode()).fetchall()
    assert len(known) > 15


def test_a_changed_limit_reaches_every_figure_at_the_next_refresh(published: Db) -> None:
    tiers = "SELECT DISTINCT customer_tier FROM bi.customer_metrics WHERE completed_orders = 2"
    published.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " VALUES ('N1', 'C1', '2024-03-01', 'completed', 7.5), ('N2', 'C1', '2024-03-01', 'pending', 4)"
    )
    published.execute("CALL refresh_analytics()")
    assert published.execute(tiers.encode()).fetchall() == [{"customer_tier": "Regular"}]
    published.execute("UPDATE config.customer_tier SET min_orders = 3 WHERE customer_tier = 'Regular'")
    published.execute("CALL refresh_analytics()")
    assert published.execute(tiers.encode()).fetchall() == [{"customer_tier": "One-time"}]
    revenue = "SELECT total_revenue FROM bi.kpi_summary"
    (before,) = published.execute(revenue.encode()).fetchall()
    published.execute("UPDATE config.order_status SET is_revenue = true WHERE status = 'pending'")
    wanted = "SELECT bool_and(is_refit_wanted) AS is_wanted FROM predict.model"
    assert published.execute(wanted.encode()).fetchone() == {"is_wanted": True}
    published.execute("CALL refresh_analytics()")
    (after,) = published.execute(revenue.encode()).fetchall()
    assert after["total_revenue"] - before["total_revenue"] == 4
    assert differences(published) == {}


def test_live_figures_are_of_now_and_an_apply_publishes_nothing(published: Db) -> None:
    def revenues() -> list[Any]:
        rows = published.execute("SELECT total_revenue FROM live.headline_figures ORDER BY period_name").fetchall()
        return [row["total_revenue"] for row in rows]

    before, (month, today) = shop.hashes(published), revenues()
    published.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " VALUES ('N1', 'C1', %(day)s::date + time '13:05', 'completed', 7.5), ('N2', 'C1', %(day)s::date - 29,"
        " 'shipped', 2), ('N3', NULL, %(day)s::date - 30, 'shipped', 9), ('N4', NULL, %(day)s::date + 1, 'shipped', 9)",
        {"day": shop.AS_OF},
    )
    assert revenues() == [month + Decimal("9.5"), today + Decimal("7.5")], "live figures do not wait for an apply"
    published.execute("CALL apply_changes()")
    assert revenues() == [month + Decimal("9.5"), today + Decimal("7.5")]
    hours = published.execute("SELECT order_hour, total_revenue FROM live.hours_today").fetchall()
    assert len(hours) == 24
    assert {"order_hour": 13, "total_revenue": 7.5} in hours
    assert shop.hashes(published) == before
    published.execute("CALL refresh_analytics()")
    assert shop.hashes(published) != before


def test_readers_of_live_figures_neither_wait_for_a_recount_nor_lose_what_they_saw(published: Db) -> None:
    views = ("headline_figures", "day_hours", "shop_state")

    def read(reader: psycopg.Connection[Any]) -> list[Any]:
        return [reader.execute(f"TABLE live.{view}".encode()).fetchall() for view in views]

    with psycopg.connect(database_url(published)) as reader:
        reader.execute("SET lock_timeout = '1s'")
        reader.commit()
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = read(reader)
        assert all(before)
        with published.transaction():
            published.execute("UPDATE staging.orders SET total_amount = total_amount + 1")
            published.execute("CALL rollup.rebuild()")
            assert read(reader) == before
        assert read(reader) == before
        reader.commit()
        assert read(reader) != before


def test_a_live_customer_is_what_the_next_refresh_publishes(published: Db) -> None:
    def of(view: str) -> list[dict[str, Any]]:
        columns = "c.*" if view.startswith("live") else ", ".join(f"c.{name}" for name in names)
        return published.execute(f"SELECT {columns} FROM {view} AS c ORDER BY c.customer_id".encode()).fetchall()

    names = list(of("live.customers")[0])
    assert of("live.customers") == of("analytics.customer_metrics")
    published.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " VALUES ('N1', 'C2', %s::date + time '13:05', 'completed', 7.5), ('N2', 'C2', '2020-02-29', 'shipped', 0.01)",
        (shop.AS_OF,),
    )
    published.execute("UPDATE staging.customers SET first_name = ' ', last_name = 'Ng' WHERE customer_id = 'C1'")
    published.execute("DELETE FROM staging.order_items WHERE order_id = 'O1'")
    published.execute("DELETE FROM staging.orders WHERE order_id = 'O1'")
    live = of("live.customers")
    assert live != of("analytics.customer_metrics")
    published.execute("CALL refresh_analytics()")
    assert live == of("analytics.customer_metrics")


def test_live_customers_are_looked_up_without_counting_the_others(db: Db) -> None:
    db.execute("SET enable_seqscan = off")
    for condition in ("customer_id = 'C1'", "customer_id IN ('C1', 'C2')", "email = 'c1@example.com'"):
        lines = db.execute(f"EXPLAIN SELECT * FROM live.customers WHERE {condition}".encode()).fetchall()
        plan = "\n".join(line["QUERY PLAN"] for line in lines)
        assert "orders_customer_id_idx" in plan, condition
        assert "(customer_id = c.customer_id)" in plan, condition


def test_the_step_of_a_run_is_seen_from_another_session(published: Db) -> None:
    name = published.execute("SHOW application_name").fetchone()
    seen: list[dict[str, Any]] = []
    done = threading.Event()

    def watch() -> None:
        with psycopg.connect(database_url(published), autocommit=True) as own:
            while not done.is_set():
                seen.extend(
                    {"step": row[0], "number": row[1], "count": row[2]}
                    for row in own.execute("SELECT step_name, step_number, step_count FROM ops.run_progress")
                )

    watcher = threading.Thread(target=watch)
    watcher.start()
    notices: list[str] = []
    published.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    published.execute("CALL refresh_analytics(p_full => true)")
    done.set()
    watcher.join()
    assert {"rollups", "assertions"} & {row["step"] for row in seen}
    assert all(1 <= row["number"] <= row["count"] for row in seen)
    begun = [notice for notice in notices if notice.startswith("step ")]
    assert len(begun) == len(steps(published))
    assert begun[-1].startswith(f"step {len(begun)}/{len(begun)}: ")
    assert published.execute("SHOW application_name").fetchone() == name


def test_the_law_holds_under_concurrent_writers_and_refreshes(published: Db) -> None:
    url = database_url(published)
    published.execute("INSERT INTO config.assertion_severity VALUES ('data_fresh', 'warn', 'random rows')")
    failures: list[BaseException] = []
    done = threading.Event()

    def write(seed: int) -> None:
        dice = random.Random(seed)
        with psycopg.connect(url, autocommit=True) as own:
            for number in range(WRITES):
                order, other = f"W{dice.randrange(12)}", f"W{dice.randrange(12)}"
                customer, day = dice.choice(["C1", "C2", None]), f"2024-03-0{dice.randrange(1, 6)}"
                status, moved = dice.choice(["completed", "pending"]), f"2024-03-0{dice.randrange(3, 7)}"
                statements: list[tuple[str, tuple[Any, ...]]] = [
                    (("INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
                     " VALUES (%s, %s, %s, %s, 5) ON CONFLICT (order_id) DO UPDATE SET customer_id ="
                     " excluded.customer_id, order_date = excluded.order_date, status = excluded.status"),
                     (order, customer, day, status)),
                    (("INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price,"
                     " total_amount) VALUES (%s, %s, 'P1', 1, 5, 5)"), (f"{seed}-{number}", order)),
                    ("UPDATE staging.order_items SET order_id = %s WHERE order_id = %s", (other, order)),
                    ("UPDATE staging.orders SET status = 'cancelled' WHERE order_id = %s", (order,)),
                    ("DELETE FROM staging.order_items WHERE order_id = %s", (order,)),
                    ("UPDATE staging.products SET category = %s WHERE product_id = 'P1'", (f"K{number % 3}",)),
                    ("UPDATE config.order_status SET is_revenue = NOT is_revenue WHERE status = 'pending'", ()),
                    ("UPDATE staging.customers SET country = %s WHERE customer_id = 'C1'", (f"K{number % 3}",)),
                    ("UPDATE staging.products SET cost = %s WHERE product_id = 'P1'", (number % 5,)),
                    ("UPDATE config.clock SET as_of = %s", (moved,)),
                    ("TRUNCATE staging.order_items", ()),
                    ("CALL rollup.rebuild()", ()),
                ]  # fmt: skip
                with suppress(psycopg.IntegrityError, psycopg.errors.DeadlockDetected):
                    own.execute(*dice.choice(statements))

    def again(statement: bytes) -> None:
        try:
            with psycopg.connect(url, autocommit=True) as own:
                while not done.is_set():
                    own.execute(statement)
        except psycopg.Error as error:
            failures.append(error)

    keepers = [
        threading.Thread(target=again, args=(s,)) for s in (b"CALL apply_changes()", b"CALL refresh_analytics()")
    ]
    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    for thread in (*keepers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in keepers:
        thread.join()
    assert failures == []
    published.execute("UPDATE predict.model SET is_refit_wanted = true")
    published.execute("CALL refresh_analytics()")
    assert differences(published) == {}
    incremental = shop.hashes(published)
    published.execute("CALL refresh_analytics(p_full => true)")
    assert shop.hashes(published) == incremental


def test_an_order_that_comes_while_the_clock_moves_is_counted_by_the_new_day(published: Db) -> None:
    url = database_url(published)
    with psycopg.connect(url) as mover, psycopg.connect(url, autocommit=True) as refresher:
        mover.execute("UPDATE config.clock SET as_of = as_of + 1")
        published.execute(
            "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
            " VALUES ('N1', 'C2', %s::date + 1, 'completed', 7.5), ('N2', 'C2', %s::date - 29, 'completed', 2)",
            (shop.AS_OF, shop.AS_OF),
        )
        refreshing = threading.Thread(target=refresher.execute, args=(b"CALL refresh_analytics()",))
        refreshing.start()
        refreshing.join(0.5)
        mover.commit()
        refreshing.join()
    assert differences(published) == {}
    published.execute("INSERT INTO config.assertion_severity VALUES ('data_fresh', 'warn', 'a clock that leaps')")
    published.execute("DELETE FROM config.clock")
    published.execute("INSERT INTO config.clock (as_of, is_fixed) VALUES (%s::date + 40, true)", (shop.AS_OF,))
    published.execute("CALL refresh_analytics()")
    assert differences(published) == {}


@pytest.mark.slow
@pytest.mark.parametrize("is_analyzed", [False, True], ids=["no statistics", "those of empty tables"])
def test_the_first_count_after_a_bulk_load_is_as_fast_as_the_tenth(db: Db, is_analyzed: bool) -> None:
    for table in ("staging.orders", "staging.order_items", "staging.customers"):
        db.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)".encode())
        if is_analyzed:
            db.execute(f"ANALYZE {table}".encode())
    db.execute("INSERT INTO staging.products (product_id, price) SELECT 'P' || n, 5 FROM generate_series(0, 499) AS n")
    db.execute("INSERT INTO staging.customers (customer_id) SELECT 'C' || n FROM generate_series(0, 19999) AS n")
    orders = (
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " SELECT 'O' || n, 'C' || n * 7 % 20000, date '2024-12-31' - {} % 700, 'completed', 5"
        " FROM generate_series({}, {}) AS n"
    )
    lines = (
        "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
        " SELECT 'I' || n, 'O' || n, 'P' || n % 500, 1, 5, 5 FROM generate_series({}, {}) AS n"
    )
    db.execute("CALL config.set_clock('2024-12-31')")
    db.execute(orders.format("n", 1, 150_000).encode())
    db.execute(lines.format(1, 150_000).encode())
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    seconds = []
    for number in range(10):
        db.execute("DELETE FROM rollup.changed")
        first = 150_001 + 100 * number
        db.execute(orders.format("0", first, first + 99).encode())
        db.execute(lines.format(first, first + 99).encode())
        started = time.perf_counter()
        db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
        seconds.append(time.perf_counter() - started)
    assert seconds[0] < 3 * median(seconds[1:]) + 0.1
    assert differences(db) == {}


def test_a_rebuild_by_hand_holds_up_other_writers_so_that_all_rollups_are_of_the_same_rows(published: Db) -> None:
    with psycopg.connect(database_url(published), autocommit=True) as writer:
        writer.execute("SET lock_timeout = '200ms'")
        with published.transaction():
            published.execute("CALL rollup.rebuild()")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                writer.execute("UPDATE staging.orders SET total_amount = total_amount + 1")
            assert writer.execute("TABLE staging.orders").fetchall()


@pytest.mark.slow
def test_a_hundred_small_refreshes_leave_no_bloat(db: Db) -> None:
    """VACUUM of what autovacuum would choose stands for it: it has six hours between two refreshes of a shop."""
    db.execute(
        "INSERT INTO staging.customers (customer_id, first_name) SELECT 'C' || n, 'A' FROM generate_series(1, 2000) AS n"
    )
    db.execute(
        "INSERT INTO staging.products (product_id, category, price) SELECT 'P' || n, 'K', 1 FROM generate_series(1, 50) AS n"
    )
    # A fit rewrites every prediction, whatever was bought: one is enough here.
    db.execute("UPDATE config.prediction SET refit_growth = 10")
    orders = """
        INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)
        SELECT
            format('%%s-%%s', %(run)s::integer, n), 'C' || 1 + (n * 7 + %(run)s) %% 2000,
            date '2024-01-01' + %(run)s / 10, 'completed', n
        FROM generate_series(1, %(orders)s) AS n
    """
    lines = """
        INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)
        SELECT order_id || '-' || l, order_id, 'P' || 1 + (o.number * l) %% 50, 1, 1, 1
        FROM (
            SELECT order_id, row_number() OVER (ORDER BY order_id) AS number
            FROM staging.orders WHERE order_id LIKE %s
        ) AS o, generate_series(1, 2) AS l
    """
    sizes = """
        SELECT c.oid::regclass::text AS name, pg_relation_size(c.oid) AS size FROM pg_class AS c
        WHERE c.relkind IN ('r', 'm')
        AND c.relnamespace::regnamespace::text IN ('staging', 'rollup', 'analytics', 'ops', 'config')
    """
    due = """
        SELECT s.relid::regclass::text AS name
        FROM pg_stat_user_tables AS s
        INNER JOIN pg_class AS c ON s.relid = c.oid
        LEFT JOIN pg_options_to_table(c.reloptions) AS o ON o.option_name = 'autovacuum_vacuum_scale_factor'
        WHERE s.n_dead_tup > 50 + coalesce(o.option_value, '0.2')::double precision * greatest(c.reltuples, 0)
    """
    for run in range(101):
        db.execute(orders, {"run": run, "orders": 4000 if run == 0 else 20})
        db.execute(lines, (f"{run}-%",))
        db.execute("CALL refresh_analytics('2024-01-08')")
        db.execute("SELECT pg_stat_force_next_flush()")
        for row in db.execute(due.encode()).fetchall():
            db.execute(f"VACUUM {row['name']}".encode())
    kept = {row["name"]: row["size"] for row in db.execute(sizes.encode()).fetchall()}
    db.execute("VACUUM FULL")
    fresh = {row["name"]: row["size"] for row in db.execute(sizes.encode()).fetchall()}
    page = 8192
    bloated = {
        name: (size, fresh[name])
        for name, size in kept.items()
        if size > 1.5 * fresh[name] + 4 * page  # a few pages are no bloat
    }
    assert bloated == {}
