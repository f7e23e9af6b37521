"""Sales and business: days, weeks, months, seasons, countries, the funnel, headline figures, insights, metrics."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from runner import cli, wording
from runner.errors import ConfigurationError
from tests import second_opinion, shop
from tests.conftest import ROOT, Db, database_url

VIEWS = (
    "daily_sales",
    "daily_country_sales",
    "daily_category_sales",
    "daily_order_funnel",
    "geographic_performance",
    "weekly_sales",
    "monthly_sales",
    "seasonality",
    "sales_anomalies",
    "order_funnel",
    "kpi_summary",
)
AS_OF = date(2024, 3, 31)
ORDERS = shop.HEADERS["orders"]
SPLIT = f"{ORDERS},discount_amount,tax_amount,shipping_amount,refunded_amount,refunded_at"


def day(age: int) -> str:
    """Return the day so many days before AS_OF."""
    return (AS_OF - timedelta(days=age)).isoformat()


def publish(db: Db, folder: Path, as_of: date = AS_OF) -> None:
    """Copy the CSV files of a folder into staging, as any other writer would, and refresh the views of this file."""
    for table in reversed(shop.HEADERS):
        db.execute(f"DELETE FROM staging.{table}".encode())
    for table in shop.HEADERS:
        text = (folder / f"{table}.csv").read_text()
        header = text.partition("\n")[0]
        with db.cursor() as cursor:
            options = f"FORMAT csv, HEADER, FORCE_NULL ({header})"
            with cursor.copy(f"COPY staging.{table} ({header}) FROM STDIN ({options})".encode()) as copy:
                copy.write(text)
    db.execute("CALL config.set_clock(%s)", (as_of,))
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    db.execute("DELETE FROM rollup.changed")
    refresh(db)


def refresh(db: Db) -> None:
    for view in ("customer_metrics", "customer_mix", "product_performance", *VIEWS, "business_insights"):
        db.execute(f"REFRESH MATERIALIZED VIEW analytics.{view}".encode())


def assert_views_agree(db: Db, folder: Path, as_of: date = AS_OF) -> None:
    """Compare every row of every view with its second opinion on the files of a folder."""
    publish(db, folder, as_of)
    for view, expected in second_opinion.second_opinions(VIEWS, folder, as_of).items():
        found = db.execute(f"SELECT * FROM bi.{view}".encode()).fetchall()
        columns = expected[0] if expected else {}
        shown = [{column: row[column] for column in columns} for row in found]
        for mine, other in zip(second_opinion.in_order(shown), second_opinion.in_order(expected), strict=True):
            assert {column: (mine[column], other[column]) for column in mine if mine[column] != other[column]} == {}, (
                view
            )
        assert not expected or set(columns) == set(found[0]), view
    for insight in db.execute("SELECT * FROM bi.business_insights").fetchall():
        assert_proven(db, insight)


def rows(db: Db, view: str, columns: str = "*") -> list[dict[str, Any]]:
    return db.execute(f"SELECT {columns} FROM bi.{view} ORDER BY 1".encode()).fetchall()


# --- a second opinion on odd shops ------------------------------------------------------------------------------------

PRODUCT = "P1,Tea,Food,4.00,1.00"
ODD_SHOPS: dict[str, dict[str, list[str] | str]] = {
    "nothing at all": {"customers": [], "products": [], "orders": [], "order_items": []},
    "no orders": {"orders": [], "order_items": []},
    "one customer, one order": {
        "customers": ["C1,A,B,,,,"],
        "products": [PRODUCT],
        "orders": [f"O1,C1,{day(5)},completed,4.00"],
        "order_items": ["I1,O1,P1,1,4.00,4.00"],
    },
    "only guests": {
        "customers": [],
        "orders": [f"O1,,{day(5)},completed,14.00"],
        "order_items": ["I1,O1,P1,1,4.00,4.00", "I2,O1,P2,1,10.00,10.00"],
    },
    "orders without items": {"orders": [f"O1,C1,{day(5)},completed,9.00"], "order_items": []},
    "all orders cancelled": {"orders": [f"O1,C1,{day(5)},cancelled,4.00"], "order_items": ["I1,O1,P1,1,4.00,4.00"]},
    "only an odd status": {"orders": [f"O1,C1,{day(5)},lost at sea,4.00"], "order_items": []},
    "only orders after the day": {
        "orders": [f"O1,C1,{day(-40)},completed,4.00", f"O2,C2,{day(-41)},pending,4.00"],
        "order_items": ["I1,O1,P1,1,4.00,4.00"],
    },
    "given away": {
        "orders": [f"O1,C1,{day(400)},completed,0.00", f"O2,C1,{day(5)},completed,0.00"],
        "order_items": ["I1,O1,P1,3,0.00,0.00"],
    },
    "a leap day, and a year after and before it": {
        "orders": [
            "O1,C1,2023-02-28 10:00:00,completed,10.00",
            "O2,C1,2024-02-28 23:59:59,completed,20.00",
            "O3,C2,2024-02-29 00:00:00,completed,30.00",
            "O4,,2024-03-31 12:00:00,completed,0.01",
        ],
        "order_items": [],
    },
    "split and refunded": {
        "orders": "\n".join([
            SPLIT,
            f"O1,C1,{day(9)},completed,120.00,10.00,20.00,5.00,0.00,",
            f"O2,C2,{day(9)},completed,60.00,0.00,10.00,0.00,30.00,{day(2)} 18:00:00",
            f"O3,,{day(8)},shipped,12.00,1.00,2.00,0.00,12.00,",
            f"O4,C1,{day(7)},completed,12.00,0.00,2.00,0.00,1.00,{day(20)}",
            f"O5,C1,{day(7)},refunded,99.00,0.00,2.00,0.00,99.00,{day(1)}",
            f"O6,C1,{day(0)},completed,9.00,0.00,0.00,0.00,9.00,{day(-3)}",
        ])
        + "\n",
        "order_items": [],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_SHOPS)
def test_every_view_is_right_for_an_odd_shop(db: Db, tmp_path: Path, name: str) -> None:
    assert_views_agree(db, shop.write(tmp_path / "shop", **ODD_SHOPS[name]))


CENTS = st.one_of(st.sampled_from([0, 1, 500, 1000]), st.integers(0, 10**6))


@st.composite
def shops(draw: st.DrawFn) -> dict[str, list[str] | str]:
    """Draw a small shop of two and a half years: guests, odd statuses, ties, gaps, days after the clock, refunds."""
    customers = [
        f"C{number},A,B,,,{draw(st.sampled_from(['UK', 'US', '']))},{draw(st.sampled_from(['2022-01-01', '2024-02-10', '']))}"
        for number in range(4)
    ]
    products = [f"P{number},Thing,{draw(st.sampled_from(['Food', 'Home', '']))},5.00,2.00" for number in range(3)]
    orders = [SPLIT]
    items: list[str] = []
    for number in range(draw(st.integers(1, 25))):
        customer = draw(st.sampled_from(["C0", "C1", "C2", "C3", ""]))
        age = draw(st.one_of(st.integers(-20, 60), st.integers(300, 900)))
        hour = draw(st.sampled_from(["", " 00:00:01", " 13:00:00", " 23:59:59"]))
        status = draw(st.sampled_from(["completed", "shipped", "delivered", "pending", "cancelled", "returned", "odd"]))
        refunded = draw(st.sampled_from(["0.00", "1.00"]))
        refund_day = draw(st.sampled_from(["", day(age - 3), day(age + 3), day(-30)]))
        amounts = f"{draw(CENTS) / 100:.2f},{draw(CENTS) / 100:.2f},1.00,2.00,{refunded}"
        orders.append(f"O{number},{customer},{day(age)}{hour},{status},{amounts},{refund_day}")
        for product in draw(st.sets(st.integers(0, 2), max_size=2)):
            amount = f"{draw(CENTS) / 100:.2f}"
            items.append(f"I{len(items)},O{number},P{product},{draw(st.integers(1, 3))},{amount},{amount}")
    return {
        "customers": customers,
        "products": products,
        "orders": "\n".join(orders) + "\n",
        "order_items": items,
    }


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(rows=shops(), as_of=st.just(AS_OF) | st.dates(AS_OF - timedelta(days=45), AS_OF))
def test_every_view_is_right_for_any_shop(
    db: Db, tmp_path_factory: pytest.TempPathFactory, rows: Any, as_of: date
) -> None:
    assert_views_agree(db, shop.write(tmp_path_factory.mktemp("shop"), **rows), as_of)


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_sales_are_split_and_refunds_shown_on_both_days(db: Db, tmp_path: Path) -> None:
    """By hand: O5 is no revenue; a refund without a day, or before its order, counts on the order's day."""
    publish(db, shop.write(tmp_path / "shop", **ODD_SHOPS["split and refunded"]))
    found = {
        row["sale_date"].isoformat(): [
            float(row[name])
            for name in (
                "gross_sales", "discount_amount", "refunded_amount", "net_sales", "tax_amount", "shipping_amount",
                "total_revenue", "refunds_paid",
            )
        ]
        for row in rows(db, "daily_sales")
    }  # fmt: skip
    assert found[day(9)] == [155, 10, 30, 115, 30, 5, 180, 0]
    assert found[day(8)] == [11, 1, 12, -2, 2, 0, 12, 12]
    assert found[day(7)] == [10, 0, 1, 9, 2, 0, 12, 1]
    assert found[day(2)] == [0, 0, 0, 0, 0, 0, 0, 30]
    assert found[day(-3)] == [0, 0, 0, 0, 0, 0, 0, 9]
    assert sum(row[2] for row in found.values()) == sum(row[7] for row in found.values()) == 52


