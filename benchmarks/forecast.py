"""Compares the forecast with statsforecast's AutoETS: on the sample, on public series, and on shops made up of several kinds.

Run: python -m benchmarks.forecast [--kinds NAME,…] [--seeds N] [--days N] [--json FILE]
Print the table of earlier runs: python -m benchmarks.forecast --table FILE …

Each series is forecast so many days ahead from several origins, 28 days apart, knowing the days up to the origin alone: by the
database, as a refresh does, its own back-test included, and by AutoETS with a season of 7 days. statsforecast lives in
.venv-statsforecast, made here; public series are downloaded (benchmarks/public.py).
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import statistics
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from benchmarks import public
from benchmarks.server import Bench

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".venv-statsforecast"
PEER = """
import json, sys, time
import numpy
from statsforecast.models import AutoETS
series, days = json.load(sys.stdin)
for values in series:
    started = time.process_time()
    found = AutoETS(season_length=7).forecast(y=numpy.array(values), h=days, level=[80])
    print(json.dumps([list(found["mean"]), list(found["lo-80"]), list(found["hi-80"]), time.process_time() - started]))
"""
DAYS, ORIGINS = 1095, 3
FOUND_ORIGINS = 6  # of series that are not made up, of which there are few
LAST_DAY = date(2025, 12, 30)
WEEK = (1.15, 1.0, 0.95, 0.95, 1.05, 0.75, 1.15)

Series = list[float]
Level = Callable[[Random], list[float]]


def _steady(_: Random) -> list[float]:
    return [1.0] * DAYS


def _trend(_: Random) -> list[float]:
    """Return a level that doubles in three years."""
    return [1 + day / DAYS for day in range(DAYS)]


def _two_seasons(_: Random) -> list[float]:
    """Return a season of the year beside that of the week."""
    return [1 + 0.35 * math.cos(2 * math.pi * (day - DAYS + 20) / 365.25) for day in range(DAYS)]


def _level_shift(random: Random) -> list[float]:
    """Return half as much again, or a third less, from some day of the last year on."""
    shift, factor = DAYS - random.randrange(60, 365), random.choice((1.5, 0.67))
    return [factor if day >= shift else 1.0 for day in range(DAYS)]


def _wandering(random: Random) -> list[float]:
    level, levels = 0.0, []
    for _ in range(DAYS):
        level += random.gauss(0, 0.015)
        levels.append(math.exp(level))
    return levels


# Level by day, orders on an ordinary day, open weekdays of seven.
KINDS: dict[str, tuple[Level, float, int]] = {
    "steady": (_steady, 40, 7),
    "trend": (_trend, 40, 7),
    "two seasons": (_two_seasons, 40, 7),
    "level shift": (_level_shift, 40, 7),
    "wandering level": (_wandering, 40, 7),
    "closed Sundays": (_trend, 40, 6),
    "sparse days": (_steady, 0.7, 7),
}


def make(kind: str, seed: int) -> tuple[Series, Series]:
    """Return revenue and orders by day: orders by chance around a level, each of an amount by chance, and luck of the day."""
    random = Random(f"{kind} {seed}")  # noqa: S311 - dice
    level, orders, open_weekdays = KINDS[kind]
    revenue, counts = [], []
    for day, height in enumerate(level(random)):
        mean = orders * height * WEEK[day % 7] * math.exp(random.gauss(0, 0.08)) * (day % 7 < open_weekdays)
        count = _poisson(random, mean)
        counts.append(float(count))
        revenue.append(round(sum(random.lognormvariate(3.5, 0.7) for _ in range(count)), 2))
    return revenue, counts


def _poisson(random: Random, mean: float) -> int:
    """Return a Poisson number: arrivals in one unit of time (Devroye 1986)."""
    count, time = -1, 0.0
    while time <= mean:
        count, time = count + 1, time + random.expovariate(1)
    return count


def sample() -> tuple[Series, Series]:
    """Return revenue and orders by day of data/."""
    revenue: dict[date, float] = defaultdict(float)
    orders: Counter[date] = Counter()
    with (ROOT / "data" / "orders.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            if row["status"] in {"completed", "shipped", "delivered"}:
                day = date.fromisoformat(row["order_date"][:10])
                revenue[day] += float(row["total_amount"])
                orders[day] += 1
    days = [min(orders) + timedelta(days=number) for number in range((LAST_DAY - min(orders)).days + 1)]
    return [round(revenue[day], 2) for day in days], [float(orders[day]) for day in days]


# Those that are not made up: the shops, and what is looked at of them.
FOUND: dict[str, tuple[Callable[[], list[tuple[Series, Series]]], str]] = {
    "sample revenue": (lambda: [sample()], "revenue"),
    "sample orders": (lambda: [sample()], "orders"),
    "Online Retail revenue": (lambda: [public.online_retail()], "revenue"),
    "Online Retail orders": (lambda: [public.online_retail()], "orders"),
    "CDNOW revenue": (lambda: [public.cdnow()], "revenue"),
    "CDNOW orders": (lambda: [public.cdnow()], "orders"),
    "bicycles hired": (lambda: [public.bicycles()], "revenue"),
    "pages looked at": (public.wikipedia, "revenue"),
}


def ours(
    connection: psycopg.Connection[Any], revenue: Series, orders: Series, measure: str, days: int
) -> dict[str, Any]:
    """Return what the database expects after these days."""
    first = LAST_DAY - timedelta(days=len(revenue) - 1)
    with connection.transaction():
        connection.execute("TRUNCATE rollup.days, predict.model")
        with connection.cursor().copy(
            "COPY rollup.days (sale_date, total_orders, completed_orders, total_revenue, guest_orders, guest_completed_orders,"
            " guest_revenue, unique_customers) FROM STDIN"
        ) as copy:
            # The newest day with an order is left out by the forecast, so that there is one more, and the first day has one.
            for number, (amount, count) in enumerate([*zip(revenue, orders, strict=True), (1, 1)]):
                day, any_orders = first + timedelta(days=number), max(1, int(count))
                copy.write_row((day, any_orders, int(count), amount, 0, 0, 0, 0))
        connection.execute("CALL config.set_clock(%s)", (LAST_DAY + timedelta(days=1),))
        name = {"revenue": "revenue", "orders": "order"}[measure]
        connection.execute(f"CALL predict.fit_{name}_forecast()".encode())
        connection.execute(f"CALL predict.score_{name}_forecast()".encode())
        rows = connection.execute(
            "SELECT expected, lower_80, upper_80, lower_95, upper_95, method FROM predict.daily_forecast"
            " WHERE measure = %s AND horizon_days <= %s ORDER BY horizon_days",
            (measure, days),
        ).fetchall()
        names = ("expected", "lower_80", "upper_80", "lower_95", "upper_95", "method")
        found: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
        (found["seconds"],) = connection.execute(
            "SELECT extract(EPOCH FROM clock_timestamp() - now())::float8"
        ).fetchone() or (None,)
        return found


def theirs(series: list[Series], days: int) -> list[dict[str, Any]]:
    """Return what AutoETS expects after each series."""
    if not (VENV / "bin" / "python").exists():
        print("installing statsforecast in .venv-statsforecast", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        pip = [str(VENV / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "statsforecast==2.*"]
        subprocess.run(pip, check=True)
    command = [str(VENV / "bin" / "python"), "-W", "ignore", "-c", PEER]
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=json.dumps([series, days]))
    names = ("expected", "lower_80", "upper_80", "seconds")
    return [dict(zip(names, json.loads(line), strict=True)) for line in done.stdout.splitlines()]


def score(known: Series, actual: Series, found: dict[str, Any]) -> dict[str, Any]:
    """Return MASE, and the share of the days inside each interval, of days that were not 0 for sure."""
    scale = statistics.fmean(abs(a - b) for a, b in zip(known[7:], known, strict=False))
    errors = [abs(a - e) for a, e in zip(actual, found["expected"], strict=True)]
    shares = {"mase": statistics.fmean(errors) / scale}
    for level in ("80", "95"):
        if f"lower_{level}" in found:
            ends = zip(actual, found[f"lower_{level}"], found[f"upper_{level}"], strict=True)
            inside = [low <= value <= high for value, low, high in ends if value or high]
            shares[f"coverage_{level}"] = statistics.fmean(inside)
    return shares


def compare(connection: psycopg.Connection[Any], kind: str, seeds: int, days: int) -> dict[str, Any]:
    """Forecast all series of a kind and return the means of the scores."""
    shops, measure = FOUND[kind] if kind in FOUND else (lambda: [make(kind, seed) for seed in range(seeds)], "revenue")
    origins = FOUND_ORIGINS if kind in FOUND else ORIGINS
    cases = []
    for revenue, orders in shops():
        for origin in range(origins):
            cut = len(revenue) - days - 28 * origin
            cases.append((revenue[:cut], orders[:cut], (orders if measure == "orders" else revenue), cut))
    peers = theirs([values[:cut] for _, _, values, cut in cases], days)
    scores: dict[str, list[float]] = defaultdict(list)
    methods: Counter[str] = Counter()
    for (revenue, orders, values, cut), peer in zip(cases, peers, strict=True):
        known, actual = values[:cut], values[cut : cut + days]
        own = ours(connection, revenue, orders, measure, days)
        methods[own["method"][0]] += 1
        naive = {"expected": (known[-7:] * days)[:days]}
        for name, found in (("ours", own), ("autoets", peer), ("naive", naive)):
            for score_name, value in score(known, actual, found).items():
                scores[f"{name} {score_name}"].append(value)
            if "seconds" in found:
                scores[f"{name} seconds"].append(found["seconds"])
    means = {name: statistics.fmean(values) for name, values in scores.items()}
    return {"kind": kind, "series": len(cases) // origins, "methods": dict(methods), **means}


def table(rows: list[dict[str, Any]]) -> str:
    """Return the comparison in Markdown."""
    lines = [
        "| shop | series | MASE | AutoETS | ratio | naive | in 80 % interval | AutoETS | in 95 % interval |",
        "|" + " --- |" * 9,
    ]
    for row in rows:
        cells = [
            row["kind"],
            str(row["series"]),
            *(f"{row[name]:.3f}" for name in ("ours mase", "autoets mase")),
            f"{row['ours mase'] / row['autoets mase']:.3f}",
            f"{row['naive mase']:.3f}",
            *(f"{100 * row[name]:.0f} %" for name in ("ours coverage_80", "autoets coverage_80", "ours coverage_95")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    chosen: Counter[str] = Counter()
    for row in rows:
        chosen.update(row["methods"])
    lines += ["", "Chosen: " + ", ".join(f"{name} {count}" for name, count in chosen.most_common()) + "."]
    return "\n".join(lines)


def main() -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--kinds", default=",".join([*FOUND, *KINDS]))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--table", type=Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.table:
        print(table([row for file in arguments.table for row in json.loads(file.read_text())]))
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.runner("migrate")
        try:
            with psycopg.connect(bench.url(), autocommit=True) as connection:
                for kind in arguments.kinds.split(","):
                    rows.append(compare(connection, kind, arguments.seeds, arguments.days))
                    if arguments.json:
                        arguments.json.write_text(json.dumps(rows))
        finally:
            bench.runner("stop")
    print(table(rows))


if __name__ == "__main__":
    main()
