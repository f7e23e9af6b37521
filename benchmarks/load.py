"""Measures loading, side by side with the floor and with peers, in one run.

Run: python -m benchmarks.load [--orders N] [--rounds N]

Everything runs on one embedded server of its own. Each figure is the median of --rounds rounds, interleaved; ratios are between
medians of the same run. Peers (pandas, dlt, pgloader) load a tenth of the data into bare tables, if they are installed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.generate import generate

TABLES = {
    "customers": "customer_id text, first_name text, last_name text, email text, customer_segment text, country text,"
    " registration_date date",
    "products": "product_id text, product_name text, category text, price numeric(14, 2), cost numeric(14, 2)",
    "orders": "order_id text, customer_id text, order_date timestamp, status text, total_amount numeric(14, 2)",
    "order_items": "order_item_id text, order_id text, product_id text, quantity integer, unit_price numeric(14, 2),"
    " total_amount numeric(14, 2)",
}
NEW_ORDERS = 1000
HISTORY = 5  # times as many orders: does a small load stay quick?
TOLD = """
import atexit, re, runner.cli
from pathlib import Path
from sys import argv, stderr
atexit.register(lambda: stderr.write(re.search("VmHWM:.*", Path("/proc/self/status").read_text())[0]))
runner.cli.main(argv[1:])
"""  # the runner, and then its peak memory, which the operating system would mix up with ours


@dataclass
class Bench:
    """A server, and what was measured on it: seconds by name."""

    folder: Path
    seconds: dict[str, list[float]] = field(default_factory=dict)
    peak_memory: int = 0

    def runner(self, *arguments: str) -> None:
        """Run a command as users do; note the peak memory of a load in KiB."""
        environment = os.environ | {"PIPELINE_PGDATA": str(self.folder / "pg")}
        command = [sys.executable, "-c", TOLD, *arguments]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        if arguments[0] == "load":
            self.peak_memory = max(self.peak_memory, int(done.stderr.rsplit(maxsplit=2)[-2]))

    def url(self) -> str:
        """Return the server's URL."""
        environment = os.environ | {"PIPELINE_PGDATA": str(self.folder / "pg")}
        command = [sys.executable, "-m", "runner", "url"]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def measure(self, name: str, work: Callable[[], None]) -> None:
        """Do some work and note how long it took."""
        started = time.perf_counter()
        work()
        seconds = time.perf_counter() - started
        self.seconds.setdefault(name, []).append(seconds)
        print(f"{name}: {seconds:.2f} s", file=sys.stderr, flush=True)

    def median(self, name: str) -> float:
        """Return the median of what was measured."""
        return statistics.median(self.seconds[name])


def copy_files(url: str, schema: str, data: Path) -> None:
    """COPY the four files into tables of a schema, through a client."""
    with psycopg.connect(url) as connection:
        for table, columns in TABLES.items():
            names = ", ".join(column.split()[0] for column in columns.replace("numeric(14, 2)", "money").split(","))
            with (
                connection.cursor().copy(
                    f"COPY {schema}.{table} ({names}) FROM STDIN (FORMAT csv, HEADER)".encode()
                ) as copy,
                (data / f"{table}.csv").open("rb") as stream,
            ):
                while block := stream.read(2**18):
                    copy.write(block)


def make_bare(url: str, schema: str) -> None:
    """Make the four tables without keys, checks and indexes."""
    with psycopg.connect(url) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {schema}.{table} ({columns})".encode())


def make_empty(url: str) -> None:
    """Empty staging and forget earlier loads."""
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE staging.customers, staging.products, staging.orders, staging.order_items CASCADE")
        connection.execute("TRUNCATE ops.load CASCADE")


def new_orders(folder: Path, first: int) -> Path:
    """Write a folder of new orders of one day, numbered from first; customers and products bring nothing new."""
    generate(folder, NEW_ORDERS, days=1, first=first, first_day="2026-01-01")
    for table in ("customers", "products"):
        with (folder / f"{table}.csv").open() as stream:
            header = stream.readline()
        (folder / f"{table}.csv").write_text(header)
    return folder


def spoil(data: Path, target: Path, share: float) -> None:
    """Copy the files with a share of their rows made bad: an amount or a date that is none."""
    dice = random.Random(1)  # noqa: S311 - dice
    target.mkdir()
    for table in TABLES:
        with (data / f"{table}.csv").open() as source, (target / f"{table}.csv").open("w") as out:
            out.write(source.readline())
            for line in source:
                out.write(line.rstrip("\n") + "x\n" if table != "customers" and dice.random() < share else line)


def pandas_rows(url: str, data: Path) -> None:
    """Load by pandas.to_sql(method="multi")."""
    import pandas  # type: ignore[import-not-found]
    import sqlalchemy  # type: ignore[import-not-found]

    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    for table in TABLES:
        frame = pandas.read_csv(data / f"{table}.csv", dtype=str)
        frame.to_sql(table, engine, schema="bare", if_exists="replace", index=False, method="multi", chunksize=1000)