def test_periods_that_the_data_does_not_cover_are_partial_and_have_no_growth(db: Db, tmp_path: Path) -> None:
    """First order on 10 January, a day to compute for in the middle of April."""
    orders = [f"O{n},C1,{stamp},completed,{amount}" for n, (stamp, amount) in enumerate(
        [("2024-01-10", "10.00"), ("2024-02-01", "20.00"), ("2024-03-01", "30.00"), ("2024-04-02", "40.00")]
    )]  # fmt: skip
    lines = [f"I{n},O{n},P1,1,{order.split(',')[4]},{order.split(',')[4]}" for n, order in enumerate(orders)]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=lines), date(2024, 4, 15))
    months = rows(db, "monthly_sales", "sale_month, is_partial, revenue_month_growth, revenue_month_before")
    assert [tuple(row.values())[1:] for row in months] == [
        (True, None, None),
        (False, None, Decimal("10.00")),
        (False, Decimal("50.0000"), Decimal("20.00")),
        (True, None, Decimal("30.00")),
    ]
    db.execute("REFRESH MATERIALIZED VIEW analytics.category_performance")
    food = [row for row in rows(db, "category_performance") if row["category"] == "Food"]
    assert [(row["is_partial"], row["month_growth"]) for row in food] == [
        (True, None), (False, None), (False, 50), (True, None),
    ]  # fmt: skip
    weeks = rows(db, "weekly_sales", "sale_week, is_partial")
    assert (weeks[0], weeks[-1]) == (
        {"sale_week": date(2024, 1, 8), "is_partial": True},
        {"sale_week": date(2024, 4, 15), "is_partial": True},
    )
    assert not any(row["is_partial"] for row in weeks[1:-1])


