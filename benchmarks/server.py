"""What the benches share: a server of their own, a stopwatch, and COPY through a client."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

TABLES = {
    "customers": "customer_id text, first_name text, last_name text, email text, customer_segment text, country text,"
    " registration_date date",
    "products": "product_id text, product_name text, category text, price numeric(14, 2), cost numeric(14, 2)",
    "orders": "order_id text, customer_id text, order_date timestamp, status text, total_amount numeric(14, 2)",
    "order_items": "order_item_id text, order_id text, product_id text, quantity integer, unit_price numeric(14, 2),"
    " total_amount numeric(14, 2)",
}
TOLD = """
import atexit, re, runner.cli
from pathlib import Path
from sys import argv, stderr
atexit.register(lambda: stderr.write(re.search("VmHWM:.*", Path("/proc/self/status").read_text())[0]))
runner.cli.main(argv[1:])
"""  # the runner, and then its peak memory, which the operating system would mix up with ours


@dataclass
class Bench:
    """A server of its own, or the one that the runner is set to; and what was measured on it: seconds by name."""

    folder: Path
    has_server: bool = True
    seconds: dict[str, list[float]] = field(default_factory=dict)
    peak_memory: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What lets a runner use this server."""
        return os.environ | ({"PIPELINE_PGDATA": str(self.folder / "pg")} if self.has_server else {})

    def runner(self, *arguments: str) -> None:
        """Run a command as users do; note the peak memory of a load in KiB."""
        command = [sys.executable, "-c", TOLD, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment)
        if arguments[0] == "load":
            self.peak_memory = max(self.peak_memory, int(done.stderr.rsplit(maxsplit=2)[-2]))

    def url(self) -> str:
        """Return the server's URL."""
        command = [sys.executable, "-m", "runner", "url"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment)
        return done.stdout.strip()

    def measure(self, name: str, work: Callable[[], None]) -> None:
        """Do some work and note how long it took."""
        started = time.perf_counter()
        work()
        self.note(name, time.perf_counter() - started)

    def note(self, name: str, seconds: float) -> None:
        """Note how long something took."""
        self.seconds.setdefault(name, []).append(seconds)
        print(f"{name}: {seconds:.3f} s", file=sys.stderr, flush=True)

    def median(self, name: str) -> float:
        """Return the median of what was measured."""
        return statistics.median(self.seconds[name])


def column_names(table: str) -> str:
    """Return the names of a table's columns."""
    return ", ".join(column.split()[0] for column in TABLES[table].replace("numeric(14, 2)", "money").split(","))


def copy_files(url: str, schema: str, data: Path, tables: Iterable[str] = TABLES) -> None:
    """COPY files into tables of a schema, through a client, in one transaction."""
    with psycopg.connect(url) as connection:
        for table in tables:
            statement = f"COPY {schema}.{table} ({column_names(table)}) FROM STDIN (FORMAT csv, HEADER)"
            with (
                connection.cursor().copy(statement.encode()) as copy,
                (data / f"{table}.csv").open("rb") as stream,
            ):
                while block := stream.read(2**18):
                    copy.write(block)
