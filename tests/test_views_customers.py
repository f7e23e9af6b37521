"""The views of customers: against DuckDB, against an example worked out by hand, and on shops with little in them."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import shop
from tests.conftest import Db
from tests.second_opinion import in_order, second_opinion

VIEWS = (
    "customer_metrics",
    "customer_mix",
    "customer_segments",
    "customer_cohorts",
    "repeat_purchase",
    "segment_history",
)
TABLES = ("customers", "products", "orders", "order_items")


def publish(db: Db, as_of: str | date) -> None:
    """Bring rollups, history and the views of customers up to date, as a refresh does."""
    db.execute("CALL config.set_clock(%s::date)", (str(as_of),))
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    db.execute("TRUNCATE rollup.changed")
    db.execute("CALL rollup.close_months()")
    for view in VIEWS:
        db.execute(f"REFRESH MATERIALIZED VIEW analytics.{view}".encode())


def fill(db: Db, tables: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    """Write rows as CSV files, and put the same into an emptied staging."""
    db.execute(
        "TRUNCATE rollup.segment_months, staging.customers, staging.products, staging.orders, staging.order_items CASCADE"
    )
    for table in TABLES:
        columns = shop.HEADERS[table].split(",")
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(tables.get(table, []))
        marks = ", ".join(f"%({column})s" for column in columns)
        for row in tables.get(table, []):
            values = {column: row.get(column) for column in columns}
            db.execute(f"INSERT INTO staging.{table} ({', '.join(columns)}) VALUES ({marks})".encode(), values)


def assert_agree(db: Db, folder: Path, as_of: date) -> None:
    """Hold every view of customers against DuckDB, row for row."""
    for view in VIEWS:
        expected = second_opinion(view, folder, as_of)
        columns = ", ".join(expected[0]) if expected else "*"
        rows = db.execute(f"SELECT {columns} FROM analytics.{view}".encode()).fetchall()
        assert in_order(rows) == in_order(expected), view


def rows_of(db: Db, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in db.execute(query.encode()).fetchall()]


# --- an example worked out by hand -----------------------------------------------------------------------------------------

# Twelve customers, as of 2024-06-30. Days of their completed orders, and what each order was worth.
#
#       days                          age  orders  revenue
#  A    06-30 06-20 05-10 04-01 01-05   0       5      500
#  B    06-30 03-01 01-10               0       3      300
#  C    06-20 05-20                    10       2      600
#  D    06-10                          20       1       50
#  E    05-31 04-30 03-31              30       3      300
#  F    05-01                          60       1      100
#  G    04-01 03-02                    90       2      100
#  H    03-31                          91       1      100
#  I    02-01 01-31 01-30             150       3      900
#  J    01-02                         180       1       10
#  K    never; a cancelled order of 06-01
#  L    never
#
# Ten bought, so a score is 1 + (number of buyers who are worse) / 2, rounded down.
#
#  recency    worst first: J 180, I 150, H 91, G 90, F 60, E 30, D 20, C 10, A 0, B 0
#             worse:       0      1      2     3     4     5     6     7     8    8
#             score:       1      1      2     2     3     3     4     4     5    5     A and B are equal and both 5
#  frequency  worst first: D F H J 1, C G 2, B E I 3, A 5
#             worse:       0          4      6        9
#             score:       1          3      4        5
#  monetary   worst first: J 10, D 50, F G H 100, B E 300, A 500, C 600, I 900
#             worse:       0     1     2          5        7      8      9
#             score:       1     1     2          3        4      5      5
BOUGHT = {
    "A": (["06-30", "06-20", "05-10", "04-01", "01-05"], 100),
    "B": (["06-30", "03-01", "01-10"], 100),
    "C": (["06-20", "05-20"], 300),
    "D": (["06-10"], 50),
    "E": (["05-31", "04-30", "03-31"], 100),
    "F": (["05-01"], 100),
    "G": (["04-01", "03-02"], 50),
    "H": (["03-31"], 100),
    "I": (["02-01", "01-31", "01-30"], 300),
    "J": (["01-02"], 10),
    "K": ([], 0),
    "L": ([], 0),
}
RFM = {
    # R, F, M, value score = mean of F and M with halves up
    "A": (5, 5, 4, "Champions"),  # 5
    "B": (5, 4, 3, "Champions"),  # 4
    "C": (4, 3, 5, "Loyal Customers"),  # 4
    "D": (4, 1, 1, "Promising"),  # 1
    "E": (3, 4, 3, "Loyal Customers"),  # 4
    "F": (3, 1, 2, "About to Sleep"),  # 2
    "G": (2, 3, 2, "At Risk"),  # 3
    "H": (2, 1, 2, "Hibernating"),  # 2
    "I": (1, 4, 5, "Can't Lose Them"),  # 5
    "J": (1, 1, 1, "Lost"),  # 1
    "K": (None, None, None, None),
    "L": (None, None, None, None),
}
# Cohorts by the month of the first order: January A B I J, March E G H, May C F, June D. Of four in January: February I,
# March B, April A, May A, June A B. (first month, months since, customers, retained, revenue, revenue per customer so far)
COHORTS = [
    ("2024-01-01", 0, 4, 4, 810, "202.50"),  # A 100, B 100, I 600, J 10
    ("2024-01-01", 1, 4, 1, 300, "277.50"),
    ("2024-01-01", 2, 4, 1, 100, "302.50"),
    ("2024-01-01", 3, 4, 1, 100, "327.50"),
    ("2024-01-01", 4, 4, 1, 100, "352.50"),
    ("2024-01-01", 5, 4, 2, 300, "427.50"),  # A twice, B once
    ("2024-03-01", 0, 3, 3, 250, "83.33"),  # E 100, G 50, H 100
    ("2024-03-01", 1, 3, 2, 150, "133.33"),  # E 100, G 50
    ("2024-03-01", 2, 3, 1, 100, "166.67"),
    ("2024-03-01", 3, 3, 0, 0, "166.67"),
    ("2024-05-01", 0, 2, 2, 400, "200.00"),  # C 300, F 100
    ("2024-05-01", 1, 2, 1, 300, "350.00"),
    ("2024-06-01", 0, 1, 1, 50, "50.00"),
]
# Second orders came after, in days: A 87, B 51, C 31, E 30, G 30, I 1; third: A 39, B 121, E 31, I 1; fourth: A 41; fifth: A 10.
REPEATS = [
    (1, 10, "100.0000", None, None),
    (2, 6, "60.0000", "60.0000", "30.5"),  # 1 30 30 | 31 51 87
    (3, 4, "40.0000", "66.6667", "35.0"),  # 1 31 | 39 121
    (4, 1, "10.0000", "25.0000", "41.0"),
    (5, 1, "10.0000", "100.0000", "10.0"),
    (6, 0, "0.0000", "0.0000", None),
    (7, 0, "0.0000", None, None),
    (8, 0, "0.0000", None, None),
    (9, 0, "0.0000", None, None),
    (10, 0, "0.0000", None, None),
]
# From April's end to May's, with everyone registered on 2023-12-01 but L, who is on 05-15 (ages in days on 04-30 and 05-31):
#  A Regular (4 orders on 05-31, 3 on 04-30), Active both; B Regular, ages 60 and 91: falls to At Risk; E Regular; G Regular,
#  29 and 60; I Regular, 89 and 120: to At Risk; H One-time, 30 and 61; J One-time, 119 and 150: At Risk both;
#  C and F bought first in May; D and K Prospects; L New.
MOVES = [
    ("New", "New", "Prospect", "Prospect", True, 1),
    ("One-time", "Active", "One-time", "Active", False, 1),
    ("One-time", "At Risk", "One-time", "At Risk", False, 1),
    ("Prospect", "Prospect", "One-time", "Active", True, 2),
    ("Prospect", "Prospect", "Prospect", "Prospect", False, 2),
    ("Regular", "Active", "Regular", "Active", False, 3),
    ("Regular", "Active", "Regular", "At Risk", True, 2),
]


@pytest.fixture
def example(db: Db, tmp_path: Path) -> Db:
    customers = [
        {"customer_id": name, "first_name": name, "registration_date": "2024-05-15" if name == "L" else "2023-12-01"}
        for name in BOUGHT
    ]
    orders = [
        {
            "order_id": f"{name}{day}",
            "customer_id": name,
            "order_date": f"2024-{day}",
            "status": "completed",
            "total_amount": worth,
        }
        for name, (days, worth) in BOUGHT.items()
        for day in days
    ]
    orders.append(
        {"order_id": "K1", "customer_id": "K", "order_date": "2024-06-01", "status": "cancelled", "total_amount": 99}
    )
    fill(db, {"customers": customers, "orders": orders}, tmp_path)
    publish(db, "2024-06-30")
    return db


def test_rfm_equals_the_example_worked_out_by_hand(example: Db) -> None:
    rows = rows_of(
        example,
        "SELECT customer_id, recency_score, frequency_score, monetary_score, rfm_segment"
        " FROM analytics.customer_metrics ORDER BY customer_id",
    )
    assert {row[0]: row[1:] for row in rows} == RFM


def test_gaps_and_windows_equal_the_example_worked_out_by_hand(example: Db) -> None:
    rows = rows_of(
        example,
        "SELECT customer_id, avg_days_between_orders, orders_30_days, revenue_30_days, orders_90_days, orders_365_days"
        " FROM analytics.customer_metrics WHERE customer_id IN ('A', 'E', 'G', 'H', 'K') ORDER BY customer_id",
    )
    # The last 30 days begin on 06-01, the last 90 on 04-02. 01-05 to 06-30 are 177 days, in 4 gaps.
    assert rows == [
        ("A", Decimal("44.25"), 2, 200, 3, 5),
        ("E", Decimal("30.50"), 0, 0, 2, 3),
        ("G", Decimal("30.00"), 0, 0, 0, 2),
        ("H", None, 0, 0, 0, 1),
        ("K", None, 0, 0, 0, 0),
    ]


def test_cohorts_equal_the_example_worked_out_by_hand(example: Db) -> None:
    rows = rows_of(
        example,
        "SELECT cohort_month::text, months_since, customers, retained_customers, total_revenue, cumulative_revenue_per_customer"
        " FROM analytics.customer_cohorts ORDER BY cohort_month, months_since",
    )
    assert rows == [(*row[:5], Decimal(row[5])) for row in COHORTS]
    (partial,) = rows_of(example, "SELECT count(*) FROM analytics.customer_cohorts WHERE is_partial")
    assert partial == (0,)  # June's last day is the day computed for
    example.execute("CALL config.set_clock('2024-06-29')")
    example.execute("REFRESH MATERIALIZED VIEW analytics.customer_cohorts")
    partial_months = "SELECT DISTINCT sale_month::text FROM analytics.customer_cohorts WHERE is_partial"
    assert rows_of(example, partial_months) == [("2024-06-01",)]


def test_repeat_purchase_equals_the_example_worked_out_by_hand(example: Db) -> None:
    rows = rows_of(example, "SELECT * FROM analytics.repeat_purchase ORDER BY order_number")
    assert rows == [(*row[:2], *(value and Decimal(value) for value in row[2:])) for row in REPEATS]


def test_moves_of_a_month_equal_the_example_worked_out_by_hand(example: Db) -> None:
    rows = rows_of(
        example,
        "SELECT previous_tier, previous_status, customer_tier, customer_status, is_move, customers"
        " FROM analytics.segment_history WHERE month_end = '2024-05-31' ORDER BY 1, 2, 3, 4",
    )
    assert rows == MOVES
    months = "SELECT DISTINCT month_end::text FROM analytics.segment_history ORDER BY month_end"
    assert rows_of(example, months) == [(f"2024-{end}",) for end in ("01-31", "02-29", "03-31", "04-30", "05-31")]


def test_segments_say_what_moving_one_tier_up_is_worth(example: Db) -> None:
    # Regular: A B C E G I, 500 + 300 + 600 + 300 + 100 + 900 = 2,700, 450 each. One-time: D F H J, 260, 65 each.
    rows = rows_of(
        example,
        "SELECT customer_tier, customer_status, customers, total_revenue, revenue_at_risk, next_tier, next_tier_lead,"
        " next_tier_value FROM analytics.customer_segments WHERE customers > 0 ORDER BY segment_order",
    )
    assert rows == [
        ("Regular", "Active", 5, 1800, 0, "Loyal", None, None),
        ("Regular", "At Risk", 1, 900, 900, "Loyal", None, None),
        ("One-time", "Active", 2, 150, 0, "Regular", 385, 770),
        ("One-time", "At Risk", 2, 110, 110, "Regular", 385, 770),
        ("Prospect", "Prospect", 2, 0, 0, "One-time", 65, 130),
    ]


def test_segments_hold_every_customer_though_a_tier_was_taken_out(example: Db) -> None:
    example.execute("DELETE FROM config.customer_tier WHERE customer_tier = 'One-time'")
    publish(example, "2024-06-30")
    rows = rows_of(
        example,
        "SELECT customer_tier, customer_status, customers, total_revenue FROM analytics.customer_segments"
        " WHERE customers > 0 ORDER BY segment_order",
    )
    assert rows == [
        ("Regular", "Active", 5, 1800),
        ("Regular", "At Risk", 1, 900),
        ("Prospect", "Active", 2, 150),
        ("Prospect", "At Risk", 2, 110),
        ("Prospect", "Prospect", 2, 0),
    ]


# --- history ---------------------------------------------------------------------------------------------------------------


def test_a_month_that_is_over_is_never_written_again(example: Db) -> None:
    before = rows_of(example, "TABLE rollup.segment_months ORDER BY 1, 2, 3, 4, 5")
    example.execute("DELETE FROM staging.orders WHERE customer_id = 'A'")
    example.execute("UPDATE config.customer_tier SET min_orders = 4 WHERE customer_tier = 'Regular'")
    publish(example, "2024-06-30")
    assert rows_of(example, "TABLE rollup.segment_months ORDER BY 1, 2, 3, 4, 5") == before
    publish(example, "2024-07-07")
    assert rows_of(example, "TABLE rollup.segment_months ORDER BY 1, 2, 3, 4, 5") == before, "orders may still come"
    publish(example, "2024-07-08")
    after = rows_of(example, "TABLE rollup.segment_months ORDER BY 1, 2, 3, 4, 5")
    assert after[: len(before)] == before
    assert {row[0] for row in after[len(before) :]} == {date(2024, 6, 30)}
    assert sum(row[-1] for row in after if row[0] == date(2024, 6, 30)) == len(BOUGHT)


def test_a_clock_in_the_future_closes_no_month_that_has_not_been(example: Db) -> None:
    publish(example, "2190-01-01")
    (last,) = rows_of(example, "SELECT max(month_end) < current_date FROM rollup.segment_months")
    assert last == (True,)


def test_a_month_that_was_closed_while_the_clock_of_the_server_was_wrong_goes_again(example: Db) -> None:
    before = rows_of(example, "TABLE rollup.segment_months ORDER BY 1, 2, 3, 4, 5")
    example.execute(
        "INSERT INTO rollup.segment_months SELECT '2190-01-31', m.previous_tier, m.previous_status, m.customer_tier,"
        " m.customer_status, m.customers FROM rollup.segment_months AS m WHERE m.month_end = '2024-05-31'"
    )
    publish(example, "2024-06-30")
    assert rows_of(example, "TABLE rollup.segment_months ORDER BY 1, 2, 3, 4, 5") == before


def test_a_clock_set_back_shows_the_history_up_to_then(example: Db) -> None:
    publish(example, "2024-03-31")
    months = "SELECT DISTINCT month_end::text FROM analytics.segment_history ORDER BY month_end"
    assert rows_of(example, months) == [("2024-01-31",), ("2024-02-29",)]


def test_the_history_begins_with_the_first_order_and_misses_no_month(db: Db, tmp_path: Path) -> None:
    order = {"order_id": "O1", "customer_id": "C1", "order_date": "2023-11-30", "status": "shipped", "total_amount": 5}
    fill(db, {"customers": [{"customer_id": "C1"}], "orders": [order]}, tmp_path)
    db.execute("UPDATE config.segment_history SET close_after_days = 0")
    publish(db, "2024-03-01")
    assert rows_of(
        db, "SELECT month_end::text, previous_tier, customer_tier FROM rollup.segment_months ORDER BY 1"
    ) == [
        ("2023-11-30", "New", "One-time"),
        ("2023-12-31", "One-time", "One-time"),
        ("2024-01-31", "One-time", "One-time"),
        ("2024-02-29", "One-time", "One-time"),
    ]


# --- settings --------------------------------------------------------------------------------------------------------------


def test_the_grid_of_rfm_segments_is_whole_and_a_setting(example: Db) -> None:
    grid = "SELECT count(*) AS cells, count(DISTINCT rfm_segment) AS names FROM config.rfm_segment"
    assert rows_of(example, grid) == [(25, 11)]
    example.execute(
        "UPDATE config.rfm_segment SET rfm_segment = 'Promising' WHERE recency_score = 1 AND value_score = 1"
    )
    publish(example, "2024-06-30")
    assert rows_of(example, "SELECT rfm_segment FROM analytics.customer_metrics WHERE customer_id = 'J'") == [
        ("Promising",)
    ]


def test_repeat_purchases_are_followed_as_far_as_the_setting_says(example: Db) -> None:
    example.execute("UPDATE config.repeat_purchase SET max_order_number = 3")
    publish(example, "2024-06-30")
    rows = rows_of(example, "SELECT order_number, customers FROM analytics.repeat_purchase ORDER BY order_number")
    assert rows == [(1, 10), (2, 6), (3, 4)]


# --- shops with little in them ---------------------------------------------------------------------------------------------

C1 = {"customer_id": "C1", "first_name": "Ada", "registration_date": "2024-01-01"}
C2 = {"customer_id": "C2", "first_name": "Grace"}
P1 = {"product_id": "P1", "product_name": "Tea", "category": "Food", "price": 4, "cost": 1}
O1 = {
    "order_id": "O1",
    "customer_id": "C1",
    "order_date": "2024-02-29 10:00:00",
    "status": "completed",
    "total_amount": 5,
}
I1 = {"order_item_id": "I1", "order_id": "O1", "product_id": "P1", "quantity": 1, "unit_price": 5, "total_amount": 5}
SMALL: dict[str, dict[str, list[dict[str, Any]]]] = {
    "nothing": {},
    "one customer": {"customers": [C1]},
    "one order": {"customers": [C1], "products": [P1], "orders": [O1], "order_items": [I1]},
    "only guests": {"products": [P1], "orders": [{**O1, "customer_id": None}], "order_items": [I1]},
    "orders without items": {"customers": [C1, C2], "orders": [O1]},
    "all cancelled": {
        "customers": [C1],
        "products": [P1],
        "orders": [{**O1, "status": "cancelled"}],
        "order_items": [I1],
    },
    "worth nothing": {"customers": [C1, C2], "orders": [{**O1, "total_amount": 0}]},
    "ordered after today": {
        "customers": [C1, C2],
        "orders": [{**O1, "order_date": "2024-06-05"}, {**O1, "order_id": "O2"}],
    },
}


@pytest.mark.parametrize("name", SMALL)
def test_a_shop_with_little_in_it_has_right_views(db: Db, tmp_path: Path, name: str) -> None:
    fill(db, SMALL[name], tmp_path)
    publish(db, "2024-04-15")
    assert_agree(db, tmp_path, date(2024, 4, 15))


def test_an_order_after_today_counts_in_the_life_of_its_customer_and_in_no_window(db: Db, tmp_path: Path) -> None:
    fill(db, SMALL["ordered after today"], tmp_path)
    publish(db, "2024-04-15")
    query = (
        "SELECT completed_orders, days_since_last_order, orders_30_days, orders_90_days FROM analytics.customer_metrics"
        " WHERE customer_id = 'C1'"
    )
    assert rows_of(db, query) == [(2, 0, 0, 1)]
    rows = rows_of(db, "SELECT months_since, is_partial FROM analytics.customer_cohorts ORDER BY months_since")
    assert rows == [(0, False), (1, False), (2, True), (3, True), (4, True)]


# --- random shops ----------------------------------------------------------------------------------------------------------

FIRST = date(2023, 1, 1)
AS_OF = date(2024, 6, 30)
CENTS = st.integers(0, 400_000).map(lambda cents: Decimal(cents) / 100)


@st.composite
def shops(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Draw a small shop: guests, odd statuses, equal days and amounts, gaps, orders without items and after today."""
    registrations = draw(st.lists(st.none() | st.dates(FIRST, AS_OF), min_size=1, max_size=7))
    customers = [{"customer_id": f"C{n}", "registration_date": day} for n, day in enumerate(registrations)]
    products = [
        {"product_id": f"P{n}", "category": category, "price": 1}
        for n, category in enumerate(draw(st.lists(st.sampled_from(["A", "a", "Á", None]), min_size=1, max_size=4)))
    ]
    days = st.sampled_from([*(FIRST + timedelta(days=n) for n in range(0, 545, 30)), AS_OF, AS_OF + timedelta(days=20)])
    orders = [
        {
            "order_id": f"O{n}",
            "customer_id": draw(st.sampled_from([None, *(row["customer_id"] for row in customers)])),
            "order_date": draw(days | st.dates(FIRST, AS_OF)),
            "status": draw(st.sampled_from(["completed", "shipped", "delivered", "completed", "cancelled", "odd"])),
            "total_amount": draw(st.sampled_from([Decimal(10), Decimal("33.33")]) | CENTS),
        }
        for n in range(draw(st.integers(0, 30)))
    ]
    items = [
        {
            "order_item_id": f"I{n}",
            "order_id": draw(st.sampled_from([row["order_id"] for row in orders])),
            "product_id": draw(st.sampled_from([row["product_id"] for row in products])),
            "quantity": draw(st.integers(1, 3)),
            "unit_price": 1,
            "total_amount": draw(st.sampled_from([Decimal(1), Decimal(2)]) | CENTS),
        }
        for n in range(draw(st.integers(0, 20)) if orders else 0)
    ]
    return {"customers": customers, "products": products, "orders": orders, "order_items": items}


@pytest.mark.takes(10)
def test_every_view_of_a_random_shop_is_the_same_by_another_engine(db: Db, tmp_path: Path) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tables=shops(), as_of=st.just(AS_OF) | st.dates(AS_OF - timedelta(days=45), AS_OF))
    def agree(tables: dict[str, list[dict[str, Any]]], as_of: date) -> None:
        with db.transaction():
            fill(db, tables, tmp_path)
            publish(db, as_of)
        assert_agree(db, tmp_path, as_of)

    agree()
