"""Churn and lifetime value: against the papers, against scipy, on shops made with known parameters, and on shops with little."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_postgresql.executors import NoopExecutor
from scipy import special
from typer.testing import CliRunner

from runner import cli
from tests import cdnow, customer_models, second_opinion, shop
from tests.conftest import ROOT, Db, clone, database_url

PURCHASES, VALUE = "customer_purchases", "customer_value"
HORIZON_WEEKS = 90 / 7
Purchases = list[tuple[str, date, Decimal]]


def fill(db: Db, purchases: Purchases, as_of: date, customers: list[str] | None = None) -> None:
    """Put customers and their completed orders into an emptied staging, and bring rollups, models and predictions up to date."""
    db.execute("TRUNCATE staging.customers, staging.products, staging.orders, staging.order_items CASCADE")
    with db.cursor() as cursor:
        with cursor.copy("COPY staging.customers (customer_id, first_name) FROM STDIN") as copy:
            for customer in customers or sorted({customer for customer, _, _ in purchases if customer}):
                copy.write_row((customer, "Name"))
        columns = "order_id, customer_id, order_date, status, total_amount"
        with cursor.copy(f"COPY staging.orders ({columns}) FROM STDIN".encode()) as copy:
            for number, (customer, day, amount) in enumerate(purchases):
                copy.write_row((str(number), customer or None, day, "completed", amount))
    publish(db, as_of)


def publish(db: Db, as_of: date) -> int | None:
    """Bring rollups, models and the views of predictions up to date, as a refresh does.

    Return how many of the models of customers were fitted, or None when no model was asked.
    """
    before = db.execute("SELECT clock_timestamp() AS moment").fetchone()
    db.execute("CALL config.set_clock(%s)", (as_of,))
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    db.execute("DELETE FROM rollup.changed")
    changed = db.execute("SELECT ops.take_changed_relations() AS changed").fetchone()
    assert changed is not None
    fitted = db.execute("SELECT predict.update_models(%s, false) AS fitted", (changed["changed"],)).fetchone()
    assert fitted is not None
    db.execute("SELECT ops.take_changed_relations()")
    for view in ("customer_predictions", "model_backtests", "model_quality"):
        db.execute(f"REFRESH MATERIALIZED VIEW analytics.{view}".encode())
    if fitted["fitted"] is None or before is None:
        return None
    return db.execute(
        "SELECT FROM predict.model WHERE model_name IN (%s, %s) AND fitted_at >= %s",
        (PURCHASES, VALUE, before["moment"]),
    ).rowcount


def model(db: Db, name: str) -> dict[str, Any]:
    """Return the row of a model."""
    row = db.execute("SELECT * FROM predict.model WHERE model_name = %s", (name,)).fetchone()
    assert row is not None
    return row


def histories(db: Db) -> dict[str, Any]:
    """Return columns of (x, t_x, T) in weeks and the mean value of a repeat day, a row a customer, counted from staging."""
    rows = db.execute(
        """
        WITH days AS (
            SELECT o.customer_id, o.order_day, sum(o.total_amount) AS amount FROM staging.orders AS o
            WHERE o.status IN ('completed', 'shipped', 'delivered') AND o.order_day <= (SELECT as_of FROM config.clock)
            AND o.customer_id IS NOT NULL GROUP BY 1, 2
        )
        SELECT customer_id, array_agg(order_day ORDER BY order_day) AS days, array_agg(amount ORDER BY order_day) AS amounts,
            (SELECT as_of FROM config.clock) AS as_of
        FROM days GROUP BY customer_id ORDER BY customer_id COLLATE "C"
        """
    ).fetchall()
    return {
        "customer_id": [row["customer_id"] for row in rows],
        "x": np.array([len(row["days"]) - 1 for row in rows], dtype=float),
        "t_x": np.array([(row["days"][-1] - row["days"][0]).days / 7 for row in rows]),
        "age": np.array([(row["as_of"] - row["days"][0]).days / 7 for row in rows]),
        "value": np.array([float(sum(row["amounts"][1:])) / max(len(row["days"]) - 1, 1) for row in rows]),
    }


def scipy_purchases(seen: dict[str, Any]) -> customer_models.Fit:
    """Return scipy's fit of BG/NBD."""
    data = (seen["x"], seen["t_x"], seen["age"])
    return customer_models.maximize(
        lambda parameters: customer_models.purchase_likelihood(parameters, *data), [[0.5, 5, 0.5, 2], [1, 1, 1, 1]]
    )


