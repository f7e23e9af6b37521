"""Breaks a shop in every way of tests/test_reliability.py and prints what came of it, as the table of docs/reliability.md.

Run: python -m tests.fault_table
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from runner import wheel
from tests.faults import LOG

HEADER = "| fault | tries | rows lost | wrong figures | steps by hand | seconds to be right again: median | longest |"


def main() -> int:
    """Run the tests and print the table; return their exit code."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "tests/test_reliability.py"]
        done = subprocess.run(command, env=os.environ | {LOG: str(log)}, stdout=sys.stderr, check=False)
        outcomes = [json.loads(line) for line in log.read_text().splitlines()]
    lines = [
        f"{date.today()}, {os.cpu_count()} cores, PostgreSQL {version()} from the wheel.",
        "",
        HEADER,
        "| --- " * 7 + "|",
    ]
    lines += [
        f"| {row['fault']} | {row['tries']} | {row['lost']} | {row['wrong']} | {row['by_hand']}"
        f" | {row['median']:.1f} | {row['longest']:.1f} |"
        for row in sorted(outcomes, key=lambda row: row["place"])
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return done.returncode


def version() -> str:
    """Return the version of the server that was broken."""
    program = wheel.binary("postgres")
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]


if __name__ == "__main__":
    sys.exit(main())
