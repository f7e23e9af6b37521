"""The demand of products: against plain recursions, on demand made with known answers, and on shops with little."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from math import sqrt
from statistics import mean
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import demand
from tests.conftest import ROOT, Db

AS_OF = date(2024, 3, 31)
Series = dict[str, list[int]]
REVENUE = {"completed", "shipped", "delivered"}


def put(db: Db, series: Series) -> None:
    """Put weekly units into the rollup that demand is read from, the last week ending the day before AS_OF, and products."""
    db.execute("TRUNCATE staging.products CASCADE")
    db.execute("TRUNCATE rollup.product_days, rollup.days")
    with db.cursor() as cursor:
        with cursor.copy("COPY staging.products (product_id, product_name, price, cost) FROM STDIN") as copy:
            for product in series:
                copy.write_row((product, f"Name {product}", 9, 3))
        columns = "sale_date, product_id, quantity_sold, total_revenue, total_orders, completed_orders"
        with cursor.copy(f"COPY rollup.product_days ({columns}) FROM STDIN".encode()) as copy:
            for number, (product, weeks) in enumerate(series.items()):
                for age, units in enumerate(reversed(weeks)):
                    if units:
                        copy.write_row((AS_OF - timedelta(days=1 + 7 * age + number % 7), product, units, units, 1, 1))
    db.execute("CALL config.set_clock(%s)", (AS_OF,))


def forecasts(db: Db) -> dict[tuple[str, int], dict[str, Any]]:
    """Return what predict.demand_forecasts() finds, methods together, by product and origin."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in db.execute("SELECT * FROM predict.demand_forecasts(%s)", (AS_OF - timedelta(days=1),)).fetchall():
        key = (row["product_id"], row["origin"])
        found.setdefault(key, row | {"expected": {}})["expected"][row["method"]] = row["expected"]
    return found


def fit(db: Db) -> dict[str, Any]:
    """Fit the model, publish what is read from it, and return its row."""
    db.execute("CALL predict.run_guarded('fit_product_demand')")
    for view in ("demand_methods", "inventory_intelligence", "model_backtests", "model_quality"):
        db.execute(f"REFRESH MATERIALIZED VIEW analytics.{view}".encode())
    (row,) = db.execute("SELECT * FROM predict.model WHERE model_name = 'product_demand'").fetchall()
    return row


def assert_same(found: dict[str, Any], expected: demand.Forecast) -> None:
    assert (found["weeks"], found["demand_class"]) == (expected.weeks, expected.kind)
    assert found["scale"] == pytest.approx(expected.scale)
    assert found["came"] == expected.came
    assert found["expected"] == pytest.approx(expected.expected, rel=1e-9, abs=1e-9)


# --- the recursions ---------------------------------------------------------------------------------------------------------


def test_the_recursion_gives_the_published_example() -> None:
    """Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 2nd edition, 12.2: a lubricant's monthly sales."""
    months = [
        0,
        2,
        0,
        1,
        0,
        11,
        0,
        0,
        0,
        0,
        2,
        0,
        6,
        3,
        0,
        0,
        0,
        0,
        0,
        7,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        3,
        1,
        0,
        0,
        1,
        0,
        1,
        0,
        0,
    ]
    places = [-1, *(place for place, units in enumerate(months) if units)]
    size = demand.smooth([units for units in months if units], 0.1, starts_with_first=True)
    gap = demand.smooth([b - a for a, b in pairwise(places)], 0.1, starts_with_first=True)
    assert (round(size, 3), round(gap, 3), round(size / gap, 3)) == (2.750, 2.793, 0.985)


def test_forecasts_by_hand(db: Db) -> None:
    # Three units in the first of sixteen weeks and one in the last, with a of 0.1: 0.9^15 is 0.205891.
    put(db, {"P1": [3, *[0] * 14, 1]})
    found = forecasts(db)["P1", 0]
    size = (0.9 * 3 + 1) / 1.9
    chance = 0.1 * (1 + 0.9**15) / (1 - 0.9**16)
    assert found["expected"]["Smoothing 0.1"] == pytest.approx(0.1 * (1 + 3 * 0.9**15) / (1 - 0.9**16))
    assert found["expected"]["Croston 0.1"] == pytest.approx(size / 15)
    assert found["expected"]["SBA 0.1"] == pytest.approx(0.95 * size / 15)
    assert found["expected"]["TSB 0.1"] == pytest.approx(size * chance)
    assert found["expected"]["Mean of 12 weeks"] == pytest.approx(1 / 12)
    assert found["expected"]["Mean of 4 weeks"] == 0.25
    # Down by three, up by one, in fifteen steps. Two sizes: 3 and 1, mean 2, variance 2.
    assert (found["scale"], found["size_variation"], found["demand_class"]) == (pytest.approx(10 / 15), 0.5, "Lumpy")