def scipy_value(seen: dict[str, Any]) -> customer_models.Fit:
    """Return scipy's fit of Gamma-Gamma."""
    paid = (seen["x"] > 0) & (seen["value"] > 0)
    data = (seen["x"][paid], seen["value"][paid])
    mean = float(np.mean(data[1]))
    return customer_models.maximize(
        lambda parameters: customer_models.value_likelihood(parameters, *data), [[1, 2, mean], [6, 4, mean / 2]]
    )


def assert_predictions_agree(db: Db, fit: customer_models.Fit, seen: dict[str, Any]) -> None:
    """Hold P(alive) and expected purchases of every customer against scipy's."""
    rows = db.execute(
        "SELECT customer_id, alive_probability, expected_purchases FROM analytics.customer_predictions"
        ' WHERE alive_probability IS NOT NULL ORDER BY customer_id COLLATE "C"'
    ).fetchall()
    assert [row["customer_id"] for row in rows] == seen["customer_id"]
    data = (seen["x"], seen["t_x"], seen["age"])
    ours = np.array([(float(row["alive_probability"]) / 100, float(row["expected_purchases"])) for row in rows]).T
    assert np.max(np.abs(ours[0] - customer_models.alive(fit.parameters, *data))) < 1e-4
    assert np.max(np.abs(ours[1] - customer_models.expected(fit.parameters, *data, HORIZON_WEEKS))) < 1e-4


# --- the functions that PostgreSQL lacks ------------------------------------------------------------------------------------


def test_the_gamma_functions_are_right_to_twelve_digits(db: Db) -> None:
    x = np.concatenate([10.0 ** np.linspace(-6, 8, 300), np.linspace(0.5, 12, 300)])
    rows = db.execute(
        "SELECT predict.ln_gamma(v) AS l, predict.digamma(v) AS d FROM unnest(%s::double precision[]) AS v", (list(x),)
    ).fetchall()
    for name, right in (("l", special.gammaln(x)), ("d", special.digamma(x))):
        ours = np.array([row[name] for row in rows])
        assert np.max(np.abs(ours - right) / (1 + np.abs(right))) < 1e-12


def test_expected_purchases_are_those_of_the_hypergeometric_function(db: Db) -> None:
    dice = np.random.default_rng(7)
    for _ in range(100):
        parameters = np.exp(dice.uniform(-2, 2, 4)) * np.array([1, 5, 1, 1])
        x, t_x, age = np.array([float(dice.integers(0, 40))]), np.array([0.0]), np.array([dice.uniform(0, 150)])
        row = db.execute(
            "SELECT predict.expected_purchases(%s, %s, %s, %s, %s, %s, %s) AS y",
            (*map(float, parameters), x[0], float(age[0]), HORIZON_WEEKS),
        ).fetchone()
        assert row is not None
        alive = customer_models.alive(parameters, x, t_x, age)
        right = customer_models.expected(parameters, x, t_x, age, HORIZON_WEEKS) / alive
        assert row["y"] == pytest.approx(float(right[0]), rel=1e-9)


@pytest.mark.parametrize("a", [1.0, 1 + 1e-12])
def test_expected_purchases_have_no_hole_where_the_formula_of_the_paper_divides_by_zero(db: Db, a: float) -> None:
    rows = db.execute(
        "SELECT predict.expected_purchases(0.5, 4, a, 2, 3, 20, 12) AS y FROM unnest(%s::float8[]) AS a",
        ([a, 0.999, 1.001],),
    )
    exact, below, above = (row["y"] for row in rows)
    assert exact == pytest.approx((below + above) / 2, rel=1e-6)


