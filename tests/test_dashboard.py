"""The dashboard page: figures, states of the shop, safety. What a browser makes of it: test_dashboard_browser.py."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import psycopg
import pytest

from runner import database
from runner.dashboard import render
from runner.errors import ConfigurationError
from runner.wording import count, day, money, percent, short_money, signed_count, signed_percent
from tests import second_opinion, shop
from tests.conftest import ROOT, Db, database_url

VOID = {"meta", "link", "br", "img", "input"}
AS_OF = date(2025, 12, 31)  # of the sample
REVENUE = f"o.status IN {second_opinion.REVENUE}"


class Reader(HTMLParser):
    """Reads a page: its text without styles and scripts, and that every tag is closed in its order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open
        self.text = " ".join(self.texts)

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & {*self.open} and data.strip():
            self.texts.append(" ".join(data.split()))


def figures() -> render.Figures:
    with database.connect() as connection:
        return render.figures(connection)


def drawn() -> str:
    return render.page(figures())[0]


@pytest.fixture(scope="module")
def sample_figures(sample: Db) -> render.Figures:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", database_url(sample))
        return figures()


@pytest.fixture(scope="module")
def sample_page(sample_figures: render.Figures) -> str:
    return render.page(sample_figures)[0]


def ask(query: str) -> list[dict[str, Any]]:
    return second_opinion.ask(ROOT / "data", query, AS_OF)


def test_the_page_shows_the_published_figures(sample_page: str) -> None:
    text = Reader(sample_page).text
    for words in (
        "$1,792,444.94 5,000 revenue orders of $358.49 on average",
        "$1,792.44 1,000 customers",
        "337 33.7 % of all customers",
        "380 $737 K lifetime revenue",
        "369 52 % of revenue",
        "$4,547",
        "Beauty $1.42 M, 79 % of revenue",
        "Figures for 31 December 2025 ,",
        "All 15 assertions passed",
        "52 % of customers' revenue comes from the 369 Loyal customers: $932 K.",
    ):
        assert words in text


SALES = f"""
    SELECT o.order_id, o.order_date::date AS day, o.total_amount AS amount, coalesce(c.country, 'Unknown') AS country,
        o.order_id = first_value(o.order_id) OVER (PARTITION BY o.customer_id ORDER BY o.order_date, o.order_id)
            AND o.customer_id IS NOT NULL AS is_first,
        (SELECT coalesce(sum(i.quantity), 0) FROM order_items AS i WHERE i.order_id = o.order_id) AS units
    FROM orders AS o LEFT JOIN customers AS c USING (customer_id) WHERE {REVENUE}
"""


LINES = f"""
    SELECT o.order_date::date AS day, p.category, i.total_amount AS amount, i.quantity AS units FROM order_items AS i
    JOIN orders AS o USING (order_id) JOIN products AS p USING (product_id) WHERE {REVENUE}
"""


def test_headline_figures_of_each_choice_are_what_another_engine_counts(sample_figures: render.Figures) -> None:
    sales = ask(SALES)
    lines = ask(LINES)
    seen = 0
    for row in sample_figures["headline"].dicts():
        period, country, category = row["for_period"], row["for_country"], row["for_category"]
        first = AS_OF - timedelta(period - 1) if period else date(2024, 1, 1)
        assert (row["first_date"], row["last_date"]) == (first, AS_OF)
        rows = lines if category else sales
        own = [
            one
            for one in rows
            if one["day"] >= first
            and (not country or one["country"] == country)
            and (not category or one["category"] == category)
        ]
        assert row["total_revenue"] == sum(one["amount"] for one in own)
        assert row["units_sold"] == (None if country else sum(one["units"] for one in own))
        assert row["completed_orders"] == (None if category else len(own))
        assert row["new_customers"] == (None if category else sum(one["is_first"] for one in own))
        seen += 1
    assert seen == 5 * 2 * (1 + 12 + 7)


def test_changes_are_on_the_days_before(sample_figures: render.Figures) -> None:
    sold = {"shop": ask(SALES), "category": ask(LINES)}
    got = {
        (row["for_period"], row["for_compare"], row["for_country"], row["for_category"]): row["total_revenue_change"]
        for row in sample_figures["headline"].dicts()
    }

    def revenue(first: date, last: date, country: str | None, category: str | None) -> Decimal:
        rows = [s for s in sold["category" if category else "shop"] if first <= s["day"] <= last]
        own = [s for s in rows if (s["category"] == category if category else country in {None, s["country"]})]
        return sum((s["amount"] for s in own), Decimal(0))

    for key, own, other in (
        ((30, "before", None, None), (date(2025, 12, 2), AS_OF), (date(2025, 11, 2), date(2025, 12, 1))),
        ((30, "year", None, None), (date(2025, 12, 2), AS_OF), (date(2024, 12, 2), date(2024, 12, 31))),
        ((365, "before", None, None), (date(2025, 1, 1), AS_OF), (date(2024, 1, 2), date(2024, 12, 31))),
        ((90, "before", "Germany", None), (date(2025, 10, 3), AS_OF), (date(2025, 7, 5), date(2025, 10, 2))),
        ((90, "year", "Germany", None), (date(2025, 10, 3), AS_OF), (date(2024, 10, 3), date(2024, 12, 31))),
        ((7, "before", None, "Beauty"), (date(2025, 12, 25), AS_OF), (date(2025, 12, 18), date(2025, 12, 24))),
    ):
        expected = 100 * revenue(*own, *key[2:]) / revenue(*other, *key[2:]) - 100
        assert got[key] == round(expected, 1), key
    assert got[0, "before", None, None] is None