@pytest.mark.parametrize(
    "view", ["monthly_sales", "weekly_sales", "category_performance", "geographic_performance", "customer_cohorts"]
)
def test_a_period_that_ends_today_is_over_only_on_a_clock_that_stands(db: Db, tmp_path: Path, view: str) -> None:
    """31 March 2024 is a Sunday: the last day of its week and of its month."""
    publish(db, shop.write(tmp_path / "shop"))
    period = "sale_week" if view == "weekly_sales" else "sale_month"
    db.execute("REFRESH MATERIALIZED VIEW analytics.category_performance")
    for is_fixed in (True, False):
        db.execute("UPDATE config.clock SET is_fixed = %s", (is_fixed,))
        db.execute(f"REFRESH MATERIALIZED VIEW analytics.{view}".encode())
        found = db.execute(f"SELECT is_partial FROM bi.{view} ORDER BY {period} DESC LIMIT 1".encode()).fetchone()
        assert found == {"is_partial": not is_fixed}


def test_a_status_that_says_no_more_than_that_it_is_revenue_is_completed(db: Db, tmp_path: Path) -> None:
    db.execute("INSERT INTO config.order_status (status, is_revenue) VALUES ('fulfilled', true), ('parked', false)")
    orders = [f"O1,C1,{day(40)},fulfilled,5.00", f"O2,C1,{day(40)},parked,7.00"]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=[]))
    found = {
        row["status"]: (row["outcome"], row["overdue_orders"])
        for row in rows(db, "order_funnel")
        if row["total_orders"]
    }
    assert found == {"fulfilled": ("completed", 0), "parked": ("open", 1)}