# --- CDNOW ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cdnow_db(installed: NoopExecutor, admin: psycopg.Connection[Any]) -> Iterator[Db]:
    """Return a connection to a database with CDNOW's sample, fitted as of the end of its 39 weeks. Tests only read it."""
    purchases = cdnow.purchases()
    with clone(admin, installed, "cdnow") as connection:
        fill(connection, purchases, cdnow.END)
        yield connection


def test_cdnow_gives_the_published_parameters(cdnow_db: Db) -> None:
    found, value = model(cdnow_db, PURCHASES), model(cdnow_db, VALUE)
    assert (found["observations"], value["observations"]) == (2357, 946)
    for name, published in cdnow.PUBLISHED_PURCHASES.items():
        assert round(found["parameters"][name], 3) == published
    for name, published in cdnow.PUBLISHED_VALUE.items():
        assert round(value["parameters"][name], 2) == published
    assert round(found["log_likelihood"], 1) == cdnow.PUBLISHED_LIKELIHOOD
    assert found["log_likelihood"] >= -9582.43


def test_cdnow_is_predicted_customer_by_customer_as_by_scipy(cdnow_db: Db) -> None:
    seen = histories(cdnow_db)
    fit = scipy_purchases(seen)
    assert model(cdnow_db, PURCHASES)["log_likelihood"] >= fit.log_likelihood - 1e-4
    assert_predictions_agree(cdnow_db, fit, seen)

    p, q, v = scipy_value(seen).parameters
    rows = cdnow_db.execute(
        "SELECT expected_purchase_value AS value, expected_purchases AS days, expected_revenue AS revenue,"
        ' predicted_lifetime_value AS worth FROM analytics.customer_predictions ORDER BY customer_id COLLATE "C"'
    ).fetchall()
    values = p * (v + seen["x"] * seen["value"]) / (p * seen["x"] + q - 1)
    assert np.allclose([float(row["value"]) for row in rows], values, atol=0.006)
    data = (seen["x"], seen["t_x"], seen["age"])
    # Discounted day by day.
    ends = np.arange(1, 366)
    by_day = np.array([customer_models.expected(fit.parameters, *data, float(day) / 7) for day in ends])
    discounts = 1.1 ** -((ends - 0.5) / 365.25)
    worth = values * (discounts @ np.diff(by_day, axis=0, prepend=0))
    assert np.allclose([float(row["worth"]) for row in rows], worth, rtol=1e-4, atol=0.01)


def test_the_page_on_models_says_what_the_fit_of_cdnow_says(cdnow_db: Db) -> None:
    found, value, seen = model(cdnow_db, PURCHASES), model(cdnow_db, VALUE), histories(cdnow_db)
    purchases, values = scipy_purchases(seen), scipy_value(seen)
    lines = [
        f"| {label} | {published} | {ours:.{places}f} | {theirs:.{places}f} |"
        for label, published, ours, theirs, places in [
            *(
                (name, cdnow.PUBLISHED_PURCHASES[name], found["parameters"][name], theirs, 4)
                for name, theirs in purchases.named("r alpha a b").items()
            ),
            ("log-likelihood", cdnow.PUBLISHED_LIKELIHOOD, found["log_likelihood"], purchases.log_likelihood, 3),
            *(
                (name, cdnow.PUBLISHED_VALUE[name], value["parameters"][name], theirs, 3)
                for name, theirs in values.named("p q v").items()
            ),
        ]
    ]
    page = (ROOT / "docs/models.md").read_text(encoding="utf-8")
    assert "\n".join(lines) in page
    assert findings(cdnow_db) in page


def findings(db: Db) -> str:
    """Return the back-test of the models of customers as the page on models has it."""
    rows = db.execute(
        "SELECT model_name, finding FROM predict.backtest WHERE model_name LIKE 'customer%' ORDER BY model_name, measure"
    )
    return "\n".join(f"* `{row['model_name']}`: {row['finding']}" for row in rows)


# --- the sample of data/ ----------------------------------------------------------------------------------------------------


