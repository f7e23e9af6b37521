"""Prints what benchmarks.refresh measured as a table in Markdown, a column a size, with bounds and whether they are kept.

Run: python -m benchmarks.table FILE …
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SMALLEST = 200_000  # what an apply in a larger shop is compared with, in the same minute
BESIDE = f"apply, {SMALLEST} orders"
SAME = "refresh, same models"


@dataclass(frozen=True)
class Line:
    """A line of the table: the median of a measure in seconds, or how many times the median of another one that is."""

    what: str
    name: str
    divisor: str = ""
    most: float | None = None
    least: float | None = None
    is_worst: bool = False  # the most of all rounds must keep the bound, not their median
    from_orders: int = 0  # the size from which on the bound holds

    def bound(self) -> str:
        """Return the bound in words."""
        bound = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}" if self.least is not None else ""
        return f"{bound} from {self.from_orders:,} orders on" if self.from_orders else bound

    def cell(self, size: dict[str, Any]) -> str:
        """Return the figure of a size, and whether it misses its bound."""
        seconds: dict[str, list[float]] = size["seconds"]
        if self.name not in seconds or (self.divisor and self.divisor not in seconds):
            return ""
        values = seconds[self.name]
        figure = max(values) if self.is_worst else statistics.median(values)
        cell = f"{figure:.3g}" + (f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else "")
        if self.divisor:
            figure /= statistics.median(seconds[self.divisor])
            cell = f"{figure:.2f} ×"
        missed = (self.most is not None and figure > self.most) or (self.least is not None and figure < self.least)
        return f"{cell} **missed**" if missed and size["orders"] >= self.from_orders else cell


LINES = (
    Line("`apply_changes()` after 1,000 new orders on the newest days", "apply", most=0.1),
    Line(f"the same in a shop of {SMALLEST:,} orders, in turn", BESIDE),
    Line("the first by the second", "apply", BESIDE, most=1.3),
    Line("live figures of today, its hours and 30 days, read after it", "read live"),
    Line("`apply_changes()` after 1,000 new orders over two years", "apply, spread"),
    Line("live figures read after it", "read live, spread"),
    Line("rollups counted after 1,000 new orders on the newest days, in the refresh", "rollups"),
    Line("rollups counted after 1,000 new orders over two years", "rollups, spread"),
    Line("by a rebuild", "rollups, spread", "rebuild", most=1.5),
    Line("rebuild", "rebuild"),
    Line("whole refresh after 1,000 new orders, predictions too, in a process of its own", "refresh"),
    Line("the same without the steps that no peer does", SAME),
    Line("dbt, all models as tables", "dbt"),
    Line("by the refresh without those steps", "dbt", SAME, least=4),
    Line("dbt, incremental where it can be, which misses late rows", "dbt, incremental"),
    Line("by the refresh", "dbt, incremental", SAME, least=2),
    Line("plain materialized views over staging, CONCURRENTLY", "plain views, CONCURRENTLY"),
    Line("by the refresh", "plain views, CONCURRENTLY", SAME, least=5),
    Line("the same, locked", "plain views, locked"),
    Line("DuckDB, from its own file", "DuckDB"),
    Line("by the refresh", "DuckDB", SAME, least=1, from_orders=1_000_000),
    Line("everything anew: `refresh_analytics(p_full => true)`, all models fitted", "full refresh"),
    Line("the same without the fits", "full refresh, no fit"),
    Line("by hand: CREATE TABLE AS, keys, ANALYZE; no fits", "by hand"),
    Line("everything anew by what it takes by hand", "full refresh, no fit", "by hand", most=1.5),
    Line("refresh with nothing changed", "refresh, nothing changed", most=0.05),
    Line("COPY of all order lines, keys and triggers in place", "COPY with triggers"),
    Line("by the same without triggers", "COPY with triggers", "COPY without triggers", most=1.25),
    Line("longest read of a BI query during a publish", "longest read, publish", most=0.05, is_worst=True),
    Line("the same while nothing happens", "longest read, idle", is_worst=True),
)


def table(sizes: list[dict[str, Any]]) -> str:
    """Return the results as a table in Markdown, and below it what must be known to read them."""
    heads = ["measure", *(f"{size['orders']:,} orders" for size in sizes), "must be"]
    rows = [heads, ["---"] * len(heads)]
    for line in LINES:
        cells = [line.cell(size) for size in sizes]
        if any(cells):
            rows.append([line.what, *cells, line.bound()])
    wrong = [f"{size['facts']['wrong rows']}" for size in sizes]
    rows.append(["rows of rollups that differ from a recount afterwards", *wrong, "0"])
    notes = [note for size in sizes for note in _notes(size)]
    return "\n".join([*("| " + " | ".join(row) + " |" for row in rows), "", *(f"* {note}" for note in notes)])


def _notes(size: dict[str, Any]) -> list[str]:
    """Say on what a size was measured, and where the peers do not do what the pipeline does."""
    facts, orders, seconds = size["facts"], f"{size['orders']:,} orders", size["seconds"]
    shown = dict.fromkeys(line.name for line in LINES if line.name in seconds)
    told = {
        "in fewer rounds": [f"{name} {len(seconds[name])}" for name in shown if len(seconds[name]) < size["rounds"]],
        "views without a model": sorted(set(facts["views"]) - set(facts["models"])),
        "views with fewer columns than their model": facts["narrower views"],
        "other figures": facts["differences"],
    }
    measured = f"{orders}: {facts['machine']}; seconds, medians of {size['rounds']} rounds (least to most), of reads the longest"
    return [measured, *(f"{orders}, {what}: " + "; ".join(found) for what, found in told.items() if found)]


def read(files: list[Path]) -> list[dict[str, Any]]:
    """Return the sizes measured in these files, by size; of equal ones the last."""
    sizes = {size["orders"]: size for file in files for size in json.loads(file.read_text())["sizes"]}
    return [sizes[orders] for orders in sorted(sizes)]


def main() -> None:
    """Print the table of some files."""
    parser = argparse.ArgumentParser(description="Print what benchmarks.refresh measured.")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    print(table(read(parser.parse_args().files)))


if __name__ == "__main__":
    main()