def test_a_pattern_is_found_and_its_strength_is_told(db: Db, tmp_path: Path) -> None:
    """A shop that sells 700 on Saturdays and 100 on other days, always at 9 o'clock, for eight whole weeks."""
    first = date(2024, 1, 1)
    orders = [
        f"O{n},C1,{first + timedelta(days=n)} 09:30:00,completed,{700 if n % 7 == 5 else 100}.00" for n in range(56)
    ]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=[]), date(2024, 2, 25))
    found = {(row["pattern"], row["place"]): row for row in rows(db, "seasonality")}
    saturday, monday, nine = found["weekday", 6], found["weekday", 1], found["hour", 9]
    # 700 and 100 beside an average of 1300 / 7
    assert saturday["revenue_index"] == Decimal("376.92")
    assert monday["revenue_index"] == Decimal("53.85")
    assert (saturday["pattern_strength"], nine["pattern_strength"]) == (1, 1)
    assert nine["revenue_index"] == 2400
    assert found["month", 1]["revenue_index"] is None


def test_hours_are_not_known_from_files_with_dates_alone(db: Db, tmp_path: Path) -> None:
    orders = [f"O{age},C1,{day(age)},completed,9.00" for age in range(30)]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=[]))
    hours = [row for row in rows(db, "seasonality") if row["pattern"] == "hour"]
    assert {(row["observations"], row["revenue_index"], row["pattern_strength"]) for row in hours} == {(0, None, None)}
    assert len(hours) == 24


def test_shares_of_a_month_are_a_hundred_percent(sample: Db) -> None:
    for view, column in {"geographic_performance": "revenue_share", "order_funnel": "orders_share"}.items():
        totals = sample.execute(f"SELECT sum({column}) AS total FROM bi.{view} GROUP BY sale_month".encode()).fetchall()
        assert totals
        assert all(abs(row["total"] - 100) < Decimal("0.001") for row in totals)


@pytest.mark.parametrize("column", ["total_orders", "completed_orders", "total_revenue", "units_sold", "guest_revenue"])
def test_days_weeks_and_months_have_the_same_totals(sample: Db, column: str) -> None:
    totals = [
        sample.execute(f"SELECT sum({column}) AS total FROM bi.{view}".encode()).fetchone()
        for view in ("daily_sales", "weekly_sales", "monthly_sales")
    ]
    assert totals[0] == totals[1] == totals[2]


