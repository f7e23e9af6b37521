"""The dashboard page: figures, states of the shop, safety."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import psycopg
import pytest

from runner.dashboard import render
from runner.errors import ConfigurationError
from runner.wording import count, money, percent, short_money
from tests import second_opinion, shop
from tests.conftest import ROOT, Db, database_url

VOID = {"meta", "link", "br", "img", "input", "line", "rect"}


class Reader(HTMLParser):
    """Reads a page: its text without styles, and that every tag is closed in its order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open
        self.text = " ".join(self.texts)

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in VOID or tag == "rect":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: object) -> None:
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.texts.append(" ".join(data.split()))


@pytest.fixture
def sample_page(sample: Db, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", database_url(sample))
    return render.page(render.figures())


def test_the_page_shows_the_published_figures(sample_page: str) -> None:
    text = Reader(sample_page).text
    for words in (
        "Total revenue $1,792,444.94 5,000 revenue orders",
        "Average order value $358.49",
        "Customer lifetime value $1,792.44 1,000 customers",
        "Active customers 337 33.7 % of all customers",
        "At Risk customers 380 $737 K lifetime revenue",
        "Loyal customers 369 52 % of revenue",
        "VIP average value $4,547",
        "Top category Beauty $1.42 M, 79 % of revenue",
    ):
        assert words in text


def test_every_query_of_the_page_gives_what_another_engine_gives(sample: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url(sample))
    rows = render.figures()
    revenue = f"o.status IN {second_opinion.REVENUE}"

    def ask(query: str) -> list[dict[str, object]]:
        return second_opinion.ask(ROOT / "data", query, date(2025, 12, 31))

    assert [(r["month"], r["orders"], r["revenue"]) for r in rows["months"]] == [
        (r["month"], r["orders"], r["revenue"])
        for r in ask(
            "SELECT date_trunc('month', order_date)::date AS month, count(*) AS orders, sum(total_amount) AS revenue"
            f" FROM orders AS o WHERE {revenue} GROUP BY ALL ORDER BY month"
        )
    ]
    assert {r["label"]: r["revenue"] for r in rows["categories"]} == {
        r["category"]: r["revenue"]
        for r in ask(
            "SELECT p.category, sum(i.total_amount) AS revenue FROM order_items AS i JOIN orders AS o USING (order_id)"
            f" JOIN products AS p USING (product_id) WHERE {revenue} GROUP BY ALL"
        )
    }
    for name, column in (("tiers", "customer_tier"), ("healths", "customer_status")):
        assert {r["label"]: r["customers"] for r in rows[name]} == {
            r["label"]: r["n"]
            for r in ask(f"SELECT {column} AS label, count(*) AS n FROM customer_metrics GROUP BY ALL")
        }
    assert [r["revenue"] for r in rows["products"]] == [
        r["revenue"]
        for r in ask(
            "SELECT sum(i.total_amount) AS revenue FROM order_items AS i JOIN orders AS o USING (order_id)"
            f" WHERE {revenue} GROUP BY i.product_id ORDER BY revenue DESC LIMIT 10"
        )
    ]


def test_the_page_needs_no_other_file_and_no_network(sample_page: str) -> None:
    assert not re.search(r"https?:|<script|<link|<img|@import|url\(", sample_page)


def test_a_shop_without_anything_gets_a_kind_page(db: Db) -> None:
    text = Reader(render.page(render.figures())).text
    assert "nothing was published yet" in text
    assert "No sales yet" in text
    db.execute("CALL refresh_analytics()")
    assert "No sales yet" in Reader(render.page(render.figures())).text


def test_a_shop_of_one_order_gets_a_whole_page(db: Db) -> None:
    db.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES ('C1', 'Ada')")
    db.execute("INSERT INTO staging.products (product_id, price) VALUES ('P1', 5)")
    db.execute("INSERT INTO staging.orders VALUES ('O1', 'C1', '2024-03-01', 'completed', 5)")
    db.execute(
        "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
        " VALUES ('I1', 'O1', 'P1', 1, 5, 5)"
    )
    db.execute("CALL config.set_clock('2024-03-06')")
    db.execute("CALL refresh_analytics()")
    page = render.page(render.figures())
    assert "Total revenue $5.00" in Reader(page).text
    assert "March 2024 so far: $5.00, 1 order<" in page


def test_a_failed_refresh_is_said_on_top_and_the_last_good_figures_stay(db: Db) -> None:
    shop.fill(db)
    db.execute("CALL refresh_analytics()")
    db.execute("UPDATE config.expectation SET min_customers = 99")
    with pytest.raises(psycopg.DatabaseError):
        db.execute("CALL refresh_analytics()")
    text = Reader(render.page(render.figures())).text
    assert text.index("The last refresh failed") < text.index("Total revenue $32.00")
    assert "assertion customer_row_count (1) failed" in text
    assert "failed customer_row_count" in text


def test_names_cannot_break_out_of_the_page(db: Db) -> None:
    attack = '"><script>alert(1)</script>'
    shop.fill(db)
    db.execute("UPDATE staging.products SET product_name = %s, category = %s", (attack, attack))
    db.execute("UPDATE config.shop SET shop_name = %s", (attack,))
    db.execute("CALL refresh_analytics()")
    page = render.page(render.figures())
    Reader(page)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_is_replaced_as_a_whole_and_a_wrong_place_is_named(db: Db, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("old")
    assert render.write(target) == target
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(ConfigurationError, match="cannot write"):
        render.write(tmp_path / "missing" / "page.html")


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
        (count(None) + percent(None) + money(None, "USD") + short_money(None, "USD"), "––––"),  # noqa: RUF001
    ],
)
def test_figures_are_worded_for_people(worded: str, expected: str) -> None:
    assert worded == expected