def test_the_sample_is_predicted_as_by_another_engine_and_scipy(sample: Db) -> None:
    rows = second_opinion.ask(
        ROOT / "data",
        f"""
        WITH days AS (
            SELECT customer_id, order_date::date AS day, sum(total_amount) AS amount FROM orders
            WHERE status IN {second_opinion.REVENUE} AND order_date::date <= $as_of AND customer_id IS NOT NULL GROUP BY ALL
        ),
        firsts AS (SELECT customer_id, min(day) AS first FROM days GROUP BY customer_id)
        SELECT customer_id, count(*) - 1 AS x, (max(day) - any_value(first)) / 7 AS t_x, ($as_of - any_value(first)) / 7 AS age,
            coalesce(sum(amount) FILTER (WHERE day > first), 0) / greatest(count(*) - 1, 1) AS value
        FROM days INNER JOIN firsts USING (customer_id) GROUP BY customer_id
        """,
        date(2025, 12, 31),
    )
    rows.sort(key=lambda row: row["customer_id"].encode())
    seen: dict[str, Any] = {key: np.array([float(row[key]) for row in rows]) for key in ("x", "t_x", "age", "value")}
    seen["customer_id"] = [row["customer_id"] for row in rows]
    fit = scipy_purchases(seen)
    assert model(sample, PURCHASES)["log_likelihood"] >= fit.log_likelihood - 0.01
    # The largest likelihood is at infinity; where on the way there a search stops depends on the processor. As far out as ours
    # stopped, scipy must find the same.
    parameters = model(sample, PURCHASES)["parameters"]
    data = (seen["x"], seen["t_x"], seen["age"])
    known = customer_models.maximize(
        lambda p: customer_models.purchase_likelihood(np.insert(p, 2, parameters["a"]), *data),
        [[0.5, 5, 10 * parameters["a"]], [1, 1, parameters["a"]]],
    )
    assert model(sample, PURCHASES)["log_likelihood"] >= known.log_likelihood - 1e-4
    at_ours = customer_models.Fit(np.insert(known.parameters, 2, parameters["a"]), known.log_likelihood)
    assert_predictions_agree(sample, at_ours, seen)

    p, q, v = scipy_value(seen).parameters
    ours = sample.execute(
        "SELECT expected_purchase_value AS value FROM analytics.customer_predictions"
        ' WHERE expected_purchase_value IS NOT NULL ORDER BY customer_id COLLATE "C"'
    )
    values = p * (v + seen["x"] * seen["value"]) / (p * seen["x"] + q - 1)
    assert np.allclose([float(row["value"]) for row in ours], values, rtol=1e-4)


def test_the_view_and_the_routine_agree_on_who_is_alive(sample: Db) -> None:
    differing = sample.execute(
        """
        SELECT v.customer_id FROM analytics.customer_predictions AS v
        INNER JOIN rollup.customer_purchases AS h USING (customer_id)
        CROSS JOIN config.clock AS k
        INNER JOIN predict.model AS m ON m.model_name = 'customer_purchases'
        CROSS JOIN jsonb_to_record(m.parameters) AS f (r float8, alpha float8, a float8, b float8)
        WHERE NOT coalesce(abs(100 * predict.p_alive(
            f.r, f.alpha, f.a, f.b, h.repeat_days, (h.last_date - h.first_date) / 7.0, (k.as_of - h.first_date) / 7.0
        ) - v.alive_probability) <= 0.00005001, false)
        """
    ).fetchall()
    assert differing == []


def test_the_page_on_models_says_how_far_they_err_on_the_sample(sample: Db) -> None:
    assert findings(sample) in (ROOT / "docs/models.md").read_text(encoding="utf-8")


def test_who_never_bought_has_no_prediction_and_a_reason(sample: Db) -> None:
    rows = sample.execute(
        "SELECT p.reason, p.alive_probability, p.churn_risk, p.predicted_lifetime_value, m.completed_orders"
        " FROM analytics.customer_predictions AS p INNER JOIN analytics.customer_metrics AS m USING (customer_id)"
    ).fetchall()
    never = [row for row in rows if row["completed_orders"] == 0]
    assert never
    assert {tuple(row.values()) for row in never} == {("has not bought yet", None, None, None, 0)}
    assert all(row["reason"] is None and row["churn_risk"] for row in rows if row["completed_orders"] > 0)