def test_countries_and_statuses_add_up_to_the_months(sample: Db) -> None:
    assert not sample.execute(
        "SELECT m.sale_month FROM bi.monthly_sales AS m"
        " LEFT JOIN (SELECT sale_month, sum(total_revenue) AS r, sum(customers) AS c FROM bi.geographic_performance GROUP BY 1)"
        " AS g USING (sale_month) LEFT JOIN (SELECT sale_month, sum(total_orders) AS o FROM bi.order_funnel GROUP BY 1)"
        " AS f USING (sale_month) WHERE (m.total_revenue, m.customers, m.total_orders) IS DISTINCT FROM (g.r, g.c, f.o)"
    ).fetchall()


# --- insights ---------------------------------------------------------------------------------------------------------


def assert_proven(db: Db, insight: dict[str, Any]) -> None:
    """Ask the evidence of an insight for its figure."""
    query = "SELECT {evidence_figure} AS proof FROM bi.{evidence_view} WHERE {evidence_filter}".format(**insight)
    assert db.execute(query.encode()).fetchone() == {"proof": insight["proof"]}, insight
    assert not re.search(r"[{}]|  |: \.|\$ ", insight["sentence"]), insight


def test_every_insight_is_proven_by_its_view_and_filter(sample: Db) -> None:
    insights = rows(sample, "business_insights")
    assert len({row["rule_name"] for row in insights}) >= 8
    for insight in insights:
        assert_proven(sample, insight)
    assert [row["amount"] for row in insights] == sorted((row["amount"] for row in insights), reverse=True)


@pytest.mark.parametrize(
    ("rule", "words"),
    {
        "tier_revenue": ["52 %", "369", "Loyal"],
        "revenue_at_risk": ["380", "At Risk", "$737 K"],
        "best_customers": ["VIP", "$4,547"],
        "category_dominates": ["Beauty", "79 %"],
    }.items(),
)
def test_the_sample_yields_the_published_insights(sample: Db, rule: str, words: list[str]) -> None:
    (insight,) = (row for row in rows(sample, "business_insights") if row["rule_name"] == rule)
    for word in words:
        assert word in insight["sentence"]


def test_the_sample_yields_what_better_prices_are_worth_and_pairs_to_sell(sample: Db) -> None:
    found = [row for row in rows(sample, "business_insights") if row["rule_name"] == "product_optimisation"]
    assert [row["amount"] > 200_000 for row in found] == [True]
    assert "$2" in found[0]["sentence"]
    pairs = [row for row in rows(sample, "business_insights") if row["rule_name"] == "pair_to_sell"]
    assert 1 <= len(pairs) <= 5
    for pair in pairs:
        assert f"in {pair['item_count']} orders" in pair["sentence"]


def test_an_unusual_day_is_told(db: Db, tmp_path: Path) -> None:
    """A year of days of 100, one of them 900."""
    orders = [f"O{age},C1,{day(age)},completed,{900 if age == 5 else 100 + age % 2}.00" for age in range(200)]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=[]))
    (insight,) = (row for row in rows(db, "business_insights") if row["rule_name"] == "unusual_day")
    assert insight["sentence"].startswith("Tuesday 26 March 2024 brought $900, ")
    assert insight["evidence_filter"] == "sale_date = '2024-03-26'"


def test_orders_that_stay_open_are_told(db: Db, tmp_path: Path) -> None:
    orders = [f"O1,C1,{day(15)},pending,8.00", f"O2,,{day(99)},on_hold,4.50", f"O3,,{day(14)},pending,1.00"]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=[]))
    (insight,) = rows(db, "business_insights")
    assert insight["sentence"] == "2 orders are still open after more than 14 days: $13."
    assert insight["amount"] == Decimal("12.50")