def test_each_method_equals_its_recursion_from_each_origin(db: Db) -> None:
    dice = np.random.default_rng(7)
    series: Series = {}
    for number in range(120):
        length = int(dice.integers(10, 53))
        is_sold = dice.random(length) < dice.choice([0.05, 0.3, 0.7, 1])
        weeks = is_sold * dice.negative_binomial(dice.choice([1, 20]), 0.2, length)
        series[f"P{number:03}"] = [*map(int, weeks)]
    series |= {"YOUNG": [1] * 12, "DEAD": [5] * 26 + [0] * 26, "ALIVE": [5] * 26 + [0] * 25, "SAME": [3] * 52}
    put(db, series)
    found = forecasts(db)
    expected = {
        (name, origin): known
        for name, weeks in series.items()
        for origin in range(7)
        if (known := demand.forecast(weeks, origin))
    }
    assert found.keys() == expected.keys()
    assert {known.kind for known in expected.values()} == {"Smooth", "Erratic", "Intermittent", "Lumpy"}
    for key, row in found.items():
        assert_same(row, expected[key])
    assert ("YOUNG", 0) not in found
    assert ("ALIVE", 0) in found
    assert ("DEAD", 0) not in found


@st.composite
def demands(draw: st.DrawFn) -> list[list[int]]:
    """Return weekly units of some products, each with a sale at least."""
    weeks = st.lists(st.sampled_from([0, 0, 0, 1, 2, 7, 400]), min_size=13, max_size=45)
    return draw(st.lists(weeks.filter(any), min_size=1, max_size=12))


