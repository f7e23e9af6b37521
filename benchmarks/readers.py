"""Measures how BI tools read while files are loaded and published all the time.

Run: python -m benchmarks.readers [--orders N] [--readers N] [--seconds N] [--pause SECONDS]

Readers are logins of pipeline_reader. Each sends a query, takes all rows, pauses about as long as told, and so on, first for a
tenth of the time while nothing else happens, then while processes of the runner load 1,000 new orders and refresh, one after the
other, without a pause. A read counts from sending the query to having all rows; readers and server share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.generate import generate
from benchmarks.load import NEW_ORDERS, new_orders
from benchmarks.refresh import AS_OF, READS
from benchmarks.server import Bench

USER = "bench_reader"
AGREE = "SELECT k.total_revenue = (SELECT sum(d.total_revenue) FROM bi.daily_sales AS d) FROM bi.kpi_summary AS k"
QUERIES = (
    *READS,
    "SELECT customer_tier, count(*), sum(total_revenue) FROM bi.customer_metrics GROUP BY customer_tier",
    "SELECT * FROM bi.product_performance ORDER BY total_revenue DESC LIMIT 50",
    "SELECT count(*) FROM bi.fact_orders AS f WHERE f.order_date >= DATE '2025-12-01'",
    AGREE,
)


@dataclass
class Reads:
    """What readers saw. errors: their texts; disagreements: reads of two views in one query that did not fit together."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    disagreements: int = 0

    def row(self, name: str) -> str:
        """Return a row of the table."""
        ms = [1000 * value for value in self.seconds]
        p99 = statistics.quantiles(ms, n=100)[98]
        return (
            f"| {name} | {len(ms):,} | {len(self.errors)} | {self.disagreements} | {statistics.median(ms):.0f} ms"
            f" | {p99:.0f} ms | {max(ms):.0f} ms |"
        )


@dataclass
class Writes:
    """How many loads and refreshes there were; failed: the last words of those that did not end well."""

    loads: int = 0
    refreshes: int = 0
    failed: list[str] = field(default_factory=list)

    def go_on(self, bench: Bench, folders: list[Path], is_over: threading.Event) -> None:
        """Load one folder after the other and refresh after each, until it is over."""
        for folder in folders:
            if is_over.is_set():
                return
            try:
                bench.runner("load", str(folder))
                self.loads += 1
                bench.runner("refresh")
                self.refreshes += 1
            except subprocess.CalledProcessError as error:
                self.failed.append(error.stderr.strip().splitlines()[-1])


async def read(url: str, until: float, pause: float, reads: Reads) -> None:
    """Read until then."""
    dice = random.Random()  # noqa: S311 - dice
    while time.monotonic() < until:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                while time.monotonic() < until:
                    await asyncio.sleep(pause * dice.uniform(0.5, 1.5))
                    query = dice.choice(QUERIES)
                    started = time.perf_counter()
                    rows = await (await connection.execute(query.encode())).fetchall()
                    reads.seconds.append(time.perf_counter() - started)
                    reads.disagreements += query == AGREE and rows != [(True,)]
        except psycopg.Error as error:
            reads.errors.append(str(error))


async def read_by_many(url: str, readers: int, seconds: float, pause: float) -> Reads:
    """Let so many read for so many seconds."""
    reads, until = Reads(), time.monotonic() + seconds
    await asyncio.gather(*(read(url, until, pause, reads) for _ in range(readers)))
    return reads


def measure(bench: Bench, orders: int, readers: int, seconds: float, pause: float) -> None:
    """Make the shop, let all read, print the table."""
    data = generate(bench.folder / "data", orders)
    folders = [new_orders(bench.folder / f"new{part}", orders, part) for part in range(int(seconds / 3) + 1)]
    bench.runner("migrate")
    bench.runner("load", str(data))
    bench.runner("refresh", "--as-of", AS_OF)
    with psycopg.connect(bench.url(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")  # autovacuum would have come by
        connection.execute(f"CREATE ROLE {USER} LOGIN IN ROLE pipeline_reader".encode())
    url = bench.url().replace("//postgres@", f"//{USER}@")
    alone = asyncio.run(read_by_many(url, readers, seconds / 10, pause))
    writes, is_over = Writes(), threading.Event()
    writer = threading.Thread(target=writes.go_on, args=(bench, folders, is_over))
    writer.start()
    busy = asyncio.run(read_by_many(url, readers, seconds, pause))
    is_over.set()
    writer.join()
    print(f"{readers} readers, {orders:,} orders, {seconds:.0f} s, a pause of about {pause} s after each read;")
    print(f"meanwhile {writes.loads} loads of {NEW_ORDERS:,} orders and {writes.refreshes} refreshes,", end=" ")
    print(f"{len(writes.failed)} failed.\n")
    print("| | reads | errors | disagreements | median | p99 | longest |\n| --- | --- | --- | --- | --- | --- | --- |")
    print(alone.row("nothing else happens"))
    print(busy.row("loads and refreshes, one after the other"))
    for text in sorted({*alone.errors, *busy.errors, *writes.failed}):
        print(f"\n{text}")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--pause", type=float, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = Bench(Path(name))
        try:
            measure(bench, options.orders, options.readers, options.seconds, options.pause)
        finally:
            bench.runner("stop")


if __name__ == "__main__":
    main()