def test_a_category_that_declines_is_told(db: Db, tmp_path: Path) -> None:
    """Three whole months of 40 each, and a year later three months of 10 each."""
    months = [(year, month, 40 if year == 2023 else 10) for year in (2023, 2024) for month in (1, 2, 3)]
    orders = [f"O{year}{month},C1,{year}-0{month}-28,completed,{amount}.00" for year, month, amount in months]
    orders.append("O,C1,2022-12-31,completed,1.00")
    lines = [f"I{year}{month},O{year}{month},P1,1,{amount}.00,{amount}.00" for year, month, amount in months]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=lines))
    db.execute("CALL refresh_analytics()")
    (insight,) = (row for row in rows(db, "business_insights") if row["rule_name"] == "category_decline")
    assert insight["sentence"] == "Food brought $30 in the last 3 months, 75 % less than a year before: $90."
    assert_proven(db, insight)
    db.execute("DELETE FROM staging.orders WHERE order_id = 'O'")
    db.execute("CALL refresh_analytics()")
    told = {row["rule_name"] for row in rows(db, "business_insights")}
    assert "category_decline" not in told, "now the history begins on 28 January, so its first month is not whole"


def test_a_product_that_runs_out_is_told(db: Db, tmp_path: Path) -> None:
    """Two units a day for ninety days, of which none is left; the list price is 4."""
    orders = [f"O{age},C1,{day(age)},completed,8.00" for age in range(90)]
    lines = [f"I{age},O{age},P1,2,4.00,8.00" for age in range(90)]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=lines))
    db.execute("INSERT INTO staging.inventory (product_id, on_hand) VALUES ('P1', 0)")
    db.execute("CALL refresh_analytics()")
    (insight,) = (row for row in rows(db, "business_insights") if row["rule_name"] == "stock_risk")
    assert insight["sentence"] == "Tea runs out: 0 left. It brings about $240 in 30 days."
    assert_proven(db, insight)


def test_of_findings_that_are_alike_the_same_are_told_every_time(db: Db, tmp_path: Path) -> None:
    """Seven T-shirts of one name and price, all sold out: five are told, by the order of their keys."""
    shirts = [f"P{number},T-Shirt,Wear,4.00,1.00" for number in (6, 4, 2, 5, 0, 3, 1)]
    orders = [f"O{age},C1,{day(age)},completed,28.00" for age in range(90)]
    lines = [f"I{age}-{number},O{age},P{number},1,4.00,4.00" for age in range(90) for number in (4, 2, 6, 0, 5, 1, 3)]
    publish(db, shop.write(tmp_path / "shop", products=shirts, orders=orders, order_items=lines))
    db.execute("INSERT INTO staging.inventory (product_id, on_hand) SELECT product_id, 0 FROM staging.products")
    db.execute("CALL refresh_analytics()")
    told = [row["evidence_filter"] for row in rows(db, "business_insights") if row["rule_name"] == "stock_risk"]
    assert told == [f"product_id = 'P{number}' AND stock_status = 'Out of stock'" for number in range(len(told))]
    assert 1 < len(told) < 7


def test_a_rule_can_be_reworded_limited_and_switched_off(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "shop")
    publish(db, folder, date(2024, 3, 3))
    assert "category_dominates" in {row["rule_name"] for row in rows(db, "business_insights")}
    db.execute("UPDATE config.insight_rule SET sentence = '{subject}: {amount}' WHERE rule_name = 'category_dominates'")
    db.execute("UPDATE config.insight_rule SET is_on = false WHERE rule_name = 'tier_revenue'")
    db.execute("UPDATE config.insight_rule SET min_figure = 99 WHERE rule_name = 'best_customers'")
    db.execute("UPDATE config.shop SET currency = 'EUR'")
    refresh(db)
    found = {row["rule_name"]: row["sentence"] for row in rows(db, "business_insights")}
    # Home: two completed orders with a cup; Food: three teas
    assert found["category_dominates"] == "Home: €20"
    assert not {"tier_revenue", "best_customers"} & set(found)