def test_the_rows_of_the_charts_are_what_another_engine_counts(sample_figures: render.Figures) -> None:
    found = {name: rows.dicts() for name, rows in sample_figures.items()}
    assert [
        (r["sale_month"], r["completed_orders"], r["total_revenue"])
        for r in found["months"]
        if r["for_country"] is None and r["for_category"] is None
    ] == [
        tuple(r.values())
        for r in ask(
            "SELECT date_trunc('month', order_date)::date AS month, count(*) AS orders, sum(total_amount) AS revenue"
            f" FROM orders AS o WHERE {REVENUE} GROUP BY ALL ORDER BY month"
        )
    ]
    assert {
        (r["customer_tier"], r["customer_status"], r["for_country"]): (r["customers"], r["total_revenue"])
        for r in found["tier_health"]
    } == {
        (r["customer_tier"], r["customer_status"], r["country"]): (r["n"], r["revenue"])
        for r in ask(
            "SELECT m.customer_tier, m.customer_status, c.country, count(DISTINCT c.customer_id) AS n,"
            f" coalesce(sum(o.total_amount) FILTER ({REVENUE}), 0) AS revenue FROM customer_metrics AS m"
            " JOIN customers AS c USING (customer_id) LEFT JOIN orders AS o USING (customer_id)"
            " GROUP BY GROUPING SETS ((1, 2), (1, 2, 3))"
        )
    }
    assert {
        (r["weekday"], r["order_hour"]): r["completed_orders"] for r in found["hours"] if r["for_period"] == 90
    } == {
        (r["weekday"], r["hour"]): r["n"]
        for r in ask(
            "SELECT isodow(order_date) AS weekday, hour(order_date) AS hour, count(*) AS n FROM orders AS o"
            f" WHERE {REVENUE} AND order_date >= '2025-10-03' GROUP BY ALL"
        )
    }
    assert {r["label"]: r["total_revenue"] for r in found["countries"] if r["for_period"] == 7} == {
        r["country"]: r["revenue"]
        for r in ask(
            "SELECT coalesce(c.country, 'Unknown') AS country, sum(o.total_amount) AS revenue FROM orders AS o"
            f" LEFT JOIN customers AS c USING (customer_id) WHERE {REVENUE} AND o.order_date >= '2025-12-25' GROUP BY ALL"
        )
    }
    assert {r["status"]: r["total_orders"] for r in found["funnel"] if r["for_period"] == 30} == {
        r["status"]: r["n"]
        for r in ask("SELECT status, count(*) AS n FROM orders WHERE order_date >= '2025-12-02' GROUP BY ALL")
    }
    assert [r["total_revenue"] for r in found["products"][:10]] == [
        r["revenue"]
        for r in ask(
            "SELECT sum(i.total_amount) AS revenue FROM order_items AS i JOIN orders AS o USING (order_id)"
            f" WHERE {REVENUE} GROUP BY i.product_id ORDER BY revenue DESC LIMIT 10"
        )
    ]
    by_category = {
        (r["category"], r["month"]): r["revenue"]
        for r in ask(
            "SELECT p.category, date_trunc('month', o.order_date)::date AS month, sum(i.total_amount) AS revenue"
            " FROM order_items AS i JOIN orders AS o USING (order_id) JOIN products AS p USING (product_id)"
            f" WHERE {REVENUE} GROUP BY ALL"
        )
    }
    sold = [r for r in found["category_trend"] if r["total_revenue"]]
    assert {(r["label"], r["sale_month"]): r["total_revenue"] for r in sold if r["for_category"] is None} == by_category
    assert all(by_category[r["for_category"], r["sale_month"]] == r["total_revenue"] for r in sold if r["for_category"])


