"""Measures refreshing, side by side with peers that compute the same models, in one run.

Run: python -m benchmarks.refresh [--orders N,N,…] [--rounds N] [--without PEER,…] [--json FILE]

Each size has an embedded server of its own. Each figure is the median of --rounds rounds, interleaved; ratios are between medians
of the same size. How an apply grows is measured in turn with the smallest shop, on a second server. Peers: dbt-postgres (in
.venv-dbt, made here), plain materialized views over staging, DuckDB from its own file, and the pipeline's own rollups and views
by CREATE TABLE AS.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from benchmarks.generate import generate
from benchmarks.peers import dbt, matviews, models
from benchmarks.peers.by_hand import ByHand
from benchmarks.peers.duck import Duck
from benchmarks.server import Bench, copy_files
from benchmarks.table import BESIDE, SAME, SMALLEST, table
from runner import wheel

SIZES = "200000,1000000,5000000"
APPLIES = 3  # a round: some milliseconds hang on what the machine did before
CHANGE = 1000  # new orders, unless changes of all sizes are measured
CHANGES = (100, 1000, 10_000, 100_000)
PEERS = ("dbt", "views", "DuckDB", "by hand")
REFERENCE = 1_000_000  # the largest size up to this one has changes and triggers measured; none larger "by hand" or locked views
AS_OF = "2025-12-31"
NEWEST = {"first_day": "2025-12-30", "days": 2}  # the last day of the history, and the day after it
SPREAD = {"first_day": "2024-01-01", "days": 730}  # over the whole history
READS = (
    "SELECT count(*) FROM bi.daily_sales",
    "SELECT count(*) FROM bi.product_performance",
    "SELECT * FROM bi.kpi_summary",
    "SELECT * FROM bi.daily_sales WHERE sale_date > DATE '2025-12-01' ORDER BY sale_date",
    "SELECT * FROM bi.customer_metrics WHERE customer_id = 'C00000017'",
)


class Rounds(NamedTuple):
    """How often everything is measured, and the peers that take minutes."""

    all: int
    slow: int


class Shop:
    """A shop of so many orders on a server of its own, and what was measured on it."""

    def __init__(self, bench: Bench, orders: int) -> None:
        """Load the history and publish it once."""
        self.bench, self.orders, self.added = bench, orders, 0
        self.listeners: list[Callable[[Path], None]] = []  # told of each folder of new orders
        self.data = generate(bench.folder / "data", orders)
        bench.runner("migrate")
        bench.measure("load", lambda: bench.runner("load", str(self.data)))
        bench.measure("first refresh", lambda: bench.runner("refresh", "--as-of", AS_OF))
        self.url = bench.url()
        self.connection = psycopg.connect(self.url, autocommit=True, prepare_threshold=None)
        self.settle()
        self.views = sorted(
            row[0] for row in self.rows("SELECT matviewname FROM pg_matviews WHERE schemaname = 'analytics'")
        )
        known = models.known()
        self.models = models.in_order(name for name in self.views if name in known)

    def execute(self, statement: str) -> None:
        """Execute a statement of whose rows nothing is wanted."""
        self.connection.execute(statement.encode())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.connection.execute(query.encode()).fetchall()

    def add(self, where: dict[str, Any], orders: int = CHANGE) -> None:
        """Add new orders with their lines to staging, and to the peers that keep their own."""
        folder = generate(
            self.bench.folder / "new", orders, first=self.orders + self.added + 1, shop=self.orders, **where
        )
        self.added += orders
        copy_files(self.url, "staging", folder, ("orders", "order_items"))
        for listener in self.listeners:
            listener(folder)
        shutil.rmtree(folder)

    def take_back(self) -> None:
        """Delete the orders that came after the history, so that the newest days stay as large as days are."""
        for name in ("order_items", "orders"):
            self.execute(f"DELETE FROM staging.{name} WHERE order_id > 'O{self.orders:09d}'")
        self.refresh()
        self.settle()

    def settle(self) -> None:
        """Let everything be as at the start: autovacuum would have come by, and what was changed is on the disk.

        Of all tables, the peers', too. Else the first commit of a round waits for what the round before has yet to write.
        """
        self.execute("VACUUM ANALYZE")
        self.execute("CHECKPOINT")

    def apply(self) -> None:
        """Take the marks, so that the next refresh and live figures know what is due."""
        self.execute("CALL apply_changes()")

    def count(self) -> None:
        """Count the rollups as a refresh does, and publish nothing."""
        self.execute("SELECT rollup.apply_deferred()")

    def read_live(self) -> None:
        """Read the live figures as the page does."""
        for view in ("headline_figures", "hours_today"):
            self.rows(f"TABLE live.{view}")

    def refresh(self) -> None:
        """Refresh in the session that is open."""
        self.execute("CALL refresh_analytics()")

    def refresh_by_process(self) -> None:
        """Refresh in a process of its own, as dbt does."""
        command = [
            str(wheel.binary("psql")),
            "--no-psqlrc",
            "--quiet",
            self.url,
            "--command",
            "CALL refresh_analytics()",
        ]
        subprocess.run(command, check=True, capture_output=True)

    def seconds_without_model(self) -> float:
        """Return how long the last run spent on steps that no peer does: predictions, insights, history.

        All materialized views that the view of a model in bi reads are part of the work.
        """
        needed = self.rows(
            "WITH RECURSIVE needed AS ("
            " SELECT to_regclass('bi.' || n) AS id FROM unnest(string_to_array("
            f"'{','.join(model.name for model in self.models)}', ',')) AS n"
            " UNION SELECT d.relation_id FROM needed INNER JOIN ops.view_dependency AS d ON needed.id = d.view_id"
            " AND d.relation_kind = 'm') SELECT relname FROM needed INNER JOIN pg_class ON id = oid"
        )
        wanted = ["rollups", "assertions", *(name for (name,) in needed)]
        return sum(seconds for name, seconds in self.steps().items() if name not in wanted)

    def steps(self) -> dict[str, float]:
        """Return how many seconds each step of the last run took."""
        last = "SELECT step_name, seconds FROM ops.step WHERE run_id = (SELECT max(r.run_id) FROM ops.run AS r)"
        return {name: float(seconds) for name, seconds in self.rows(last)}

    def wrong_rows(self) -> int:
        """Count the rows of all rollups that differ from a recount."""
        wrong = 0
        for kept_in, source, columns in self.rows(
            "SELECT table_name, source_name, column_list FROM rollup.maintained_table"
        ):
            kept, counted = f"SELECT {columns} FROM rollup.{kept_in}", f"SELECT {columns} FROM rollup.{source}"
            both = f"(({kept}) EXCEPT ALL ({counted})) UNION ALL (({counted}) EXCEPT ALL ({kept}))"
            wrong += self.rows(f"SELECT count(*) FROM ({both}) AS d")[0][0]
        return wrong


class Peers:
    """What else computes the models; the first computation of each is not measured."""

    def __init__(self, shop: Shop, wanted: Collection[str]) -> None:
        """Make the peers that are wanted, of PEERS, and can be had here."""
        self.shop, self.wanted = shop, wanted
        matviews.make_calendar(shop.connection)
        if "views" in wanted:
            matviews.create(shop.connection, shop.models)
        if "by hand" in wanted:
            self.by_hand = ByHand(shop.connection)
        if "DuckDB" in wanted:
            self.duck = Duck(shop.bench.folder / "bench.duckdb", shop.connection, shop.models)
            self.duck.add(shop.data)
            self.duck.compute()
            shop.listeners.append(self.duck.add)
        self.dbt: dict[str, dbt.Dbt] = {}
        if "dbt" in wanted:
            self._make_dbt()

    def _make_dbt(self) -> None:
        """Make dbt's two projects, or say why there are none."""
        shop = self.shop
        try:
            program = dbt.install()
        except (OSError, subprocess.CalledProcessError, RuntimeError) as error:
            print(f"dbt: not measured ({error})", file=sys.stderr)
            return
        for name, incremental in {"dbt": False, "dbt, incremental": True}.items():
            folder = shop.bench.folder / name.replace(", ", "-")
            self.dbt[name] = dbt.Dbt(program, folder, shop.url, shop.models, incremental=incremental)
            self.dbt[name].run()

    def measure(self) -> None:
        """Bring DuckDB up to date."""
        if "DuckDB" in self.wanted:
            self.shop.bench.measure("DuckDB", self.duck.compute)

    def measure_slow(self) -> None:
        """Bring dbt and the plain views up to date."""
        bench, connection, wanted = self.shop.bench, self.shop.connection, self.shop.models
        for name, project in self.dbt.items():
            bench.measure(name, project.run)
            bench.note(f"{name}, SQL", project.sql_seconds())
        if "views" in self.wanted:
            bench.measure("plain views, CONCURRENTLY", lambda: matviews.refresh(connection, wanted, concurrently=True))
            if self.shop.orders <= REFERENCE:
                bench.measure("plain views, locked", lambda: matviews.refresh(connection, wanted, concurrently=False))

    def measure_anew(self) -> None:
        """Compute everything from nothing, as the pipeline does it and, if that is wanted, by hand."""
        shop, measure = self.shop, self.shop.bench.measure
        measure("rebuild", lambda: shop.execute("CALL rollup.rebuild()"))
        if "by hand" not in self.wanted:
            return
        measure("full refresh", lambda: shop.execute("CALL refresh_analytics(p_full => true)"))
        shop.bench.note("full refresh, no fit", shop.bench.seconds["full refresh"][-1] - shop.steps()["models"])
        measure("by hand", lambda: self.by_hand.compute(shop.connection))

    def differences(self) -> list[str]:
        """Say where peers and pipeline have other figures: how many rows, and the sum of total_revenue where a view has it."""
        found = []
        for model in self.shop.models:
            seen = {}
            if "views" in self.wanted:
                seen["plain views"] = _fingerprint(self.shop.connection, f"{matviews.SCHEMA}.{model.name}")
            if "DuckDB" in self.wanted:
                seen["DuckDB"] = _fingerprint(self.duck.connection, model.name)
            if "dbt" in self.dbt:
                seen["dbt"] = _fingerprint(self.shop.connection, f"{self.dbt['dbt'].schema}.{model.name}")
            if model.name in self.shop.views:
                seen["pipeline"] = _fingerprint(self.shop.connection, f"analytics.{model.name}")
            sums = {revenue for _, revenue in seen.values() if revenue is not None}
            if len({rows for rows, _ in seen.values()}) > 1 or len(sums) > 1:
                found.append(
                    f"{model.name}: " + ", ".join(f"{who} {rows} ({sums})" for who, (rows, sums) in seen.items())
                )
        return found

    def narrower_views(self) -> list[str]:
        """Say which views have fewer columns than their model: peers then do more than the pipeline."""
        found: list[str] = []
        if "views" not in self.wanted:
            return found
        for name in (model.name for model in self.shop.models if model.name in self.shop.views):
            ours, theirs = (
                len(_columns(self.shop.connection, f"{schema}.{name}")) for schema in ("analytics", matviews.SCHEMA)
            )
            if ours < theirs:
                found.append(f"{name}: {ours} columns, the model {theirs}")
        return found

    def close(self) -> None:
        """Forget the peers: from here on only the pipeline is measured."""
        if "DuckDB" in self.wanted:
            self.duck.connection.close()
        self.shop.listeners.clear()
        for schema in (matviews.SCHEMA, *(project.schema for project in self.dbt.values())):
            self.shop.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _columns(connection: Any, relation: str) -> list[str]:
    """Return the names of a relation's columns, whichever engine has it."""
    return [column[0] for column in connection.execute(f"SELECT * FROM {relation} LIMIT 0").description]