# --- shops made with known parameters ---------------------------------------------------------------------------------------


def likelihood_of(data: customer_models.Array) -> customer_models.Likelihood:
    """Return the log-likelihood of BG/NBD given rows of x, t_x and T."""
    return lambda parameters: customer_models.purchase_likelihood(parameters, *data)


@pytest.mark.slow
def test_the_parameters_of_made_shops_are_recovered(db: Db) -> None:
    """Within two standard errors in 19 of 20 cases, of 20 shops with four parameters each."""
    truth, weeks = (0.6, 8.0, 0.9, 3.0), 104
    within = 0
    for seed in range(20):
        shops = customer_models.simulate(seed, truth, 3000, weeks)
        db.execute("DROP TABLE IF EXISTS pg_temp.purchase_history")
        db.execute(
            "CREATE TEMPORARY TABLE purchase_history"
            " (customer_id text, repeat_days integer, last_day integer, age_days integer, repeat_revenue numeric)"
        )
        rows = [(len(days), (days[-1] - first) if days else 0, weeks * 7 - first) for first, days in shops]
        with db.cursor() as cursor, cursor.copy("COPY pg_temp.purchase_history FROM STDIN") as copy:
            for number, row in enumerate(rows):
                copy.write_row((str(number), *row, 10))
        with db.transaction():
            found = db.execute("SELECT * FROM predict.estimate_purchases()").fetchone()
        assert found is not None
        assert found["is_converged"]
        ours = np.array([found["parameters"][name] for name in ("r", "alpha", "a", "b")])
        data = np.array(rows, dtype=float).T / np.array([[1], [7], [7]])
        errors = customer_models.standard_errors(likelihood_of(data), ours)
        within += int(np.sum(np.abs(np.log(ours / np.array(truth))) <= 2 * errors))
    assert within >= 0.95 * 20 * 4


# --- laws -------------------------------------------------------------------------------------------------------------------


FIRST = date(2024, 1, 1)
known_parameters = st.fixed_dictionaries({name: st.floats(0.05, 20) for name in ("r", "alpha", "a", "b")})


def put_models(db: Db, purchases: dict[str, float], value: dict[str, float]) -> None:
    """Put models with these parameters in place, as if they had just been fitted."""
    for name, parameters in ((PURCHASES, purchases), (VALUE, value)):
        db.execute("CALL predict.note_model(%s, 100, %s::jsonb, NULL, true)", (name, json.dumps(parameters)))


