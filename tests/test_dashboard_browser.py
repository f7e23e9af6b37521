"""The page in a real browser: drawn, filtered, read aloud, attacked, kept live.

PIPELINE_SCREENSHOTS names a folder to keep pictures in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from runner import database
from runner.dashboard import render, serve
from runner.errors import ConfigurationError
from runner.wording import count, money
from tests import shop
from tests.conftest import Db, database_url

CHROMIUM = Path("/usr/bin/chromium")
SCREENSHOTS = os.environ.get("PIPELINE_SCREENSHOTS")

BAD = {"serious", "critical"}

needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Seen:
    """A page in the browser. troubles: what went wrong in it."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    def choose(self, **filters: str) -> None:
        """Set filters as a person does."""
        for name, value in filters.items():
            if name == "period":
                self.page.locator(f"input[name=for_period][value='{value}'] + span").click()
            else:
                self.page.select_option(f"select[name=for_{name}]", value)

    def figure(self, column: str) -> str:
        return self.page.inner_text(f"[data-figure={column}] .value")

    def picture(self, name: str) -> None:
        if SCREENSHOTS:
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)


def look(browser: Browser, address: str, **context: Any) -> Seen:
    page = browser.new_page(**({"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"} | context))
    page.set_default_timeout(20_000)
    seen = Seen(page)
    page.on("console", lambda message: seen.troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.troubles.append(str(error)))
    page.on("dialog", lambda dialog: seen.troubles.append(dialog.message))
    page.goto(address)
    return seen


def draw_all(seen: Seen) -> None:
    seen.page.evaluate("async () => { await dashboard.drawAll(); }")


def rows_of(db: Db) -> render.Figures:
    with psycopg.connect(database_url(db), autocommit=True) as connection:
        return render.figures(connection)


@pytest.fixture(scope="module")
def figures(sample: Db) -> render.Figures:
    return rows_of(sample)


