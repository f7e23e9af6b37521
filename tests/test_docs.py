"""What the README says of commands, options, views, files and limits is what there is."""

from __future__ import annotations

import csv
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer.main

from runner import cli, manual
from runner.bi.files import STAR, questions
from tests.conftest import ROOT, Db

README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table that begins with a heading."""
    assert README.count(f"\n{heading}") == 1
    table = README.split(f"\n{heading}")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_the_command_table_names_every_command_and_option() -> None:
    group: Any = typer.main.get_command(cli.app)
    promised: dict[str, set[str]] = {}
    for commands, _ in rows("| command | does |"):
        for command in re.findall("`(.+?)`", commands):
            promised[command.split()[0]] = set(re.findall(r"--[a-z-]+", command))
    there = {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in group.commands.items()
    }
    assert promised == {name: options - {"--json"} for name, options in there.items()}


def test_the_table_of_views_names_each_with_its_key(db: Db) -> None:
    there = db.execute(
        "SELECT c.relname, string_agg(a.attname, ', ' ORDER BY array_position(i.indkey::smallint[], a.attnum)) AS key"
        " FROM pg_index AS i INNER JOIN pg_class AS c ON i.indrelid = c.oid AND c.relnamespace = 'analytics'::regnamespace"
        " INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indisunique GROUP BY c.relname"
    )
    promised = {view.strip("`"): key.replace("`", "") for view, _, key, _ in rows("| view | one row per | key |")}
    assert promised == {row["relname"]: row["key"] for row in there}


def test_the_table_of_files_names_every_column(db: Db) -> None:
    query = (
        "SELECT table_name, presence, string_agg(column_name, ', ' ORDER BY column_position) AS columns"
        " FROM config.input_column WHERE presence <> 'derived' GROUP BY table_name, presence"
    )
    there = {(row["table_name"], row["presence"]): row["columns"] for row in db.execute(query.encode()).fetchall()}
    promised: dict[tuple[str, str], str] = {}
    for file, text in rows("| file | columns;"):
        table = re.findall(r"`(\w+)\.csv`", file)[0]
        lists = [part for part in re.findall("`(.+?)`", text) if "," in part]
        promised |= {
            (table, presence): columns for presence, columns in zip(("required", "optional"), lists, strict=False)
        }
    assert promised == there


def test_the_definitions_name_the_limits_that_are_set(db: Db) -> None:
    meaning = dict(rows("| figure | means |"))

    def setting(query: str) -> dict[str, int]:
        return {row["name"]: row["low"] for row in db.execute(query.encode()).fetchall()}

    tiers = setting("SELECT customer_tier AS name, min_orders AS low FROM config.customer_tier")
    for name, low in tiers.items():
        assert f"{name} {'from ' if low > 1 else ''}{low}" in meaning["tier"]
    health = setting("SELECT customer_status AS name, min_days AS low FROM config.customer_status")
    names = sorted(health, key=lambda name: health[name])
    for name, follower in pairwise(names):
        assert f"{name} up to {health[follower] - 1}" in meaning["health"]
    segments = setting("SELECT value_segment AS name, min_revenue::integer AS low FROM config.value_segment")
    for name, low in segments.items():
        assert f"{name} from {low:,}" in meaning["value segment"] or low == 0
    statuses = setting("SELECT status AS name, 1 AS low FROM config.order_status WHERE is_revenue")
    assert set(statuses) <= set(re.findall("[a-z]+", meaning["revenue"]))


PAGES = [str(page.relative_to(ROOT)) for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md"))]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_links_and_paths_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert link.startswith("https://") or (folder / link).exists(), link
    for path in re.findall(r"`((?:db|docs|runner|tests|data|benchmarks|\.ci)/[\w./-]*)`", text):
        assert (ROOT / Path(path)).exists(), path


def test_the_guide_for_bi_tools_names_views_and_columns_that_exist() -> None:
    guide = (ROOT / "docs" / "bi.md").read_text(encoding="utf-8")
    with (ROOT / "tests" / "contract" / "bi.csv").open(encoding="utf-8", newline="") as file:
        there = [(row["view_name"], row["column_name"]) for row in csv.DictReader(file)]
    views = {view for view, _ in there}
    assert set(re.findall(r"`(?:bi\.)?((?:dim|fact)_\w+)`", guide)) <= views
    named = {(view, column) for view, column in re.findall(r"`(\w+)\.(\w+)`", guide) if view in views}
    assert len(named) > 5
    assert named <= set(there)
    assert "fifteen questions" in guide
    assert len(questions()) == 15
    drawn = re.findall(r"(\w+) \|\|--o\{ (\w+) : \"(\w+)(?: = (\w+))?\"", guide)
    lines = {(many, column, one, key or column) for one, many, column, key in drawn}
    assert set(STAR) <= lines
    for many, column, one, key in lines:
        assert {(many, column), (one, key)} <= set(there)


def test_the_manual_is_what_the_commands_say() -> None:
    """Mend: python -m runner.manual > docs/cli.md."""
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == manual.text()


def test_the_manual_names_every_variable_of_the_environment() -> None:
    read = {
        name
        for file in ROOT.glob("runner/**/*.py")
        for name in re.findall(
            r"\"(PIPELINE_\w+[A-Z])\"|environ[^\n]*?\"(DATABASE_URL)\"", file.read_text(encoding="utf-8")
        )
    }
    names = {name for pair in read for name in pair if name}
    assert {"DATABASE_URL", "PIPELINE_PGDATA"} <= names
    assert names <= set(re.findall(r"`(\w+)`", manual.text()))


def test_every_command_stands_in_a_group_of_the_help() -> None:
    group: Any = typer.main.get_command(cli.app)
    groups = {cli.FIRST, cli.ALWAYS, cli.FIGURES, cli.RUNNING}
    assert {
        name: command.rich_help_panel
        for name, command in group.commands.items()
        if command.rich_help_panel not in groups
    } == {}
    usual = [name for name, command in group.commands.items() if command.rich_help_panel == cli.ALWAYS]
    assert usual == ["migrate", "load", "rejects", "refresh", "check", "status"]
