"""Measures loading, side by side with the floor and with peers, in one run.

Run: python -m benchmarks.load [--orders N] [--rounds N]

Everything runs on one embedded server of its own. Each figure is the median of --rounds rounds, interleaved; ratios are between
medians of the same run. Peers (pandas, dlt, pgloader) load a tenth of the data into bare tables, if they are installed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from benchmarks.generate import generate
from benchmarks.server import TABLES, Bench, column_names, copy_files

NEW_ORDERS = 1000
HISTORY = 5  # times as many orders: does a small load stay quick?


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


def new_orders(folder: Path, history: int, part: int = 0) -> Path:
    """Write a folder of new orders of one day for a shop of so many; each part has other numbers."""
    return generate(folder, NEW_ORDERS, 1, history + part * NEW_ORDERS + 1, "2026-01-01", history)


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
    for table in TABLES:
        subprocess.run(
            ["pgloader", "--type", "csv", "--field", column_names(table), "--with", "skip header = 1",
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
    new = new_orders(bench.folder / "new", orders)
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
        new = new_orders(bench.folder / f"new{part}", HISTORY * orders, part)
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