def test_the_days_of_each_segment_are_what_another_engine_counts(sample_figures: render.Figures) -> None:
    days = [date(2024, 1, 1) + timedelta(n) for n in range(731)]
    sold: dict[tuple[str | None, str | None, date], list[Decimal]] = {}
    for one in ask(SALES):
        for country in (None, one["country"]):
            sold.setdefault((country, None, one["day"]), []).append(one["amount"])
    for one in ask(LINES):
        sold.setdefault((None, one["category"], one["day"]), []).append(one["amount"])
    rows = sample_figures["days"].dicts()
    assert {(r["for_country"], r["for_category"]) for r in rows} == {key[:2] for key in sold}
    for row in rows:
        amounts = [sold.get((row["for_country"], row["for_category"], day), []) for day in days]
        revenue = [sum(one, Decimal(0)) for one in amounts]
        assert row["from_date"] == days[0]
        assert row["total_revenue"][:731] == revenue
        assert (
            row["completed_orders"] is None
            if row["for_category"]
            else row["completed_orders"][:731] == [*map(len, amounts)]
        )
        averages = row["revenue_avg_28_days"][:731]
        assert averages[:27] == [None] * 27
        sums = [sum(revenue[n - 27 : n + 1], Decimal(0)) for n in range(27, 731)]
        assert averages[27:] == [(one / 28).quantize(Decimal("0.01"), ROUND_HALF_UP) for one in sums]
    whole = rows[0]
    forecast = whole["forecast_revenue"][731:]
    assert len(forecast) > 80
    assert len(whole["total_revenue"]) == len(whole["anomaly"]) == 731 + len(forecast)
    ahead = zip(*(whole[f"forecast_{column}"] for column in ("low", "revenue", "high")), strict=True)
    for place, (low, expected, high) in enumerate(ahead):
        assert (low, expected, high) == (None, None, None) if place < 731 else 0 <= low <= expected <= high


def test_every_figure_of_the_page_says_what_it_means(sample_figures: render.Figures) -> None:
    text = (ROOT / "runner/dashboard/content.html.j2").read_text(encoding="utf-8")
    promised = re.findall(r"{{ (?:chart\('\w+', |grid\()'(\w+)',.*?\[(.*?)\]", text)
    assert len(promised) > 15
    meaning = render._meanings(sample_figures)
    for query, columns in [*promised, ("headline", "total_revenue, completed_orders, avg_order_value, units_sold")]:
        for column in re.findall(r"\w+", columns):
            assert meaning(sample_figures[query], column), (query, column)
    for column in re.findall(r"{{ state\(.*, '(\w+)'(?:, kpis\.\w+)?\) }}", text):
        assert meaning(sample_figures["kpis"], column), column


def test_the_queries_read_bi_and_live_alone(sample: Db) -> None:
    for name, rows in figures_as_reader(sample).items():
        assert rows.problem is None, name
        text = (render.HERE / "queries" / f"{name}.sql").read_text(encoding="utf-8")
        assert not re.search(r"\b(analytics|rollup|staging|config|ops|landing)\.", text), name


def figures_as_reader(db: Db) -> render.Figures:
    role = "page_reader"
    db.execute(f"CREATE ROLE {role} LOGIN IN ROLE pipeline_reader".encode())
    try:
        with psycopg.connect(database_url(db), user=role, autocommit=True) as connection:
            return render.figures(connection)
    finally:
        db.execute(f"DROP ROLE {role}".encode())


def test_the_page_needs_no_other_file_and_no_network(sample_page: str) -> None:
    bare = sample_page.replace(render.bundle(), "")
    assert not re.search(r"https?:|<script src|<img|@import|url\(|<link (?!rel=\"icon\" href=\"data:,\")", bare)
    assert "connect-src 'none'" in unescape(bare)
    assert "unsafe" not in bare
    assert len(sample_page.encode()) < 3_000_000


def test_a_shop_without_anything_gets_a_kind_page(db: Db) -> None:
    text = Reader(drawn()).text
    assert "nothing was published yet" in text
    assert "No sales yet" in text
    db.execute("CALL refresh_analytics()")
    assert "No sales yet" in Reader(drawn()).text


def test_a_shop_of_one_order_gets_a_whole_page(db: Db) -> None:
    one_order(db)
    text = Reader(drawn()).text
    assert "$5.00 1 revenue order of $5.00 on average" in text
    assert "Part of this page is missing" not in text


def one_order(db: Db) -> None:
    db.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES ('C1', 'Ada')")
    db.execute("INSERT INTO staging.products (product_id, price) VALUES ('P1', 5)")
    db.execute("INSERT INTO staging.orders VALUES ('O1', 'C1', '2024-03-01', 'completed', 5)")
    db.execute(
        "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
        " VALUES ('I1', 'O1', 'P1', 1, 5, 5)"
    )
    db.execute("CALL config.set_clock('2024-03-06')")
    db.execute("CALL refresh_analytics()")