def dlt_rows(url: str, data: Path) -> None:
    """Load by dlt."""
    import dlt  # type: ignore[import-not-found]
    import pandas

    credentials = url.replace("postgres@", "postgres:none@localhost:5432")  # it wants a host; host= in the URL wins
    target = dlt.destinations.postgres(credentials)
    pipeline = dlt.pipeline("bench", destination=target, dataset_name="dlt_bench", dev_mode=True)
    for table in TABLES:
        rows = pandas.read_csv(data / f"{table}.csv", dtype=str).to_dict("records")
        pipeline.run(rows, table_name=table, write_disposition="replace")


def pgloader_rows(url: str, data: Path) -> None:
    """Load by pgloader."""
    for table, columns in TABLES.items():
        names = ", ".join(column.split()[0] for column in columns.replace("numeric(14, 2)", "money").split(","))
        subprocess.run(
            ["pgloader", "--type", "csv", "--field", names, "--with", "skip header = 1",
             "--with", "fields terminated by ','", str(data / f"{table}.csv"),
             f"{url}&tablename=bare.{table}" if "?" in url else f"{url}?tablename=bare.{table}"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description="Measure loading.")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = Bench(Path(name))
        try:
            _measure(bench, options.orders, options.rounds)
        finally:
            bench.runner("stop")


def _measure(bench: Bench, orders: int, rounds: int) -> None:
    """Make the data, do the rounds, print the table."""
    data, tenth, history, bad = (bench.folder / name for name in ("data", "tenth", "history", "bad"))
    generate(data, orders)
    generate(tenth, orders // 10)
    new = new_orders(bench.folder / "new", orders + 1)
    spoil(data, bad, 0.01)
    bench.runner("migrate")
    url = bench.url()
    for _ in range(rounds):
        make_bare(url, "bare")
        bench.measure("floor", lambda: copy_files(url, "bare", data))
        make_bare(url, "bare")
        make_empty(url)
        bench.measure("first load", lambda: bench.runner("load", str(data)))
        bench.measure("second load", lambda: bench.runner("load", str(data)))
        bench.measure("1,000 new orders", lambda: bench.runner("load", str(new)))
        make_empty(url)
        bench.measure("tolerant", lambda: bench.runner("load", str(bad)))
        make_empty(url)
        bench.measure("ours, a tenth", lambda: bench.runner("load", str(tenth)))
    generate(history, HISTORY * orders)
    make_empty(url)
    bench.measure("first load of the history", lambda: bench.runner("load", str(history)))
    shutil.rmtree(history)
    for part in range(rounds):
        new = new_orders(bench.folder / f"new{part}", HISTORY * orders + part * NEW_ORDERS + 1)
        bench.measure("1,000 new orders to the history", lambda new=new: bench.runner("load", str(new)))  # type: ignore[misc]
    make_empty(url)
    bench.measure("constrained COPY", lambda: copy_files(url, "staging", data))
    make_empty(url)
    for peer, load in {"pandas": pandas_rows, "dlt": dlt_rows, "pgloader": pgloader_rows}.items():
        try:
            make_bare(url, "bare")
            bench.measure(peer, lambda load=load: load(url, tenth))  # type: ignore[misc]
        except Exception as error:
            print(f"{peer}: not measured ({error})", file=sys.stderr)
    _print(bench)


def _print(bench: Bench) -> None:
    """Print the table."""
    floor, first, tenth = bench.median("floor"), bench.median("first load"), bench.median("ours, a tenth")
    print("\n| measure | seconds | ratio | must be |\n| --- | --- | --- | --- |")
    print(f"| floor: COPY into bare tables | {floor:.2f} | | |")
    print(f"| first load | {first:.2f} | {first / floor:.1f} × floor | ≤ 4 |")
    second = bench.median("second load")
    print(f"| second load of the same files | {second:.2f} | {second / floor:.1f} × floor | ≤ 2 |")
    print(f"| load of 1,000 new orders | {bench.median('1,000 new orders'):.2f} | | ≤ 1 s |")
    seconds = bench.median("1,000 new orders to the history")
    print(f"| load of 1,000 new orders, {HISTORY} times the history | {seconds:.2f} | | ≤ 1 s |")
    tolerant = bench.median("tolerant")
    print(f"| first load, 1 % bad rows | {tolerant:.2f} | {tolerant / first:.1f} × first load | ≤ 4 |")
    constrained = bench.median("constrained COPY")
    print(f"| COPY into tables with keys and triggers | {constrained:.2f} | {constrained / first:.1f} × slower | ≥ 3 |")
    for peer, bound in {"pandas": 25, "dlt": 15, "pgloader": 2}.items():
        if peer in bench.seconds:
            seconds = bench.median(peer)
            print(f"| {peer}, a tenth of the data | {seconds:.2f} | {seconds / tenth:.1f} × slower | ≥ {bound} |")
    print(f"| peak memory of the runner | {bench.peak_memory / 1024:.0f} MB | | ≤ 100 MB |")


if __name__ == "__main__":
    main()
