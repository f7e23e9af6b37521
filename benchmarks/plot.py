"""Draws what benchmarks.refresh measured: docs/refresh-history.svg and docs/refresh-change.svg.

Run: python -m benchmarks.plot FILE … [--out FOLDER]
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Any

import vl_convert

from benchmarks.refresh import CHANGES
from benchmarks.table import read

DOCS = Path(__file__).parent.parent / "docs"
WIDTH, HEIGHT = 560, 320
COLOURS = ["#0b6e99", "#e07b00", "#7a7a7a", "#b0b0b0", "#5b8c2a", "#a33e5c"]
BY_HISTORY = {
    "apply": "apply",
    "refresh": "refresh",
    "dbt": "dbt",
    "dbt, incremental": "dbt, incremental",
    "plain views, CONCURRENTLY": "plain views",
    "DuckDB": "DuckDB",
}
WHERE = {"newest": "on the newest days", "spread": "over two years"}


def by_history(sizes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the points of the plot against history: 1,000 new orders, shops of several sizes."""
    return [
        {"x": size["orders"], "seconds": statistics.median(size["seconds"][name]), "line": line}
        for size in sizes
        for name, line in BY_HISTORY.items()
        if name in size["seconds"]
    ]


def by_change(size: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the points of the plot against change: one shop, several numbers of new orders."""
    points = []
    for orders in CHANGES:
        for where, words in WHERE.items():
            applied = size["seconds"].get(f"apply, {orders} {where}", [])
            published = size["seconds"].get(f"publish, {orders} {where}", [])
            lines = {"apply": applied, "refresh": [sum(pair) for pair in zip(applied, published, strict=True)]}
            points += [
                {"x": orders, "seconds": statistics.median(values), "line": f"{line}, {words}"}
                for line, values in lines.items()
                if values
            ]
    return points


def draw(points: list[dict[str, Any]], title: str, axis: str) -> str:
    """Return a line chart as SVG, both axes logarithmic."""
    lines = list(dict.fromkeys(point["line"] for point in points))
    x = {
        "field": "x",
        "type": "quantitative",
        "title": axis,
        "scale": {"type": "log", "nice": False, "padding": 12},
        "axis": {"values": sorted({point["x"] for point in points}), "format": ",d", "grid": False},
    }
    y = {
        "field": "seconds",
        "type": "quantitative",
        "title": "seconds",
        "scale": {"type": "log"},
        "axis": {"format": "~r", "tickCount": 6},
    }
    colour = {
        "field": "line",
        "type": "nominal",
        "title": None,
        "scale": {"domain": lines, "range": COLOURS[: len(lines)]},
    }
    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": title, "anchor": "start", "fontSize": 14},
        "width": WIDTH,
        "height": HEIGHT,
        "background": "white",
        "data": {"values": points},
        "mark": {"type": "line", "point": True},
        "encoding": {"x": x, "y": y, "color": colour},
    }
    return vl_convert.vegalite_to_svg(chart, vl_version="5.20")


def main() -> None:
    """Parse the command line and write the plots."""
    parser = argparse.ArgumentParser(description="Draw what benchmarks.refresh measured.")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--out", type=Path, default=DOCS)
    options = parser.parse_args()
    sizes = read(options.files)
    charts = {"history": (by_history(sizes), "Up to date after 1,000 new orders", "orders in the shop")}
    for size in sizes:
        if points := by_change(size):
            charts["change"] = (points, f"Up to date in a shop of {size['orders']:,} orders", "new orders")
    for name, (points, title, axis) in charts.items():
        file = options.out / f"refresh-{name}.svg"
        file.write_text(draw(points, title, axis))
        print(file)


if __name__ == "__main__":
    main()