def test_a_failed_refresh_is_said_on_top_and_the_last_good_figures_stay(db: Db) -> None:
    shop.fill(db)
    db.execute("CALL refresh_analytics()")
    db.execute("UPDATE config.expectation SET min_customers = 99")
    with pytest.raises(psycopg.DatabaseError):
        db.execute("CALL refresh_analytics()")
    text = Reader(drawn()).text
    assert text.index("The last refresh failed") < text.index("$32.00 3 revenue orders")
    assert "assertion customer_row_count (1) failed" in text
    assert "✕ failed customer_row_count : 1 row." in text
    assert "1 of 15 assertions failed" in text


def test_old_data_is_said_on_top(db: Db) -> None:
    shop.fill(db)
    db.execute("CALL refresh_analytics()")
    assert "The data is old." not in drawn()
    db.execute("INSERT INTO config.assertion_severity VALUES ('data_fresh', 'warn', 'a shop that is closed')")
    db.execute("CALL config.set_clock('2024-06-01')")
    db.execute("CALL refresh_analytics()")
    assert "The data is old. The newest order is of 3 March 2024." in Reader(drawn()).text


def test_a_view_that_is_missing_costs_its_own_part_alone(db: Db) -> None:
    shop.fill(db)
    db.execute("CALL refresh_analytics()")
    db.execute("DROP VIEW bi.product_affinity")
    db.execute("REVOKE SELECT ON bi.daily_order_funnel FROM pipeline_reader")
    page = drawn()
    text = Reader(page).text
    assert (
        'Part of this page is missing: permission denied for view daily_order_funnel; relation "bi.product_affinity" does not'
        in text
    )
    assert "$32.00 3 revenue orders" in text
    for view in db.execute("SELECT relname FROM pg_class WHERE relnamespace = 'bi'::regnamespace").fetchall():
        db.execute(f"DROP VIEW bi.{view['relname']}".encode())
    assert "Part of this page is missing" in Reader(drawn()).text


def test_names_cannot_break_out_of_the_page(db: Db) -> None:
    attack = '"><script>alert(1)</script><!--\u2028'
    shop.fill(db)
    db.execute("UPDATE staging.products SET product_name = %s, category = %s", (attack, attack))
    db.execute("UPDATE staging.customers SET country = %s", (attack,))
    db.execute("UPDATE config.shop SET shop_name = %s", (attack,))
    db.execute("CALL refresh_analytics()")
    page = drawn()
    Reader(page)
    bare = page.replace(render.bundle(), "")
    assert "<script>alert" not in bare
    assert "<!--" not in bare
    assert "&lt;script&gt;" in bare
    data = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    names = {row[0] for row in json.loads(data[0])["queries"]["products"]["rows"]}
    assert names == {attack}


def test_the_page_is_replaced_as_a_whole_and_a_wrong_place_is_named(db: Db, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("old")
    assert render.write(target) == target
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(ConfigurationError, match="cannot write"):
        render.write(tmp_path / "missing" / "page.html")


def test_the_bundle_is_made_once_and_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(snippet: str) -> str:
        made.append(snippet)
        return "window.vegaEmbed = 1; // </script>"

    monkeypatch.setattr("vl_convert.javascript_bundle", make)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for _ in range(2):
        render.bundle.cache_clear()
        assert render.bundle() == "window.vegaEmbed = 1; // <\\/script>"
    assert len(made) == 1
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    render.bundle.cache_clear()
    assert render.bundle()
    assert len(made) == 2
    render.bundle.cache_clear()


@pytest.mark.parametrize(
    ("worded", "expected"),
    [
        (money(Decimal("1792444.94"), "USD"), "$1,792,444.94"),
        (money(Decimal("-5.5"), "EUR"), "-€5.50"),
        (money(Decimal(12), "CHF", 0), "CHF 12"),
        (short_money(Decimal("737050"), "USD"), "$737 K"),
        (short_money(Decimal("1417106.97"), "USD"), "$1.42 M"),
        (short_money(Decimal("28441"), "USD"), "$28.4 K"),
        (short_money(Decimal("999.60"), "USD"), "$1.00 K"),
        (short_money(Decimal("999999"), "USD"), "$1.00 M"),
        (short_money(Decimal("9995"), "USD"), "$10.0 K"),
        (short_money(Decimal("999.4"), "USD"), "$999"),
        (short_money(Decimal(0), "USD"), "$0"),
        (percent(Decimal("33.70")), "33.7 %"),
        (count(1000), "1,000"),
        (signed_count(-1200) + signed_count(None), "-1,200"),
        (signed_percent(Decimal("1234.56")), "+1,234.6 %"),
        (day(date(2024, 3, 5)), "5 March 2024"),
        (count(None) + percent(None) + money(None, "USD") + short_money(None, "USD"), "––––"),  # noqa: RUF001
    ],
)
def test_figures_are_worded_for_people(worded: str, expected: str) -> None:
    assert worded == expected