def test_laws_of_predictions(db: Db) -> None:
    """A longer silence never raises the chance to be alive; who has spent more is never expected to spend less."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        known_parameters,
        st.fixed_dictionaries({"p": st.floats(0.1, 20), "q": st.floats(1.05, 20), "v": st.floats(0.1, 1000)}),
        st.integers(0, 60),
        st.integers(0, 700),
        st.lists(st.integers(0, 3000), min_size=2, max_size=6),
        st.lists(st.integers(0, 10**8), min_size=2, max_size=6),
    )
    def hold(
        purchases: dict[str, float],
        value: dict[str, float],
        x: int,
        last: int,
        silences: list[int],
        revenues: list[int],
    ) -> None:
        with db.transaction(force_rollback=True):
            put_models(db, purchases, value)
            last = max(last, x) if x else 0
            db.execute("UPDATE config.clock SET as_of = %s", (FIRST + timedelta(days=5000),))
            rows = [("S", last + 1300 - 0, silence, 100) for silence in silences]
            rows += [("V", last, 100, revenue) for revenue in revenues]
            with db.cursor() as cursor:
                with cursor.copy("COPY staging.customers (customer_id) FROM STDIN") as copy:
                    for number, row in enumerate(rows):
                        copy.write_row((f"{row[0]}{number}",))
                with cursor.copy("COPY rollup.customer_purchases FROM STDIN") as copy:
                    for number, (kind, _, silence, revenue) in enumerate(rows):
                        last_date = FIRST + timedelta(days=5000 - silence)
                        first_date = last_date - timedelta(days=last)
                        copy.write_row(
                            (f"{kind}{number}", first_date, last_date, x, Decimal(revenue) / 100 if x else 0)
                        )
            db.execute("CALL predict.score_customer_purchases()")
            db.execute("REFRESH MATERIALIZED VIEW analytics.customer_predictions")
            found = {
                row["customer_id"]: row for row in db.execute("SELECT * FROM analytics.customer_predictions").fetchall()
            }
        alive = [(row[2], found[f"S{number}"]["alive_probability"]) for number, row in enumerate(rows) if row[0] == "S"]
        alive.sort()
        assert all(one[1] >= other[1] for one, other in pairwise(alive))
        spent = [
            (row[3], found[f"V{number}"]["expected_purchase_value"]) for number, row in enumerate(rows) if row[0] == "V"
        ]
        spent.sort()
        assert all(one[1] <= other[1] for one, other in pairwise(spent))

    hold()


def test_orders_after_today_are_not_known_yet(db: Db) -> None:
    shops = made_shop(300)
    fill(db, shops, AS_OF)
    before = db.execute("TABLE analytics.customer_predictions").fetchall()
    customers = sorted({customer for customer, _, _ in shops})
    fill(db, [*shops, *((customer, AS_OF + timedelta(days=3), Decimal(50)) for customer in customers)], AS_OF)
    assert db.execute("TABLE analytics.customer_predictions").fetchall() == before


# --- when models are fitted and scored --------------------------------------------------------------------------------------

AS_OF = date(2024, 12, 31)


def made_shop(customers: int) -> Purchases:
    """Return purchases of a shop of so many customers who keep to BG/NBD's story."""
    dice = np.random.default_rng(3)
    made = customer_models.simulate(5, (0.8, 6.0, 0.8, 3.0), customers, 52)
    return [
        (f"C{number:05}", AS_OF - timedelta(days=52 * 7 - day), Decimal(int(dice.integers(500, 20000))) / 100)
        for number, (first, days) in enumerate(made)
        for day in (first, *days)
    ]


def test_models_are_fitted_again_when_due_and_only_then(db: Db) -> None:
    fill(db, made_shop(300), AS_OF)
    assert model(db, PURCHASES)["is_usable"]
    assert publish(db, AS_OF) is None, "nothing changed"
    assert publish(db, AS_OF + timedelta(days=6)) == 0
    outlook = db.execute("SELECT count(*) AS n FROM predict.purchase_outlook").fetchone()
    assert publish(db, AS_OF + timedelta(days=7)) == 2, "a week is over"
    assert publish(db, AS_OF) == 2, "the clock was set back"
    assert outlook is not None
    assert outlook["n"] > 0, "the new days were scored"

    db.execute("UPDATE config.prediction SET horizon_days = 30")
    assert publish(db, AS_OF) == 2, "other settings"
    db.execute("UPDATE predict.model SET is_refit_wanted = true WHERE model_name = 'customer_value'")
    assert publish(db, AS_OF) == 1, "wanted"

    def join(new: range) -> int | None:
        for number in new:
            db.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES (%s, 'New')", (f"N{number}",))
            db.execute(
                "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
                " VALUES (%s, %s, %s, 'completed', 10)",
                (f"N{number}", f"N{number}", AS_OF),
            )
        return publish(db, AS_OF)

    assert join(range(15)) == 0, "five percent of 300"
    assert join(range(15, 16)) == 1, "more than five percent; those who came back are as many as before"
    db.execute("UPDATE ops.installed_object SET installed_at = clock_timestamp() WHERE object_name = 'predict.is_due'")
    db.execute("UPDATE config.prediction SET horizon_days = 30")
    assert publish(db, AS_OF) == 2, "a routine was replaced"


def test_a_new_day_is_scored_as_if_all_were_scored_anew(db: Db) -> None:
    fill(db, made_shop(300), AS_OF)
    publish(db, AS_OF + timedelta(days=3))
    kept = db.execute("TABLE analytics.customer_predictions").fetchall()
    db.execute("DELETE FROM predict.purchase_outlook")
    db.execute("CALL predict.score_customer_purchases()")
    db.execute("REFRESH MATERIALIZED VIEW analytics.customer_predictions")
    assert db.execute("TABLE analytics.customer_predictions").fetchall() == kept
    assert all(row["expected_purchases"] is not None for row in kept)


