"""Products: performance, categories, profitability, stock and pairs."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from math import ceil, sqrt
from pathlib import Path
from statistics import NormalDist, stdev
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import second_opinion, shop
from tests.conftest import ROOT, Db

VIEWS = (
    "product_performance",
    "product_ranks",
    "category_performance",
    "product_profitability",
    "inventory_intelligence",
    "product_affinity",
)
AS_OF = date(2024, 3, 31)
INVENTORY = "product_id,on_hand,on_order,lead_time_days,counted_at"
FORECAST = "product_id,weeks,demand_weeks,demand_interval,size_variation,demand_class,method,weekly_units,weekly_error"
REVENUE = {"completed", "shipped", "delivered"}


def day(age: int) -> str:
    """Return the day so many days before AS_OF."""
    return (AS_OF - timedelta(days=age)).isoformat()


def fill(db: Db, folder: Path) -> None:
    """Copy the CSV files of a folder into staging as any other writer would, and publish the views of this file."""
    db.execute("TRUNCATE staging.customers, staging.products, staging.orders CASCADE")
    db.execute("CALL config.set_clock(%s)", (AS_OF,))
    db.execute("TRUNCATE predict.product_demand")
    for table in (*(f"staging.{name}" for name in (*shop.HEADERS, "inventory")), "predict.product_demand"):
        path = folder / f"{table.partition('.')[2]}.csv"
        if path.exists():
            text = path.read_text()
            with db.cursor() as cursor:
                header = text.partition("\n")[0]
                with cursor.copy(f"COPY {table} ({header}) FROM STDIN (FORMAT csv, HEADER)".encode()) as copy:
                    copy.write(text)
    publish(db)


def publish(db: Db) -> None:
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    db.execute("DELETE FROM rollup.changed")
    for view in VIEWS:
        db.execute(f"REFRESH MATERIALIZED VIEW analytics.{view}".encode())


def row(db: Db, view: str, **key: Any) -> dict[str, Any]:
    """Return the one row of a view with a key."""
    condition = " AND ".join(f"{column} = %s" for column in key)
    (found,) = db.execute(f"SELECT * FROM bi.{view} WHERE {condition}".encode(), list(key.values())).fetchall()
    return found


def assert_views_agree(db: Db, folder: Path, min_orders: int) -> None:
    """Compare every view with its second opinion on the files of a folder."""
    fill(db, folder)
    for view in VIEWS:
        query = (second_opinion.FOLDER / f"{view}.sql").read_text()
        if view == "product_affinity":
            assert "completed_orders >= 10" in query
            query = query.replace("completed_orders >= 10", f"completed_orders >= {min_orders}")
        expected = second_opinion.ask(folder, query, AS_OF)
        rows = db.execute(f"SELECT * FROM bi.{view}".encode()).fetchall()
        columns = expected[0] if expected else {}
        shown = [{column: found[column] for column in columns} for found in rows]
        assert second_opinion.in_order(shown) == second_opinion.in_order(expected), view


# --- a second opinion on odd shops ------------------------------------------------------------------------------------

PRODUCT = "P1,Tea,Food,4.00,1.00"
ODD_SHOPS: dict[str, dict[str, list[str]]] = {
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
    "all orders cancelled": {
        "orders": [f"O1,C1,{day(5)},cancelled,4.00"],
        "order_items": ["I1,O1,P1,1,4.00,4.00", "I2,O1,P2,1,4.00,4.00"],
    },
    "only orders after the day": {
        "orders": [f"O1,C1,{day(-40)},completed,4.00"],
        "order_items": ["I1,O1,P1,1,4.00,4.00"],
    },
    "cost known only of what is ordered and not yet sold": {
        "products": ["P1,Tea,Food,4.00,", "P2,Jam,Food,4.00,1.00", "P3,Cup,Home,9.00,2.00"],
        "orders": [f"O1,C1,{day(5)},completed,13.00", f"O2,C1,{day(5)},pending,4.00"],
        "order_items": ["I1,O1,P1,1,4.00,4.00", "I2,O2,P2,1,4.00,4.00", "I3,O1,P3,1,9.00,9.00"],
    },
    "no price, no cost, no category, given away": {
        "products": ["P1,,,0.00,0.00", "P2,,,0.00,"],
        "orders": [f"O1,C1,{day(5)},completed,0.00"],
        "order_items": ["I1,O1,P1,3,0.00,0.00", "I2,O1,P2,1,0.00,0.00"],
    },
}


@pytest.mark.parametrize("name", ODD_SHOPS)
def test_every_view_is_right_for_an_odd_shop(db: Db, tmp_path: Path, name: str) -> None:
    db.execute("UPDATE config.affinity SET min_orders = 1")
    folder = shop.write(tmp_path / "shop", **ODD_SHOPS[name])
    products = (folder / "products.csv").read_text().count("\n") - 1
    (folder / "inventory.csv").write_text("\n".join([INVENTORY, "P1,9,0,,"][: 1 + min(products, 1)]) + "\n")
    assert_views_agree(db, folder, 1)
    db.execute("SELECT rollup.apply_changes()")
    assert db.execute("SELECT count(*) AS n FROM bi.product_performance").fetchone() == {"n": products}


AGES = [-40, -1, 0, 1, 6, 7, 27, 28, 34, 62, 88, 89, 90, 150, 179, 180, 181, 364, 400]
MONEY = ["0.00", "0.01", "2.50", "4.00", "10.00", "19.99", "33.30"]


@st.composite
def shops(draw: st.DrawFn) -> dict[str, list[str]]:
    """Return the lines of the files of a small shop: guests, odd statuses, ties, gaps, products without this or that."""
    products: list[str] = []
    stock: list[str] = []
    forecasts: list[str] = []
    orders: list[str] = []
    items: list[str] = []
    product_ids = [f"P{number}" for number in range(1, draw(st.integers(2, 5)))]
    for product in product_ids:
        category = draw(st.sampled_from(["", "Tea", "tea", "Home"]))
        products.append(
            f"{product},N{product},{category},{draw(st.sampled_from(MONEY))},{draw(st.sampled_from(['', *MONEY]))}"
        )
        if draw(st.booleans()):
            on_hand, on_order = draw(st.sampled_from([0, 1, 20, 900])), draw(st.sampled_from([0, 15]))
            stock.append(f"{product},{on_hand},{on_order},{draw(st.sampled_from(['', 0, 5, 30]))},")
        if draw(st.booleans()):
            units, error = draw(st.sampled_from(["0", "0.0001", "0.7", "12.3456"])), draw(st.sampled_from(["0", "3.1"]))
            forecasts.append(f"{product},20,2,10,1,Lumpy,TSB 0.1,{units},{error}")
    for number in range(draw(st.integers(0, 14))):
        customer = draw(st.sampled_from(["", "C1", "C2"]))
        status = draw(st.sampled_from(["completed", "completed", "delivered", "cancelled", "odd"]))
        orders.append(f"O{number},{customer},{day(draw(st.sampled_from(AGES)))} 23:30:00,{status},1.00")
        for _ in range(draw(st.integers(0, 4))):
            product, quantity = draw(st.sampled_from(product_ids)), draw(st.integers(1, 5))
            items.append(f"I{len(items)},O{number},{product},{quantity},1.00,{draw(st.sampled_from(MONEY))}")
    return {
        "products": products,
        "orders": orders,
        "order_items": items,
        "inventory": stock,
        "product_demand": forecasts,
    }


@pytest.mark.takes(12)
def test_every_view_equals_its_second_opinion_for_any_shop(db: Db, tmp_path: Path) -> None:
    db.execute("UPDATE config.affinity SET min_orders = 2")
    db.execute("CALL predict.note_model('product_demand', 1, '{}', NULL, true)")

    @settings(
        max_examples=15,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(shops())
    def agree(files: dict[str, list[str]]) -> None:
        stock, forecasts = files.pop("inventory"), files.pop("product_demand")
        folder = shop.write(tmp_path / "shop", **files)
        (folder / "inventory.csv").write_text("\n".join([INVENTORY, *stock]) + "\n")
        (folder / "product_demand.csv").write_text("\n".join([FORECAST, *forecasts]) + "\n")
        assert_views_agree(db, folder, 2)

    agree()


# --- the sample -------------------------------------------------------------------------------------------------------


def lines_of(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_pairs_equal_a_brute_force_count(sample: Db) -> None:
    sold = {order["order_id"] for order in lines_of("orders") if order["status"] in REVENUE}
    baskets: dict[str, set[str]] = {}
    for item in lines_of("order_items"):
        if item["order_id"] in sold:
            baskets.setdefault(item["order_id"], set()).add(item["product_id"])
    pairs = Counter(pair for basket in baskets.values() for pair in combinations(sorted(basket), 2))
    limit = sample.execute("SELECT min_orders FROM config.affinity").fetchone()
    assert limit is not None
    expected = {pair: count for pair, count in pairs.items() if count >= limit["min_orders"]}
    assert len(expected) > 10
    rows = sample.execute("SELECT * FROM bi.product_affinity").fetchall()
    assert {(row["product_id"], row["other_product_id"]): row["completed_orders"] for row in rows} == expected


def test_products_are_counted_in_the_table_and_without_their_ranks(db: Db) -> None:
    db.execute("SET enable_seqscan = off")
    lines = db.execute("EXPLAIN SELECT count(*) FROM bi.product_performance").fetchall()
    plan = "\n".join(line["QUERY PLAN"] for line in lines)
    assert "on product_performance" in plan
    assert "Only" not in plan
    assert "product_ranks" not in plan


def test_prices_at_the_median_margin_would_bring_over_200_thousand(sample: Db) -> None:
    """The insight that the project before this one published."""
    (found,) = sample.execute("SELECT sum(median_margin_gain) AS gain FROM bi.product_profitability").fetchall()
    assert found["gain"] > 200_000


def test_shares_add_up_and_views_agree_with_each_other(sample: Db) -> None:
    (found,) = sample.execute(
        "SELECT sum(revenue_share) AS share, max(cumulative_share) AS cumulated, sum(total_revenue) AS revenue,"
        " sum(margin_amount) AS margin, sum(total_quantity_sold) AS units, count(*) AS products FROM bi.product_performance"
    ).fetchall()
    assert abs(found["share"] - 100) <= found["products"] * Decimal("0.00005")
    assert found["cumulated"] == 100
    by_category = sample.execute(
        "SELECT sum(total_revenue) AS revenue, sum(margin_amount) AS margin, sum(quantity_sold) AS units,"
        " sum(revenue_share) / count(DISTINCT sale_month) AS share FROM bi.category_performance"
    ).fetchone()
    profits = sample.execute(
        "SELECT sum(total_revenue) AS revenue, sum(contribution) AS margin, sum(quantity_sold) AS units"
        " FROM bi.product_profitability"
    ).fetchone()
    assert by_category is not None
    assert abs(by_category.pop("share") - 100) < Decimal("0.001")
    assert by_category == profits == {name: found[name] for name in ("revenue", "margin", "units")}


def test_without_inventory_demand_is_known_and_stock_is_not(sample: Db) -> None:
    rows = sample.execute("SELECT * FROM bi.inventory_intelligence").fetchall()
    assert {row["xyz_class"] for row in rows} >= {"Y", "Z"}
    names = list(rows[0])
    stock = names[names.index("on_hand") : names.index("stock_status") + 1]
    assert {row[column] for row in rows for column in stock} == {None}
    assert {row["forecast_method"] for row in rows} > {"Mean of 90 days"}


# --- costs and list prices of the day ---------------------------------------------------------------------------------


@pytest.fixture
def priced(db: Db) -> Db:
    """Tea is sold on four days; on 2024-03-03 its price rises from 4 to 5 and its cost from 1 to 3."""
    shop.fill(db)
    db.execute("DELETE FROM staging.order_items WHERE product_id = 'P2'")
    db.execute(
        "INSERT INTO staging.orders (order_id, order_date, status, total_amount)"
        " VALUES ('O5', '2024-03-03', 'completed', 9), ('O6', '2024-03-10', 'completed', 4.5)"
    )
    db.execute(
        "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
        " VALUES ('I6', 'O5', 'P1', 2, 4.5, 9), ('I7', 'O6', 'P1', 1, 4.5, 4.5)"
    )
    db.execute("SELECT rollup.apply_changes()")
    db.execute("UPDATE staging.products SET price = 5, cost = 3 WHERE product_id = 'P1'")
    publish(db)
    return db


def test_growth_needs_a_shop_that_was_open_for_two_whole_spans(db: Db, tmp_path: Path) -> None:
    for first, growth in ((178, None), (179, -50)):
        orders = [
            f"O1,C1,{day(first)},cancelled,1.00",
            f"O2,C1,{day(100)},completed,8.00",
            f"O3,C1,{day(2)},completed,4.00",
        ]
        fill(
            db,
            shop.write(tmp_path / "shop", orders=orders, order_items=["I1,O2,P1,2,4.00,8.00", "I2,O3,P1,1,4.00,4.00"]),
        )
        assert row(db, "product_performance", product_id="P1")["revenue_growth"] == growth


def test_margins_use_the_cost_of_the_day_and_discounts_its_list_price(priced: Db) -> None:
    # 2 + 1 units at 4.00, cost 1, before; 2 + 1 units at 4.50, list price 5, cost 3, from the day on.
    found = row(priced, "product_profitability", product_id="P1")
    assert found["total_revenue"] == Decimal("25.50")
    assert found["total_cost"] == 3 * 1 + 3 * 3
    assert found["contribution"] == Decimal("13.50")
    assert found["contribution_share"] == Decimal("52.94")
    assert found["list_amount"] == 3 * 4 + 3 * 5
    assert found["discount_amount"] == Decimal("1.50")
    assert found["avg_paid_price"] == Decimal("4.25")
    assert row(priced, "product_performance", product_id="P1")["margin_amount"] == Decimal("13.50")
    assert row(priced, "category_performance", category="Food", sale_month=date(2024, 3, 1))["margin_share"] == Decimal(
        "52.94"
    )


def test_a_cost_that_is_known_only_of_a_day_without_a_sale_gives_no_margin(priced: Db) -> None:
    """Tea costs something since the day after its last sale, on which an order of it was cancelled."""
    priced.execute("DELETE FROM staging.product_prices WHERE product_id = 'P1'")
    priced.execute(
        "INSERT INTO staging.orders (order_id, order_date, status, total_amount) VALUES ('X', '2024-03-31', 'cancelled', 4)"
    )
    priced.execute(
        "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
        " VALUES ('X', 'X', 'P1', 1, 4, 4)"
    )
    priced.execute(
        "INSERT INTO staging.product_prices (product_id, valid_from, price, cost) VALUES ('P1', '2024-03-31', 4, 1)"
    )
    publish(priced)
    found = row(priced, "product_performance", product_id="P1")
    assert (found["total_cost"], found["margin_amount"], found["margin_share"]) == (None, None, None)
    profit = row(priced, "product_profitability", product_id="P1")
    assert (profit["contribution"], profit["is_loss_maker"]) == (None, None)


def test_a_cost_that_is_known_for_some_days_gives_the_margin_of_these(priced: Db) -> None:
    priced.execute("UPDATE staging.product_prices SET cost = NULL WHERE product_id = 'P1' AND valid_to IS NOT NULL")
    publish(priced)
    found = row(priced, "product_performance", product_id="P1")
    assert (found["total_cost"], found["margin_amount"]) == (9, Decimal("4.50"))
    assert found["margin_share"] == Decimal("33.33"), "of 13.50, the revenue of the same units"
    priced.execute("UPDATE staging.product_prices SET cost = NULL WHERE product_id = 'P1'")
    publish(priced)
    found = row(priced, "product_profitability", product_id="P1")
    assert (found["total_cost"], found["contribution"], found["is_loss_maker"]) == (None, None, None)


CHANGES = {
    "a price from today on": (
        "UPDATE staging.products SET price = 6 WHERE product_id = 'P1'",
        ["2024-03-03", "2024-03-10"],
    ),
    "the price of a product that has not sold": ("UPDATE staging.products SET price = 6 WHERE product_id = 'P2'", []),
    "the same price": ("UPDATE staging.products SET price = 5 WHERE product_id = 'P1'", []),
    "another name": ("UPDATE staging.products SET product_name = 'Green tea'", []),
    "a new product": ("INSERT INTO staging.products (product_id, price) VALUES ('P9', 1)", []),
    "the cost of the past": (
        "UPDATE staging.product_prices SET cost = 2 WHERE valid_to = '2024-03-03'",
        ["2024-03-01", "2024-03-02"],
    ),
    "the day of the change": (
        """
        BEGIN;
        SET CONSTRAINTS staging.product_prices_valid_to_fkey DEFERRED;
        UPDATE staging.product_prices SET valid_to = '2024-03-02' WHERE valid_to = '2024-03-03';
        UPDATE staging.product_prices SET valid_from = '2024-03-02' WHERE valid_from = '2024-03-03';
        COMMIT;
        """,
        ["2024-03-02", "2024-03-03", "2024-03-10"],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_price_change_makes_due_the_days_that_it_changes_and_no_other(priced: Db, name: str) -> None:
    statement, due = CHANGES[name]
    assert priced.execute("SELECT count(*) AS n FROM rollup.dirty").fetchone() == {"n": 0}
    priced.execute(statement.encode())
    days = priced.execute(
        "SELECT unnest(days)::text AS day, customers, is_everything FROM rollup.take_marks()"
    ).fetchall()
    assert sorted(row["day"] for row in days) == due
    assert not any(row["customers"] or row["is_everything"] for row in days)


# --- stock ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lead_time_variation", "on_hand"), [(0, 40), (0.5, 40), (0, 8), (0, 4), (0, 0), (0, 2000)])
def test_reordering_by_hand(db: Db, tmp_path: Path, lead_time_variation: float, on_hand: int) -> None:
    # Sold two units every third day for 90 days, the last two days ago: 60 units. Lead time 9 days.
    ages = range(2, 90, 3)
    folder = shop.write(
        tmp_path / "shop",
        products=[PRODUCT],
        orders=[f"O{age},,{day(age)},completed,8.00" for age in ages],
        order_items=[f"I{age},O{age},P1,2,4.00,8.00" for age in ages],
    )
    (folder / "inventory.csv").write_text(f"{INVENTORY}\nP1,{on_hand},3,9,\n")
    db.execute("UPDATE config.inventory SET service_level = 0.98, lead_time_variation = %s", (lead_time_variation,))
    fill(db, folder)
    found = row(db, "inventory_intelligence", product_id="P1")

    daily = 60 / 90
    spread = stdev([2.0] * 30 + [0.0] * 60)
    safety = NormalDist().inv_cdf(0.98) * sqrt(9 * spread**2 + (daily * 9 * lead_time_variation) ** 2)
    point = ceil(daily * 9 + safety)
    assert float(found["daily_units_90_days"]) == pytest.approx(daily, abs=0.0001)
    assert float(found["safety_stock"]) == pytest.approx(safety, abs=0.006)
    assert found["reorder_point"] == point
    assert found["days_of_cover"] == on_hand * Decimal("1.5")
    assert found["reorder_quantity"] == (point + ceil(28 * daily) - on_hand - 3 if on_hand + 3 <= point else 0)
    expected = {40: "In stock", 8: "Reorder", 4: "Stock-out risk", 0: "Out of stock", 2000: "Overstock"}
    assert found["stock_status"] == expected[on_hand]
    assert (found["demand_trend"], found["stock_value"]) == ("Steady", on_hand)


@pytest.mark.parametrize("lead_time_variation", [0, 0.5])
def test_reordering_by_a_forecast_by_hand(db: Db, tmp_path: Path, lead_time_variation: float) -> None:
    # 3.5 units a week, give or take 2.8; lead time 9 days.
    folder = shop.write(
        tmp_path / "shop",
        products=[PRODUCT],
        orders=[f"O1,,{day(100)},completed,8.00"],
        order_items=["I1,O1,P1,2,4.00,8.00"],
    )
    (folder / "inventory.csv").write_text(f"{INVENTORY}\nP1,2,1,9,\n")
    (folder / "product_demand.csv").write_text(f"{FORECAST}\nP1,20,2,10,0,Intermittent,TSB 0.1,3.5,2.8\n")
    db.execute("UPDATE config.inventory SET lead_time_variation = %s", (lead_time_variation,))
    fill(db, folder)
    found = row(db, "inventory_intelligence", product_id="P1")
    assert (found["forecast_method"], found["reorder_point"], found["days_of_cover"]) == ("Mean of 90 days", 0, None)

    db.execute("CALL predict.note_model('product_demand', 1, '{}', NULL, true)")
    publish(db)
    found = row(db, "inventory_intelligence", product_id="P1")
    safety = NormalDist().inv_cdf(0.95) * sqrt(9 / 7 * 2.8**2 + (0.5 * 9 * lead_time_variation) ** 2)
    point = ceil(0.5 * 9 + safety)
    assert (found["demand_class"], found["forecast_method"]) == ("Intermittent", "TSB 0.1")
    assert (found["expected_weekly_units"], found["weekly_units_error"]) == (Decimal("3.5"), Decimal("2.8"))
    assert float(found["safety_stock"]) == pytest.approx(safety, abs=0.006)
    assert (found["reorder_point"], found["reorder_quantity"]) == (point, point + 14 - 3)
    assert (found["days_of_cover"], found["stock_status"]) == (4, "Stock-out risk")
    # Dead by now, whatever was expected.
    db.execute("UPDATE config.inventory SET dead_stock_days = 99")
    publish(db)
    found = row(db, "inventory_intelligence", product_id="P1")
    assert (found["forecast_method"], found["reorder_point"], found["stock_status"]) == (
        "Mean of 90 days",
        0,
        "Dead stock",
    )


def test_the_quantiles_of_the_service_levels_are_those_of_the_normal_distribution(db: Db) -> None:
    levels = db.execute("SELECT * FROM config.service_level").fetchall()
    assert len(levels) >= 9
    for level in levels:
        assert float(level["z"]) == pytest.approx(NormalDist().inv_cdf(float(level["service_level"])), abs=0.00005)


def test_an_analyst_changes_a_limit_and_sees_it(db: Db, tmp_path: Path) -> None:
    shop.fill(db)
    publish(db)
    assert row(db, "product_performance", product_id="P1")["abc_class"] == "A"
    assert db.execute("SELECT * FROM bi.product_affinity").fetchall() == []
    db.execute("UPDATE config.abc_class SET from_share = 0.5 WHERE abc_class = 'B'")
    db.execute("UPDATE config.affinity SET min_orders = 1")
    db.execute("CALL refresh_analytics()")
    # Revenue: cups 20, tea 12 of 32.
    assert row(db, "product_performance", product_id="P1")["abc_class"] == "B"
    # Of three completed orders one has both, two have tea, two have cups: 1/3 over 2/3 of 2/3.
    found = row(db, "product_affinity", product_id="P1")
    assert (found["support"], found["confidence"], found["lift"]) == (Decimal("33.333333"), 50, Decimal("0.75"))