@pytest.fixture(scope="module")
def address(figures: render.Figures, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "shop.html"
    path.write_text(render.page(figures)[0], encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def desktop(browser: Browser, address: str) -> Iterator[Seen]:
    seen = look(browser, address)
    yield seen
    seen.page.close()


def colours(png: bytes) -> int:
    """Return how many different bytes the rows of a PNG have: a blank one has few."""
    place, data = 8, b""
    while place < len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + size]
        place += size + 12
    return len(set(zlib.decompress(data)))


PIXELS = """
async () => {
    const found = [];
    await dashboard.drawAll();
    for (const [element, drawing] of dashboard.drawn) {
        const canvas = await (await drawing).view.toCanvas();
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const inked = new Set(new Uint32Array(data.buffer));
        found.push([element.dataset.chart, element.querySelectorAll("svg [class*=mark-] path").length, inked.size]);
    }
    return found;
}
"""


@needs_browser
def test_every_chart_is_drawn_and_nothing_is_complained_of(desktop: Seen) -> None:
    desktop.choose(period="365", compare="year")
    found = desktop.page.evaluate(PIXELS)
    assert {name for name, _, _ in found} == {file.stem for file in (render.HERE / "charts").glob("*.json")}
    for name, marks, pixels in found:
        assert marks > 0, name
        assert pixels > 8, name
    for name in ("days", "tier_health_revenue"):
        assert colours(desktop.page.locator(f"[data-chart={name}] .plot").screenshot()) > 16
    assert not desktop.troubles
    desktop.picture("desktop")


@needs_browser
def test_the_template_and_the_script_word_the_figures_alike(browser: Browser, address: str, desktop: Seen) -> None:
    bare = browser.new_context(java_script_enabled=False)
    page = bare.new_page()
    page.goto(address)
    told = page.locator("[data-figure] .value").all_inner_texts()
    bare.close()
    desktop.choose(period="365", compare="before", country="", category="")
    assert desktop.page.locator("[data-figure] .value").all_inner_texts() == told


CHOICES = [
    {"period": "7", "compare": "before", "country": "", "category": ""},
    {"period": "0", "compare": "before", "country": "", "category": ""},
    {"period": "30", "compare": "before", "country": "Germany", "category": ""},
    {"period": "90", "compare": "year", "country": "Germany", "category": ""},
    {"period": "7", "compare": "before", "country": "", "category": "Beauty"},
    {"period": "365", "compare": "year", "country": "", "category": "Beauty"},
    {"period": "365", "compare": "", "country": "France", "category": "Beauty"},
]


# Revenue and revenue orders of each day, from staging; of a country or a category.
BY_DAY = """
    SELECT g.day::date AS day, coalesce(sum(s.amount), 0) AS revenue, count(s.amount) AS orders
    FROM generate_series('2024-01-01'::timestamp, '2025-12-31', '1 day') AS g (day)
    LEFT JOIN (
        SELECT o.order_date::date AS day, o.total_amount AS amount FROM staging.orders AS o
        LEFT JOIN staging.customers AS c USING (customer_id)
        WHERE o.status IN ('completed', 'shipped', 'delivered')
            AND %(category)s::text IS NULL AND c.country IS NOT DISTINCT FROM coalesce(%(country)s, c.country)
        UNION ALL
        SELECT o.order_date::date AS day, i.total_amount AS amount FROM staging.orders AS o
        JOIN staging.order_items AS i USING (order_id) JOIN staging.products AS p USING (product_id)
        WHERE o.status IN ('completed', 'shipped', 'delivered') AND p.category = %(category)s
    ) AS s USING (day)
    GROUP BY g.day ORDER BY g.day
"""


@needs_browser
@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(value or "all" for value in choice.values()))
def test_filters_change_figures_to_those_that_the_database_gives(
    sample: Db, desktop: Seen, figures: render.Figures, choice: dict[str, str]
) -> None:
    desktop.choose(**choice)
    country = choice["country"] or None
    category = None if country else choice["category"] or None
    days = sample.execute(BY_DAY.encode(), {"country": country, "category": category}).fetchall()
    by_day = {row["day"]: row for row in days}
    own = days[-(int(choice["period"]) or len(days)) :]
    revenue, orders = sum(row["revenue"] for row in own), sum(row["orders"] for row in own)
    assert desktop.figure("total_revenue") == money(revenue, "USD")
    assert desktop.figure("completed_orders") == count(None if category else orders)
    assert desktop.figure("avg_order_value") == money(None if category else round(revenue / orders, 2), "USD")

    def other(day: date) -> Any:
        """Return the row of the day that a day is compared with."""
        if not choice["compare"] or choice["period"] == "0":
            return None
        return by_day.get(day.replace(year=day.year - 1) if choice["compare"] == "year" else day - timedelta(len(own)))

    others = [other(row["day"]) for row in own]
    told = desktop.page.inner_text("[data-figure=total_revenue] .change")
    if all(others):  # with the leap day, which no day is compared with
        before = [row["revenue"] for row in days if others[0]["day"] <= row["day"] <= others[-1]["day"]]
        growth = 100 * revenue / sum(before) - 100
        change = growth.quantize(Decimal("0.1"), ROUND_HALF_UP)
        assert told.startswith(f"{'▲' if change > 0 else '▼'} {abs(change):,} %")
    else:
        assert not told

    def shown(query: str, column: str) -> list[Any]:
        return [row[column] for row in desktop.page.evaluate("(name) => dashboard.chosen(name)", query)]

    assert shown("days", "sale_date")[: len(own)] == [row["day"].isoformat() for row in own]
    assert shown("days", "total_revenue")[: len(own)] == [float(row["revenue"]) for row in own]
    assert shown("days", "compared_revenue")[: len(own)] == [row and float(row["revenue"]) for row in others]
    average = sum(row["revenue"] for row in days[-28:]) / 28
    assert shown("days", "revenue_avg_28_days")[len(own) - 1] == float(round(average, 2))
    forecast = sample.execute(
        "SELECT * FROM bi.revenue_forecast WHERE forecast_date > '2025-12-31' ORDER BY forecast_date"
    ).fetchall()
    ahead = 0 if country or category else {"7": 7, "30": 14, "90": 28}.get(choice["period"], len(forecast))
    assert shown("days", "forecast_revenue") == [None] * len(own) + [
        float(r["expected_revenue"]) for r in forecast[:ahead]
    ]

    kept = {"for_period": int(choice["period"])}
    for query in ("hours", "countries", "funnel"):
        name = figures[query].columns[-1]
        rows = [r for r in figures[query].dicts() if kept.items() <= r.items()]
        assert shown(query, name) == [None if r[name] is None else pytest.approx(float(r[name])) for r in rows], query
    customers = [r["customers"] for r in figures["tier_health"].dicts() if r["for_country"] == country]
    assert shown("tier_health", "customers") == customers
    names = [r["product_name"] for r in figures["products"].dicts() if choice["category"] in {"", r["category"]}]
    assert shown("products", "product_name") == names
    assert {*shown("worth", "country")} <= ({country} if country else {r["country"] for r in figures["worth"].dicts()})
    note = desktop.page.locator("[data-chart=funnel] .note")
    assert note.is_visible() == bool(country or choice["category"])
    note = desktop.page.locator("[data-chart=cohorts] .note")
    assert ("customers buy from several" in note.inner_text()) == bool(choice["category"])
    assert not desktop.troubles