def test_the_bands_of_risk_are_those_that_are_set(db: Db) -> None:
    fill(db, made_shop(300), AS_OF)
    rows = db.execute(
        "SELECT p.churn_risk, p.alive_probability AS alive, h.repeat_days FROM analytics.customer_predictions AS p"
        " INNER JOIN rollup.customer_purchases AS h USING (customer_id)"
    ).fetchall()
    assert {row["churn_risk"] for row in rows} == {"Low", "Medium", "High", "Unknown"}
    for row in rows:
        left = 100 - row["alive"]
        band = "Low" if left < 30 else "Medium" if left < 70 else "High"
        assert row["churn_risk"] == (band if row["repeat_days"] else "Unknown")


def test_a_model_that_fails_fails_no_refresh(published: Db) -> None:
    published.execute(
        "CREATE OR REPLACE PROCEDURE predict.fit_customer_value() LANGUAGE plpgsql AS 'BEGIN PERFORM 1 / 0; END'"
    )
    published.execute("CALL refresh_analytics(p_full => true)")
    assert model(published, VALUE)["reason"] == "predict.fit_customer_value() failed: division by zero (22012)"
    assert not model(published, VALUE)["is_usable"]
    published.execute(
        "CREATE OR REPLACE PROCEDURE predict.score_customer_purchases() LANGUAGE plpgsql AS 'BEGIN PERFORM sqrt(-1); END'"
    )
    published.execute("CALL refresh_analytics(p_full => true)")
    assert "score_customer_purchases() failed" in model(published, PURCHASES)["reason"]
    row = published.execute("SELECT status FROM ops.run ORDER BY run_id DESC LIMIT 1").fetchone()
    assert row == {"status": "succeeded"}


def test_an_error_that_another_try_can_mend_is_passed_on(published: Db) -> None:
    published.execute(
        "CREATE OR REPLACE PROCEDURE predict.fit_customer_value() LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = 'deadlock_detected'; END$$"
    )
    with pytest.raises(psycopg.errors.DeadlockDetected):
        published.execute("SELECT predict.update_models(NULL, true)")


# --- shops with little in them ----------------------------------------------------------------------------------------------


def spread(customers: int, days: int, gap: int) -> Purchases:
    """Return purchases of customers who each bought on so many days, so far apart, and began on different days."""
    return [
        (f"C{number}", AS_OF - timedelta(days=400 - number % 50 - gap * day), Decimal(10 + number))
        for number in range(customers)
        for day in range(days)
    ]