def test_laws_of_forecasts(db: Db) -> None:
    """Never below zero; seven times the units, seven times the forecast; without sales smoothing and TSB sink towards zero."""
    db.execute("UPDATE config.inventory SET dead_stock_days = 3650")

    @settings(
        max_examples=12,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(demands())
    def hold(drawn: list[list[int]]) -> None:
        series = {f"A{number}": weeks for number, weeks in enumerate(drawn)}
        series |= {f"B{number}": [7 * units for units in weeks] for number, weeks in enumerate(drawn)}
        put(db, series)
        found = forecasts(db)
        # Origin 0 alone: from other origins a product may not have begun.
        for number in range(len(drawn)):
            if (f"A{number}", 0) not in found:
                assert (f"B{number}", 0) not in found
                continue
            once, times = found[f"A{number}", 0], found[f"B{number}", 0]
            assert all(value >= 0 for value in once["expected"].values())
            assert times["expected"] == pytest.approx({name: 7 * value for name, value in once["expected"].items()})
            assert (times["demand_class"], times["scale"]) == (once["demand_class"], pytest.approx(49 * once["scale"]))

    hold()
    sunk = []
    for idle in (0, 10, 25, 35):
        put(db, {"P1": [4, 0, 3, 0, 0, 2, 1, 0, 0, 1, 5, 0, 3, *[0] * idle]})
        sunk.append(forecasts(db)["P1", 0]["expected"])
    for name in ("TSB 0.2", "Smoothing 0.2", "TSB 0.05"):
        values = [expected[name] for expected in sunk]
        assert values == sorted(values, reverse=True)
    assert sunk[3]["TSB 0.2"] < 0.001 * sunk[0]["TSB 0.2"] * 1.5
    assert sunk[3]["Croston 0.1"] == pytest.approx(sunk[0]["Croston 0.1"])


# --- the choice -------------------------------------------------------------------------------------------------------------


def made(products: int, seed: int) -> tuple[Series, dict[str, str], dict[str, float]]:
    """Return the weekly units of a year of products of the four classes, their classes and their true means."""
    dice = np.random.default_rng(seed)
    series, kinds, means = {}, {}, {}
    for number in range(products):
        kind = ("Smooth", "Erratic", "Intermittent", "Lumpy")[number % 4]
        chance = 1.0 if kind in {"Smooth", "Erratic"} else dice.uniform(0.25, 0.5)
        level = dice.uniform(8, 30)
        count = 52
        shape = 1.0 if kind in {"Erratic", "Lumpy"} else 30.0
        sizes = 1 + dice.negative_binomial(shape, shape / (shape + level), count)
        name = f"P{number:04}"
        series[name] = [*map(int, sizes * (dice.random(count) < chance))]
        kinds[name], means[name] = kind, chance * (1 + level)
    return series, kinds, means


def test_demand_of_each_class_is_known_for_what_it_is_and_forecast_better_than_by_the_mean(db: Db) -> None:
    series, kinds, means = made(400, 11)
    put(db, series)
    assert fit(db)["is_usable"]
    rows = db.execute("SELECT * FROM predict.product_demand").fetchall()
    assert len(rows) == len(series)
    assert mean(row["demand_class"] == kinds[row["product_id"]] for row in rows) > 0.9
    errors: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        errors[kinds[row["product_id"]]].append(float(row["weekly_units"]) / means[row["product_id"]] - 1)
    for kind, found in errors.items():
        # No bias, and not far off: the demand does not change, so the more is remembered the better.
        assert abs(mean(found)) < 0.06, kind
        assert sqrt(mean(error**2 for error in found)) < {"Smooth": 0.1}.get(kind, 0.32), kind
    methods = db.execute("SELECT * FROM bi.demand_methods").fetchall()
    plain = {row["demand_class"]: row["rmsse"] for row in methods if row["is_plain"]}
    chosen = {row["demand_class"]: row for row in methods if row["is_chosen"]}
    assert plain.keys() == chosen.keys() == set(kinds.values())
    for kind, row in chosen.items():
        assert row["rmsse"] < plain[kind]
        # Weeks that do not know of each other differ twice as much, squared, as they vary; more where level and scale are guessed
        # from few sales of very different sizes.
        assert sqrt(0.5) < row["rmsse"] < 1
        assert 91 < row["lasted_share"] < 98
    (test,) = db.execute(
        "SELECT * FROM predict.backtest WHERE model_name = 'product_demand' AND measure = 'RMSSE'"
    ).fetchall()
    assert test["is_better"]
    assert test["observations"] == 6 * len(series)


def test_the_error_of_a_week_is_as_far_as_weeks_are_off(db: Db) -> None:
    """A year is forecast from its first ten months: its last weeks are as far off as the standard errors say."""
    series, _, means = made(300, 12)
    put(db, {name: weeks[:-8] for name, weeks in series.items()})
    fit(db)
    rows = db.execute("SELECT * FROM predict.product_demand").fetchall()
    assert len(rows) == len(means)
    ratios = [
        (sum(series[row["product_id"]][-8:-4]) - 4 * float(row["weekly_units"])) ** 2
        / (4 * float(row["weekly_error"]) ** 2)
        for row in rows
    ]
    assert mean(ratios) == pytest.approx(1, abs=0.2)


def test_where_no_method_errs_less_the_plain_rule_stays(db: Db) -> None:
    dice = np.random.default_rng(2)
    put(db, {f"P{number}": [*map(int, dice.poisson(50, 52))] for number in range(8)})
    db.execute("UPDATE config.demand SET min_tests = 49")
    row = fit(db)
    assert not row["is_usable"]
    assert row["reason"].startswith("not enough data: ")
    db.execute("UPDATE config.demand SET min_tests = 48")
    assert fit(db)["is_usable"]
    (chosen,) = db.execute("SELECT * FROM predict.demand_method WHERE is_chosen").fetchall()
    (least,) = db.execute("SELECT min(rmsse) AS rmsse FROM predict.demand_method").fetchall()
    assert chosen["rmsse"] == least["rmsse"]
    # Both means are right, and no other method is.
    put(db, {f"P{number}": [5, 0] * 26 for number in range(8)})
    db.execute("UPDATE predict.model SET is_refit_wanted = true")
    fit(db)
    (chosen,) = db.execute("SELECT method, rmsse FROM predict.demand_method WHERE is_chosen").fetchall()
    assert chosen == {"method": "Mean of 12 weeks", "rmsse": 0}


def test_the_back_test_takes_some_products_and_the_forecast_all(db: Db) -> None:
    series, *_ = made(60, 5)
    put(db, series)
    db.execute("UPDATE config.demand SET test_products = 20, min_tests = 2")
    found = forecasts(db)
    tested = {name for name, origin in found if origin > 0}
    assert len(tested) == 20
    assert {name for name, origin in found if origin == 0} == series.keys()
    for (name, origin), row in found.items():
        known = demand.forecast(series[name], origin)
        assert known
        assert_same(row, known)


# --- the sample -------------------------------------------------------------------------------------------------------------


def weeks_of_the_sample(as_of: date) -> Series:
    """Return the weekly units of each product of data/ over 52 weeks, from the files."""
    with (ROOT / "data" / "orders.csv").open(newline="") as file:
        days = {
            row["order_id"]: date.fromisoformat(row["order_date"][:10])
            for row in csv.DictReader(file)
            if row["status"] in REVENUE
        }
    series: Series = {}
    with (ROOT / "data" / "order_items.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            day = days.get(row["order_id"])
            if day and 0 <= (age := (as_of - timedelta(days=1) - day).days // 7) < 52:
                series.setdefault(row["product_id"], [0] * 52)[51 - age] += int(row["quantity"])
    return series


def test_the_sample_is_forecast_as_by_the_recursions(sample: Db) -> None:
    series = weeks_of_the_sample(date(2025, 12, 31))
    known = {
        (name, origin): found
        for name, weeks in series.items()
        for origin in range(7)
        if (found := demand.forecast(weeks, origin))
    }
    errors: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    for (_, origin), found in known.items():
        if origin and found.scale > 0 and found.came is not None:
            for method, units in found.expected.items():
                error = (found.came - 4 * units) ** 2 / (4 * found.scale)
                errors[found.kind, method].append((error, 4 * units, found.came))
    rows = sample.execute("SELECT * FROM predict.demand_method").fetchall()
    enough = {key: values for key, values in errors.items() if len(values) >= 30}
    assert {(row["demand_class"], row["method"]) for row in rows} == enough.keys()
    chosen = {}
    for row in rows:
        values = enough[row["demand_class"], row["method"]]
        assert row["observations"] == len(values)
        assert row["rmsse"] == pytest.approx(sqrt(mean(error for error, *_ in values)))
        assert row["units_expected"] == pytest.approx(sum(units for _, units, _ in values))
        assert row["units_came"] == sum(came for *_, came in values)
        if row["is_chosen"]:
            chosen[row["demand_class"]] = row
            of_class = (values for key, values in enough.items() if key[0] == row["demand_class"])
            assert row["rmsse"] == pytest.approx(min(sqrt(mean(error for error, *_ in values)) for values in of_class))
    assert len(chosen) >= 3
    for kind, row in chosen.items():
        limits = [
            (found.came or 0) <= 4 * found.expected[row["method"]] + 2 * 1.6449 * row["rmsse"] * sqrt(found.scale)
            for (_, origin), found in known.items()
            if origin and found.kind == kind and found.scale > 0
        ]
        assert row["lasted"] == pytest.approx(mean(limits))
    shown = {row["product_id"]: row for row in sample.execute("SELECT * FROM predict.product_demand").fetchall()}
    now = {name: found for (name, origin), found in known.items() if not origin and found.kind in chosen}
    assert shown.keys() == now.keys()
    for name, found in now.items():
        row, best = shown[name], chosen[found.kind]
        assert (row["demand_class"], row["method"]) == (found.kind, best["method"])
        assert float(row["weekly_units"]) == pytest.approx(found.expected[best["method"]], abs=0.0001)
        assert float(row["weekly_error"]) == pytest.approx(best["rmsse"] * sqrt(found.scale), abs=0.0001)


# --- shops with little ------------------------------------------------------------------------------------------------------

LITTLE: dict[str, Series] = {
    "no sale": {},
    "one sale": {"P1": [3]},
    "one sale long ago": {"P1": [3, *[0] * 50]},
    "one product": {"P1": [2, 0, 3, 4] * 13},
    "always the same": {f"P{number}": [4] * 52 for number in range(40)},
}


@pytest.mark.parametrize("name", LITTLE)
def test_little_is_not_enough_and_the_plain_rule_goes_on(db: Db, name: str) -> None:
    put(db, LITTLE[name])
    row = fit(db)
    assert (row["is_usable"], row["reason"][:17]) == (False, "not enough data: ")
    assert db.execute("SELECT * FROM bi.demand_methods").fetchall() == []
    methods = db.execute("SELECT DISTINCT demand_class, forecast_method FROM bi.inventory_intelligence").fetchall()
    assert methods in ([], [{"demand_class": None, "forecast_method": "Mean of 90 days"}])


def test_a_refresh_fits_it_and_a_small_shop_is_told_why_not(published: Db) -> None:
    rows = published.execute("SELECT verdict FROM bi.model_quality WHERE model_name = 'product_demand'").fetchall()
    assert [row["verdict"][:28] for row in rows] == ["Not in use: not enough data:"]
    (row,) = published.execute("SELECT * FROM bi.inventory_intelligence WHERE product_id = 'P1'").fetchall()
    assert float(row["expected_weekly_units"]) == pytest.approx(7 * 3 / 28, abs=0.0001)


def test_other_settings_are_another_fit(published: Db) -> None:
    published.execute("UPDATE config.demand SET min_weeks = 14")
    published.execute("UPDATE config.inventory SET dead_stock_days = 181")
    wanted = published.execute("SELECT model_name FROM predict.model WHERE is_refit_wanted").fetchall()
    assert [row["model_name"] for row in wanted] == ["product_demand"]