@needs_browser
def test_tables_are_sorted_and_searched_and_each_chart_gives_its_rows(desktop: Seen, figures: render.Figures) -> None:
    desktop.choose(period="365", compare="before", country="", category="")
    page = desktop.page
    table = page.locator("[data-table][data-query=products]")
    table.get_by_role("button", name="Total quantity sold").click()
    cells = table.locator("tbody tr td:nth-child(4)")
    best = sorted((r["total_quantity_sold"] for r in figures["products"].dicts()), reverse=True)
    assert cells.all_inner_texts() == [count(one) for one in best[:12]]
    assert table.locator("th[aria-sort=descending]").inner_text().startswith("Total quantity sold")
    table.get_by_role("searchbox").fill("ml")
    names = {r["product_name"] for r in figures["products"].dicts() if "ml" in r["product_name"].lower()}
    table.get_by_role("button", name=f"Show all {len(names)}").click()
    assert set(table.locator("tbody tr td:nth-child(1)").all_inner_texts()) == names
    chart = page.locator("[data-chart=countries]")
    chart.get_by_text("Table", exact=True).click()
    assert chart.locator("tbody tr").count() == 12
    with page.expect_download() as download:
        chart.get_by_role("button", name="CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    rows = [r for r in figures["countries"].dicts() if r["for_period"] == 365]
    assert lines[0] == "label,total_revenue,completed_orders,new_customers,avg_order_value"
    assert [line.split(",")[0] for line in lines[1:]] == [r["label"] for r in rows]


@needs_browser
def test_the_keyboard_reaches_the_filters_and_the_definitions(browser: Browser, address: str) -> None:
    seen = look(browser, address)
    page = seen.page
    page.locator("input[name=for_period]:checked").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("input[name=for_period]:checked").get_attribute("value") == "0"
    assert seen.figure("total_revenue") == "$1,792,444.94"
    assert "period=0" in page.url
    meaning = page.locator("[data-figure=avg_order_value] .about")
    meaning.locator("summary").focus()
    page.keyboard.press("Enter")
    assert "total_revenue / completed_orders" in meaning.inner_text()
    page.keyboard.press("Escape")
    assert not meaning.locator("dl").is_visible()
    page.close()


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, address: str, scheme: str) -> None:
    seen = look(browser, address, color_scheme=scheme, bypass_csp=True)
    options = {"runOnly": ["wcag2a", "wcag2aa"] if scheme == "light" else ["color-contrast"]}
    found = Axe().run(seen.page, context={"exclude": [["svg"]]}, options=options)  # they are hidden from readers
    bad = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"] if one["impact"] in BAD]
    assert found["passes"]
    assert not bad
    if SCREENSHOTS:
        draw_all(seen)
        seen.picture(scheme)
    seen.page.close()


@needs_browser
def test_a_phone_shows_all_without_scrolling_sideways_and_paper_has_no_buttons(browser: Browser, address: str) -> None:
    seen = look(browser, address, viewport={"width": 390, "height": 844}, has_touch=True)
    draw_all(seen)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
    seen.picture("phone")
    seen.page.emulate_media(media="print")
    assert not seen.page.locator(".filters").is_visible()
    assert not seen.page.locator(".csv").first.is_visible()
    assert not seen.troubles
    seen.page.close()


@needs_browser
def test_hostile_names_are_shown_as_text(db: Db, browser: Browser, tmp_path: Path) -> None:
    attack = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028<!--"
    shop.fill(db)
    db.execute("UPDATE staging.products SET product_name = '=' || %s, category = %s", (attack, attack))
    db.execute("UPDATE staging.customers SET country = %s", (attack,))
    db.execute("UPDATE config.shop SET shop_name = %s", (attack,))
    db.execute("CALL refresh_analytics()")
    path = tmp_path / "page.html"
    path.write_text(render.page(rows_of(db))[0], encoding="utf-8")
    seen = look(browser, path.as_uri())
    draw_all(seen)
    page = seen.page
    plain = attack.replace("\u2028", "")

    def text(of: str) -> str:
        return page.inner_text(of).replace("\u2028", "").replace("\n", "")

    assert text("h1") == plain
    assert f"={plain}" in text("[data-query=products] tbody")
    page.select_option("select[name=for_category]", attack)
    assert seen.figure("units_sold") == "5"
    assert page.evaluate("dashboard.csv('products')").splitlines()[1].startswith("'=</script>")
    draw_all(seen)
    page.locator("[data-chart=countries] svg [class*=mark-rect] path").first.hover()
    page.locator("#vg-tooltip-element.visible").wait_for()
    assert plain[:20] in text("#vg-tooltip-element")
    assert not page.locator("img").count()
    assert not seen.troubles
    page.close()