def _fingerprint(connection: Any, relation: str) -> tuple[int, Any]:
    """Return how many rows a relation has, and the sum of its total_revenue if it has such a column."""
    revenue = "sum(total_revenue)" if "total_revenue" in _columns(connection, relation) else "NULL"
    count, total = connection.execute(f"SELECT count(*), {revenue} FROM {relation}").fetchone()
    return count, total


@contextmanager
def reading(url: str) -> Iterator[list[tuple[float, str]]]:
    """Read as a BI tool does, in a session of its own; the list fills with the seconds that each read took, and the query."""
    reads: list[tuple[float, str]] = []
    enough = threading.Event()

    def read() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            while not enough.is_set():
                for query in READS:
                    started = time.perf_counter()
                    connection.execute(query.encode()).fetchall()
                    reads.append((time.perf_counter() - started, query))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield reads
    finally:
        enough.set()
        thread.join()


@contextmanager
def served(folder: Path) -> Iterator[Bench]:
    """Give a server in a folder, and stop it."""
    bench = Bench(folder)
    try:
        yield bench
    finally:
        bench.runner("stop")


def measure_size(
    bench: Bench, smallest: Bench, orders: int, rounds: Rounds, wanted: Collection[str], *, is_reference: bool
) -> dict[str, Any]:
    """Measure everything at one size, beside the peers that are wanted; return the raw figures."""
    shop = Shop(bench, orders)
    shops = [shop, Shop(smallest, SMALLEST)] if orders > SMALLEST else [shop]
    peers = Peers(shop, wanted)
    facts: dict[str, Any] = {
        "machine": f"PostgreSQL {shop.rows('SHOW server_version')[0][0]}, {os.cpu_count()} cores, {platform.machine()}",
        "views": shop.views,
        "models": [model.name for model in shop.models],
        "narrower views": peers.narrower_views(),
        "differences": peers.differences(),
    }
    for number in range(rounds.all):
        _measure_round(shop, peers, with_slow=number < rounds.slow)
        _measure_applies(shops)
        for each in shops:
            each.take_back()
    # So much spread has most rollups counted whole; after it, few days and customers are.
    for where, added in ((SPREAD, CHANGE), (NEWEST, CHANGE), (SPREAD, CHANGE // 50)):
        shop.add(where, added)
        shop.refresh()
    facts["wrong rows"] = shop.wrong_rows()
    peers.close()
    if is_reference:
        _measure_changes(shop, (rounds.all + 1) // 2)
        _measure_triggers(shop, rounds.all)
    for each in shops:
        each.connection.close()
    return {"orders": orders, "rounds": rounds.all, "facts": facts, "seconds": bench.seconds}


def _measure_applies(shops: list[Shop]) -> None:
    """Add new orders and take their marks, in turn with the smallest shop; read the live figures.

    Last in a round, so that a refresh is not measured on newest days so large; after all else is written to the disk.
    """
    bench = shops[0].bench
    for shop in shops:
        shop.execute("CHECKPOINT")
    for _ in range(APPLIES):
        for shop, name in zip(shops, ("apply", BESIDE), strict=False):
            shop.add(NEWEST)
            bench.measure(name, shop.apply)
    bench.measure("read live", shops[0].read_live)


def _measure_round(shop: Shop, peers: Peers, *, with_slow: bool) -> None:
    """Add new orders and bring everybody up to date; then the pipeline's harder cases."""
    measure = shop.bench.measure
    shop.add(NEWEST)
    measure("refresh", shop.refresh_by_process)
    shop.bench.note(SAME, shop.bench.seconds["refresh"][-1] - shop.seconds_without_model())
    shop.bench.note("rollups", shop.steps()["rollups"])
    measure("refresh, nothing changed", shop.refresh)
    peers.measure()
    if with_slow:
        peers.measure_slow()

    with reading(shop.url) as idle:
        time.sleep(1)
    shop.add(NEWEST)
    with reading(shop.url) as during:
        shop.refresh()
    for when, reads in {"idle": idle, "publish": during}.items():
        seconds, query = max(reads)
        shop.bench.note(f"longest read, {when}", seconds)
        print(f"  {query}", file=sys.stderr)

    shop.add(SPREAD)
    measure("apply, spread", shop.apply)
    measure("read live, spread", shop.read_live)
    if with_slow:
        measure("rollups, spread", shop.count)
    peers.measure_anew()


def _measure_changes(shop: Shop, rounds: int) -> None:
    """Measure apply and whole refresh after changes of several sizes; each is taken back before the next."""
    for _ in range(rounds):
        for orders in (change for change in CHANGES if change <= shop.orders // 10):
            for name, where in {"newest": NEWEST, "spread": SPREAD}.items():
                shop.add(where, orders)
                shop.bench.measure(f"apply, {orders} {name}", shop.apply)
                shop.bench.measure(f"publish, {orders} {name}", shop.refresh)
                shop.take_back()


def _measure_triggers(shop: Shop, rounds: int) -> None:
    """Measure COPY of all order lines, keys in place, with the triggers and without. Staging is lost."""
    ways = [("COPY with triggers", "ENABLE"), ("COPY without triggers", "DISABLE")]
    for number in range(rounds):
        for name, how in ways if number % 2 else reversed(ways):
            shop.execute("TRUNCATE staging.order_items")
            shop.execute("TRUNCATE rollup.dirty")
            shop.execute(f"ALTER TABLE staging.order_items {how} TRIGGER USER")
            shop.bench.measure(name, lambda: copy_files(shop.url, "staging", shop.data, ("order_items",)))


def measure(sizes: list[int], rounds: Rounds, wanted: Collection[str], file: Path | None) -> list[dict[str, Any]]:
    """Measure at each size; the file is written after each, so that what was measured is kept."""
    measured: list[dict[str, Any]] = []
    reference = max((size for size in sizes if size <= REFERENCE), default=None)
    for orders in sizes:
        print(f"{orders:,} orders", file=sys.stderr)
        peers = [peer for peer in wanted if peer != "by hand" or orders <= REFERENCE]
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            served(Path(folder, "shop")) as bench,
            served(Path(folder, "smallest")) as smallest,
        ):
            measured.append(measure_size(bench, smallest, orders, rounds, peers, is_reference=orders == reference))
        if file:
            file.write_text(json.dumps({"sizes": measured}, indent=1) + "\n")
    return measured


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description="Measure refreshing.")
    parser.add_argument("--orders", default=SIZES, help="sizes of the shop, with commas between")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--slow-rounds", type=int, metavar="N", help="rounds in which dbt and plain views are measured: the first N"
    )
    parser.add_argument("--without", default="", metavar="PEER,…", help=f"do not measure these of: {', '.join(PEERS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw figures to it")
    options = parser.parse_args()
    sizes = sorted(int(size) for size in options.orders.split(","))
    without = {name.strip() for name in options.without.split(",")} - {""}
    if unknown := without - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    wanted = [peer for peer in PEERS if peer not in without]
    rounds = Rounds(options.rounds, options.rounds if options.slow_rounds is None else options.slow_rounds)
    print(table(measure(sizes, rounds, wanted, options.json)))


if __name__ == "__main__":
    main()
