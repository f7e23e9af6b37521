"""Measures the page: how long `runner dashboard` takes, how large the file is, and how soon a browser lets one choose.

Run: python -m benchmarks.page [--orders 1000000,5000000] [--rounds 5]. With --here it measures the published shop that the runner
is set to (PIPELINE_PGDATA, DATABASE_URL) instead of making its own.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.generate import generate
from benchmarks.server import Bench
from runner.dashboard import render

CHROMIUM = "/usr/bin/chromium"
SIZES = "1000000,5000000"
AS_OF = "2025-12-31"
QUERY = "query "  # begins the name of the measure of a query
BOUNDS = {"page written": 2.0, "to be used": 1.0, "filter": 1.0}

# Seconds from the end of loading until all charts in sight are drawn; those after a choice, likewise.
DRAWN = """
const drawn = async () => {
    while (!dashboard.drawn.size) await new Promise((done) => setTimeout(done, 5));
    await Promise.all(dashboard.drawn.values());
    await new Promise(requestAnimationFrame);
};
"""
READY = f"""async () => {{
    {DRAWN}
    await drawn();
    return (performance.now() - performance.getEntriesByType("navigation")[0].loadEventEnd) / 1000;
}}"""
FILTER = f"""async (name) => {{
    {DRAWN}
    const field = document.querySelector(`select[name=${{name}}]`);
    const started = performance.now();
    field.value = field.options[1].value;
    field.dispatchEvent(new Event("change", {{ bubbles: true }}));
    await new Promise((done) => setTimeout(done)); // charts in sight are told after this
    await new Promise(requestAnimationFrame);
    await drawn();
    field.value = "";
    field.dispatchEvent(new Event("change", {{ bubbles: true }}));
    return (performance.now() - started) / 1000;
}}"""


def measure(bench: Bench, rounds: int) -> str:
    """Return the table of the published shop that the runner is set to."""
    page = bench.folder / "page.html"
    for _ in range(rounds):
        bench.measure("page written", lambda: bench.runner("dashboard", "--out", str(page)))
        queries(bench)
    look(bench, page.as_uri(), rounds)
    with psycopg.connect(bench.url()) as connection:
        row = connection.execute("SELECT sum(total_orders), count(*) FROM bi.daily_sales").fetchone()
    return table(bench, row or (0, 0), page.stat().st_size)


def queries(bench: Bench) -> None:
    """Measure each query of the page, its rows fetched."""
    with psycopg.connect(bench.url(), autocommit=True) as connection:
        connection.execute("SET jit = off")
        for file in sorted((render.HERE / "queries").glob("*.sql")):
            started = time.perf_counter()
            connection.execute(file.read_bytes()).fetchall()
            bench.seconds.setdefault(QUERY + file.stem, []).append(time.perf_counter() - started)


def look(bench: Bench, address: str, rounds: int) -> None:
    """Measure the page in a browser, each time in a new one without a cache."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(rounds):
            page: Any = browser.new_page(viewport={"width": 1280, "height": 900})
            bench.measure("loaded", lambda page=page: page.goto(address, wait_until="load"))  # type: ignore[misc]
            bench.note("to be used", page.evaluate(READY))
            for name in ("for_country", "for_category"):
                bench.note("filter", page.evaluate(FILTER, name))
            page.close()
        browser.close()


def table(bench: Bench, shop: tuple[Any, ...], size: int) -> str:
    """Return the measures in Markdown."""
    orders, days = shop
    slow = sorted((name for name in bench.seconds if name.startswith(QUERY)), key=bench.median, reverse=True)
    lines = [
        f"\n{orders:,} orders, {days} days\n",
        "| measure | median | worst | must be |",
        "| --- | --- | --- | --- |",
        f"| file | {size / 1e6:.2f} MB | | ≤ 3 MB |",
    ]
    for name, words in {
        "page written": "`runner dashboard`, the whole command",
        "loaded": "opened in chromium, until it is loaded",
        "to be used": "from then until the charts in sight are drawn",
        "filter": "a choice of country or category, until they are drawn anew",
    }.items():
        bound = f"≤ {BOUNDS[name]:g} s" if name in BOUNDS else ""
        lines.append(f"| {words} | {bench.median(name):.2f} s | {max(bench.seconds[name]):.2f} s | {bound} |")
    lines.append(f"| all {len(slow)} queries | {sum(map(bench.median, slow)):.2f} s | | |")
    lines += [
        f"| {name.replace(QUERY, 'of them `')}` | {bench.median(name):.3f} s | {max(bench.seconds[name]):.3f} s | |"
        for name in slow[:5]
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print a table for each size."""
    parser = argparse.ArgumentParser(description="Measure the page.")
    parser.add_argument("--orders", default=SIZES, help="sizes of the shop, with commas between")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--here", action="store_true", help="measure the shop that the runner is set to")
    options = parser.parse_args()
    for orders in [0] if options.here else sorted(int(size) for size in options.orders.split(",")):
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            bench = Bench(Path(name), has_server=not options.here)
            if options.here:
                print(measure(bench, options.rounds))
                continue
            try:
                generate(bench.folder / "data", orders)
                bench.runner("migrate")
                bench.runner("load", str(bench.folder / "data"))
                shutil.rmtree(bench.folder / "data")
                print("loaded", file=sys.stderr)
                bench.runner("refresh", "--as-of", AS_OF)
                print(measure(bench, options.rounds))
            finally:
                bench.runner("stop")


if __name__ == "__main__":
    main()