@needs_browser
def test_a_shop_of_one_order_and_one_without_any_are_shown_without_complaint(
    db: Db, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(render.page(rows_of(db))[0], encoding="utf-8")
    seen = look(browser, path.as_uri())
    assert seen.page.get_by_role("heading", name="No sales yet").is_visible()
    db.execute("INSERT INTO staging.products (product_id, price) VALUES ('P1', 5)")
    db.execute("INSERT INTO staging.orders VALUES ('O1', NULL, '2024-03-01', 'completed', 5)")
    db.execute("CALL config.set_clock('2024-03-01')")
    db.execute("CALL refresh_analytics()")
    path.write_text(render.page(rows_of(db))[0], encoding="utf-8")
    seen.page.reload()
    draw_all(seen)
    assert seen.figure("total_revenue") == "$5.00"
    assert seen.page.locator("[data-chart=rfm] .plot").inner_text() == "Nothing to show for this choice."
    seen.choose(period="0", compare="year")
    assert not seen.troubles
    seen.page.close()


class Serving:
    """The command dashboard --serve on a port of its own."""

    def __init__(self, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runner", "dashboard", "--serve", "0"],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> str:
        assert self._process.stdout
        address = self._process.stdout.readline().strip()
        until = time.monotonic() + 30
        while answer(f"{address}healthz")[0] != 200:
            assert time.monotonic() < until
            time.sleep(0.1)
        return address

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        told = self._process.communicate(timeout=20)[1]
        assert "Traceback" not in told
        assert "Error" not in told


def answer(address: str, **headers: str) -> tuple[int, dict[str, str], str]:
    try:
        with urlopen(Request(address, headers=headers), timeout=10) as response:
            return response.status, dict(response.headers.items()), response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers.items()), error.read().decode()


@needs_browser
def test_new_figures_reach_an_open_page_without_a_reload(db: Db, browser: Browser) -> None:
    shop.fill(db)
    db.execute("CALL refresh_analytics()")
    with Serving() as address:
        seen = look(browser, address)
        other = look(browser, address)
        page = seen.page
        page.wait_for_function("document.getElementById('live').textContent === 'live'")
        page.evaluate("window.stayed = true")
        seen.choose(period="30")
        assert seen.figure("total_revenue") == "$32.00"
        assert "$0.00 in 0 revenue orders" in page.inner_text("[data-chart=hours_today]")
        db.execute("INSERT INTO staging.orders VALUES ('O9', 'C2', '2024-03-03 09:00', 'completed', 100)")
        db.execute("CALL apply_changes()")
        applied = time.monotonic()
        page.get_by_text("$100.00 in 1 revenue orders").wait_for(timeout=2_000)
        assert seen.figure("total_revenue") == "$32.00", "not published yet"
        db.execute("CALL refresh_analytics()")
        page.locator("[data-figure=total_revenue] .value", has_text="$132.00").wait_for(timeout=2_000)
        other.page.locator("[data-figure=total_revenue] .value", has_text="$132.00").wait_for(timeout=2_000)
        assert time.monotonic() - applied < 60
        assert page.evaluate("window.stayed")
        assert page.locator("input[name=for_period]:checked").get_attribute("value") == "30"
        connections = (
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        row = db.execute(connections.encode()).fetchone()
        assert row
        assert row["n"] == 1
        db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'runner'")
        page.get_by_text("the database does not answer").wait_for(timeout=5_000)
        page.locator("#live", has_text=re.compile("^live")).wait_for(timeout=10_000)
        assert not seen.troubles + other.troubles
        page.close()
        other.page.close()


def test_the_server_keeps_to_itself(db: Db) -> None:
    with Serving(PIPELINE_DASHBOARD_USER="ada", PIPELINE_DASHBOARD_PASSWORD="l:o") as address:
        assert address.startswith("http://127.0.0.1:")
        for path in ("", "content", "events"):
            assert answer(address + path)[0] == 401
        assert answer(address, Authorization="Basic YWRhOng=")[0] == 401
        assert answer(address, Authorization="Basic ?")[0] == 401
        status, headers, text = answer(address, Authorization="Basic YWRhOmw6bw==")
        assert (status, "No sales yet" in text) == (200, True)
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; connect-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["cache-control"] == "no-store"
        assert answer(address, Host="evil.example", Authorization="Basic YWRhOmw6bw==")[0] == 400
        assert answer(address + "healthz")[2] == '{"status":"ok"}'


def test_a_wrong_address_and_half_a_password_are_told(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    assert serve.parse("8080") == ("127.0.0.1", 8080)
    assert serve.parse("0.0.0.0:80") == ("0.0.0.0", 80)
    assert serve.parse("[::1]:80") == ("::1", 80)
    for wrong in ("", "web", "1:2:x", "70000"):
        with pytest.raises(ConfigurationError, match="no address to serve at"):
            serve.parse(wrong)
    monkeypatch.setenv("PIPELINE_DASHBOARD_USER", "ada")
    with pytest.raises(ConfigurationError, match="only one of"):
        serve.serve("0", print, print)
    assert database.url()