@pytest.mark.parametrize(
    "amount", ["0.01", "9.99", "999.50", "1004.99", "12345.00", "99950.00", "737050.00", "9995000.00"]
)
def test_amounts_are_worded_as_everywhere_else(db: Db, tmp_path: Path, amount: str) -> None:
    orders = [f"O1,C1,{day(90)},pending,{amount}"]
    publish(db, shop.write(tmp_path / "shop", orders=orders, order_items=[]))
    (insight,) = rows(db, "business_insights")
    assert insight["sentence"].endswith(f": {wording.short_money(Decimal(amount), 'USD')}.")


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_every_published_number_is_in_the_dictionary(sample: Db) -> None:
    missing = sample.execute(
        "SELECT c.view_name, c.column_name FROM ops.catalog_column AS c"
        " LEFT JOIN bi.metric_dictionary AS m ON c.view_name = m.source_view AND c.column_name = m.metric_name"
        " WHERE c.data_type ~ '^(numeric|bigint|integer)' AND NOT c.is_key AND m.metric_name IS NULL"
    ).fetchall()
    assert not missing
    assert all(row["definition"] and row["unit"] and row["grain"] for row in rows(sample, "metric_dictionary"))


@pytest.mark.parametrize(
    ("view", "metric", "unit"),
    [
        ("product_profitability", "price_to_cost", "ratio"),
        ("product_profitability", "category_median_margin", "percent"),
        ("product_profitability", "median_margin_gain", "money"),
        ("price_recommendations", "elasticity", "number"),
        ("price_recommendations", "expected_gain_low", "money"),
        ("model_backtests", "value", "that of the measure"),
        ("model_backtests", "compared_value", "that of the measure"),
        ("inventory_intelligence", "days_of_cover", "days"),
        ("daily_sales", "total_revenue", "money"),
        ("customer_metrics", "total_orders", "orders"),
    ],
)
def test_a_metric_has_its_unit(sample: Db, view: str, metric: str, unit: str) -> None:
    found = sample.execute(
        "SELECT unit FROM bi.metric_dictionary WHERE source_view = %s AND metric_name = %s", (view, metric)
    ).fetchone()
    assert found == {"unit": unit}


def test_a_changed_comment_reaches_the_dictionary_at_the_next_refresh(db: Db) -> None:
    db.execute("COMMENT ON COLUMN analytics.daily_sales.units_sold IS 'Things: sum of quantity; NULL never.'")
    db.execute("CALL ops.note_columns()")
    db.execute("INSERT INTO config.assertion_severity VALUES ('data_fresh', 'warn', 'empty')")
    db.execute("CALL refresh_analytics()")
    (found,) = db.execute(
        "SELECT definition, formula, remark, unit FROM bi.metric_dictionary"
        " WHERE metric_name = 'units_sold' AND source_view = 'daily_sales'"
    ).fetchall()
    assert found == {"definition": "Things", "formula": "sum of quantity", "remark": "NULL never", "unit": "units"}
    db.execute("DELETE FROM ops.changed_relation")
    db.execute("CALL ops.note_columns()")
    assert not db.execute("TABLE ops.changed_relation").fetchall()


def test_the_page_of_metrics_is_what_the_comments_say(sample: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of a view: runner metrics --markdown > docs/metrics.md."""
    monkeypatch.setenv("DATABASE_URL", database_url(sample))
    result = CliRunner().invoke(cli.app, ["metrics", "--markdown"])
    assert result.stdout == (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_a_metric_is_shown_with_all_its_views(sample: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url(sample))
    shown = json.loads(CliRunner().invoke(cli.app, ["metrics", "avg_order_value", "--json"]).stdout)
    assert {"customer_metrics", "daily_sales", "monthly_sales"} <= {row["source_view"] for row in shown}
    one = CliRunner().invoke(cli.app, ["metrics", "daily_sales.avg_order_value"])
    assert one.exit_code == 0
    assert "total_revenue / completed_orders" in one.stdout
    with pytest.raises(ConfigurationError, match="no metric or view is named 'profits'"):
        CliRunner().invoke(cli.app, ["metrics", "profits"], catch_exceptions=False)
