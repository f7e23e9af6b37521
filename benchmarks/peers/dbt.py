"""dbt-postgres in a virtual environment of its own, since what it depends on clashes with the project's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from benchmarks.peers.matviews import PATH
from benchmarks.peers.models import Model

VENV = Path(__file__).parent.parent.parent / ".venv-dbt"
PINS = ("dbt-core==1.9.*", "dbt-postgres==1.9.*")
PROJECT = """
name: bench
version: "1.0"
profile: bench
flags:
  send_anonymous_usage_stats: false
  use_colors: false
models:
  +materialized: table
"""


def install() -> Path:
    """Return the path of dbt, installed in .venv-dbt unless it is there; an error says why it cannot be had."""
    program = VENV / "bin" / "dbt"
    if not program.exists():
        print("installing dbt-postgres 1.9 in .venv-dbt", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        command = [str(VENV / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PINS]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("pip cannot install " + " ".join(PINS) + ": " + done.stderr.strip().splitlines()[-1])
    return program


class Dbt:
    """A dbt project with the models; incremental: those that can be by their newest period are."""

    def __init__(self, program: Path, folder: Path, url: str, models: list[Model], *, incremental: bool) -> None:
        """Write the project."""
        self.folder = folder
        self.command = [str(program), "run", "--project-dir", str(folder), "--profiles-dir", str(folder)]
        self.schema = "bench_dbt_incremental" if incremental else "bench_dbt"
        (folder / "models").mkdir(parents=True)
        (folder / "dbt_project.yml").write_text(PROJECT)
        server = conninfo_to_dict(url)
        output = {
            "type": "postgres",
            "host": server.get("host", "localhost"),
            "port": int(server.get("port") or 5432),
            "user": server.get("user", "postgres"),
            "password": server.get("password") or "none",
            "dbname": server["dbname"],
            "schema": self.schema,
            "search_path": f"{self.schema}, {PATH}",
            "threads": os.cpu_count(),
        }
        profile = {"bench": {"target": "bench", "outputs": {"bench": output}}}
        (folder / "profiles.yml").write_text(json.dumps(profile))  # JSON is YAML
        for model in models:
            (folder / "models" / f"{model.name}.sql").write_text(_text(model, incremental=incremental))

    def run(self) -> None:
        """Run all models, in a process of their own as dbt does."""
        done = subprocess.run(self.command, check=False, capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            raise RuntimeError("dbt failed: " + done.stdout[-2000:])

    def sql_seconds(self) -> float:
        """Return how long the last run was at its models: from the begin of the first to the end of the last."""
        results = json.loads((self.folder / "target" / "run_results.json").read_text())["results"]
        times = [timing for result in results for timing in result["timing"] if timing["name"] == "execute"]
        began = min(datetime.fromisoformat(timing["started_at"]) for timing in times)
        ended = max(datetime.fromisoformat(timing["completed_at"]) for timing in times)
        return (ended - began).total_seconds()


def _text(model: Model, *, incremental: bool) -> str:
    """Return a model as dbt wants it: with its references, and with its /* newest: condition */ in force."""
    head = "".join(f"-- depends_on: {{{{ ref('{name}') }}}}\n" for name in model.needs)
    newest = re.compile(r"/\* newest: (.*?) \*/")
    if not incremental or not newest.search(model.text):
        return head + model.text
    key = [column.strip() for column in model.key.split(",")]
    head += f"{{{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key={key}) }}}}\n"
    condition = r"{% if is_incremental() %} AND \1 {% endif %}"
    return head + newest.sub(condition, model.text).replace("{this}", "{{ this }}")