DEGENERATE: dict[str, tuple[Purchases, str]] = {
    "empty": ([], "0 customers have bought, 100 are needed"),
    "five customers": (spread(5, 4, 10), "5 customers have bought"),
    "nobody came back": (spread(200, 1, 0), "0 customers have come back on another day, 30 are needed"),
    "all came back once, and are identical": (
        [(f"C{n}", AS_OF - timedelta(days=day), Decimal(10)) for n in range(200) for day in (90, 30)],
        "the customers are all alike, with 1 different histories",
    ),
    "only guests": ([("", AS_OF - timedelta(days=n), Decimal(10)) for n in range(100)], "0 customers have bought"),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_a_shop_with_too_little_says_so_and_predicts_nothing(db: Db, name: str) -> None:
    purchases, reason = DEGENERATE[name]
    fill(db, purchases, AS_OF)
    found = model(db, PURCHASES)
    assert not found["is_usable"]
    assert found["reason"].startswith("not enough data: ")
    assert reason in found["reason"]
    rows = db.execute("SELECT * FROM analytics.customer_predictions").fetchall()
    assert len(rows) == len({customer for customer, _, _ in purchases if customer})
    for row in rows:
        assert row["reason"] == found["reason"]
        assert {row[key] for key in ("alive_probability", "churn_risk", "expected_purchases", "expected_revenue")} == {
            None
        }
    quality = db.execute("SELECT verdict FROM analytics.model_quality WHERE model_name = %s", (PURCHASES,)).fetchone()
    assert quality == {"verdict": f"Not in use: {found['reason']}"}


@pytest.mark.parametrize(
    ("purchases", "usable"),
    [
        pytest.param(spread(200, 2, 30), True, id="all came back once"),
        pytest.param(spread(200, 20, 20), True, id="nobody ever leaves"),
        pytest.param([(c, d, Decimal(0)) for c, d, _ in spread(200, 3, 30)], False, id="nobody pays"),
        pytest.param([(c, AS_OF - timedelta(days=0), a) for c, _, a in spread(200, 3, 30)], False, id="all today"),
        pytest.param([(c, d, Decimal("99999999.99")) for c, d, _ in spread(200, 3, 30)], False, id="huge amounts"),
    ],
)
def test_strange_shops_are_fitted_or_refused_but_never_fail(db: Db, purchases: Purchases, usable: bool) -> None:
    fill(db, purchases, AS_OF)
    found = {name: model(db, name) for name in (PURCHASES, VALUE)}
    for row in found.values():
        assert row["is_usable"] or row["reason"].startswith(("not enough data", "the search", "order values")), row
    rows = db.execute("SELECT * FROM analytics.customer_predictions").fetchall()
    assert all((row["alive_probability"] is not None) == found[PURCHASES]["is_usable"] for row in rows)
    assert all((row["predicted_lifetime_value"] is None) == (row["reason"] is not None) for row in rows)
    assert usable == all(row["is_usable"] for row in found.values()), [row["reason"] for row in found.values()]


def test_a_shop_too_young_for_a_test_says_so(db: Db) -> None:
    purchases = [
        (f"C{n}", AS_OF - timedelta(days=80 - n % 13 - gap), Decimal(10 + n % 7))
        for n in range(200)
        for gap in (0, 5 + n % 17, 40 + n % 11)[: 1 + n % 3]
    ]
    fill(db, purchases, AS_OF)
    assert model(db, PURCHASES)["is_usable"]
    row = db.execute("SELECT * FROM predict.backtest WHERE model_name = %s", (PURCHASES,)).fetchone()
    assert row is not None
    assert row["value"] is None
    assert row["finding"].startswith(
        "Could not be tested on the last 90 days. Before them: not enough data: 0 customers"
    )
    quality = db.execute("SELECT verdict FROM analytics.model_quality WHERE model_name = %s", (PURCHASES,)).fetchone()
    assert quality == {"verdict": "In use: not compared with a plain rule"}


# --- the command ------------------------------------------------------------------------------------------------------------


def test_the_command_tells_every_model_in_words(db: Db) -> None:
    ended = CliRunner().invoke(cli.app, ["models"])
    assert ended.exit_code != 0
    fill(db, made_shop(300), AS_OF)
    db.execute("CALL predict.note_unusable('another', NULL, 'not enough data: there is none')")
    db.execute("REFRESH MATERIALIZED VIEW analytics.model_quality")
    text = CliRunner().invoke(cli.app, ["models"]).stdout
    assert all(len(line) <= 80 for line in text.splitlines())
    words = " ".join(text.split())
    assert "another Not in use: not enough data: there is none." in words
    assert "How likely each customer is to come back, and how often (BG/NBD). In use" in words
    assert "Fitted on 300 observations as of 2024-12-31, again by 2025-01-07." in words
    for row in db.execute("SELECT finding FROM predict.backtest").fetchall():
        assert row["finding"] in words
    rows = json.loads(CliRunner().invoke(cli.app, ["models", "--json"]).stdout)
    assert [row["model_name"] for row in rows][:3] == ["another", PURCHASES, VALUE]
    assert {test["measure"] for test in rows[1]["backtests"]} == {"MAE", "total_error"}


def test_the_small_shop_is_published_without_predictions(published: Db) -> None:
    rows = published.execute("SELECT reason FROM bi.customer_predictions").fetchall()
    assert {row["reason"] for row in rows} == {"not enough data: 2 customers have bought, 100 are needed"}
    assert len(rows) == len(shop.ROWS["customers"])
    assert database_url(published)
