"""Measures predictions: fitting every model anew, and what a refresh spends on scores.

Run: python -m benchmarks.predict [--orders N] [--rounds N]

The steps of real refreshes, as the run log has them, on an embedded server of its own; each figure is the median of --rounds
rounds. A customer has five orders, so that 1,000,000 orders are of 200,000 customers. Memory is what the backend and its workers
hold of their own, looked at twenty times a second; shared buffers are not in it.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import psycopg

from benchmarks.refresh import AS_OF, NEWEST, Shop
from benchmarks.server import Bench

# Views that read what models found.
VIEWS = """
    SELECT DISTINCT v.relname
    FROM pg_catalog.pg_class AS v
    INNER JOIN pg_catalog.pg_rewrite AS r ON v.oid = r.ev_class
    INNER JOIN pg_catalog.pg_depend AS d ON r.oid = d.objid AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    INNER JOIN pg_catalog.pg_class AS t ON d.refobjid = t.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
    WHERE v.relkind = 'm' AND v.relnamespace = 'analytics'::regnamespace AND t.relnamespace = 'predict'::regnamespace
"""
STEPS = "SELECT step_name, seconds FROM ops.step WHERE run_id = (SELECT max(r.run_id) FROM ops.run AS r)"
TEMPORARY = "SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()"
FAMILY = "SELECT pid FROM pg_stat_activity WHERE pid = %s OR leader_pid = %s"
BOUNDS = {"refit of everything": 30, "after 1,000 new orders": 3}
GIGABYTE = 2**30


@contextmanager
def memory(url: str, pid: int) -> Iterator[list[int]]:
    """Gather how many bytes a backend and its workers hold of their own, again and again, until the block ends."""
    held, over = [0], threading.Event()

    def look() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not over.wait(0.05):
                total = 0
                for (process,) in connection.execute(FAMILY, (pid, pid)).fetchall():
                    try:
                        status = Path(f"/proc/{process}/status").read_text()
                    except OSError:  # a worker that has ended
                        continue
                    total += 1024 * sum(int(line.split()[1]) for line in status.splitlines() if line[:8] == "RssAnon:")
                held.append(total)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield held
    finally:
        over.set()
        thread.join()


def note(shop: Shop, what: str, views: set[str]) -> None:
    """Note what the last refresh spent on the step of models and on the views of predictions."""
    steps = {name: float(seconds) for name, seconds in shop.rows(STEPS)}
    models, shown = steps.get("models", 0.0), sum(steps.get(view, 0.0) for view in views)
    shop.bench.note(f"{what}: models", models)
    shop.bench.note(f"{what}: views", shown)
    shop.bench.note(what, models + shown)


def measure(shop: Shop, rounds: int) -> dict[str, int]:
    """Do the rounds; return the most memory and the temporary files of a refit, in bytes."""
    views = {name for (name,) in shop.rows(VIEWS)}
    most = {"memory": 0, "temporary files": 0}
    tomorrow = date.fromisoformat(AS_OF) + timedelta(days=1)
    for _ in range(rounds):
        shop.execute("UPDATE predict.model SET is_refit_wanted = true")
        before = shop.rows(TEMPORARY)[0][0]
        with memory(shop.url, shop.connection.info.backend_pid) as held:
            shop.refresh()
        shop.execute("SELECT pg_stat_force_next_flush()")
        most["memory"] = max(most["memory"], *held)
        most["temporary files"] = max(most["temporary files"], shop.rows(TEMPORARY)[0][0] - before)
        fits = shop.rows("SELECT model_name, fit_seconds FROM predict.model ORDER BY model_name")
        for name, seconds in fits:
            shop.bench.note(f"refit of {name}", float(seconds))
        shop.bench.note("refit of everything", sum(float(seconds) for _, seconds in fits))
        note(shop, "after a refit", views)

        shop.add(NEWEST)
        shop.refresh()
        note(shop, "after 1,000 new orders", views)
        shop.execute(f"CALL refresh_analytics(DATE '{tomorrow}')")
        note(shop, "on a new day", views)
        shop.execute(f"CALL config.set_clock(DATE '{AS_OF}')")
        shop.take_back()
    return most


def table(bench: Bench, most: dict[str, int]) -> str:
    """Return what was measured in Markdown."""
    lines = ["| measure | seconds | must be | |", "| --- | --- | --- | --- |"]
    names = [name for name in bench.seconds if name not in {"load", "first refresh"}]
    for name in names:
        seconds, bound = bench.median(name), BOUNDS.get(name)
        kept = "" if bound is None else "pass" if seconds <= bound else "**missed**"
        lines.append(f"| {name} | {seconds:.2f} | {'' if bound is None else f'≤ {bound}'} | {kept} |")
    for name, size in most.items():
        kept = "pass" if size <= GIGABYTE else "**missed**"
        lines.append(f"| {name} of a refresh that refits everything | {size / 2**20:.0f} MB | ≤ 1 GB | {kept} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description="Measure predictions.")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder))
        try:
            shop = Shop(bench, options.orders)
            most = measure(shop, options.rounds)
            shop.connection.close()
        finally:
            bench.runner("stop")
    print(table(bench, most))


if __name__ == "__main__":
    main()
