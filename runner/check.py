"""Runs the assertions on the published figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from runner import database
from runner.errors import ConfigurationError


def check(select: str = "*") -> list[dict[str, Any]]:
    """Return one row of ops.run_assertions() for each assertion whose name matches a glob (* and ?)."""
    escaped = select.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = escaped.replace("*", "%").replace("?", "_")
    with database.connect() as connection:
        results = connection.execute("SELECT * FROM ops.run_assertions(%s)", (pattern,)).fetchall()
        if not results:
            names = connection.execute(
                "SELECT string_agg(viewname, ', ' ORDER BY viewname) AS names"
                " FROM pg_views WHERE schemaname = 'assertions'"
            ).fetchone()
            raise ConfigurationError(f"no assertion is named {select!r}", f"There are: {names and names['names']}.")
        return results


def is_failure(result: dict[str, Any]) -> bool:
    """Tell whether an assertion of severity error has violating rows."""
    return bool(result["severity"] == "error" and result["violation_count"])


def write_junit(results: list[dict[str, Any]], path: Path) -> None:
    """Write the results as a JUnit XML file, a test case for each assertion."""
    suite = ElementTree.Element(
        "testsuite",
        name="assertions",
        tests=str(len(results)),
        failures=str(sum(map(is_failure, results))),
    )
    for result in results:
        case = ElementTree.SubElement(
            suite, "testcase", classname="assertions", name=result["assertion_name"], time=str(result["seconds"])
        )
        text = json.dumps(result["violating_rows"], ensure_ascii=False, indent=1)
        if is_failure(result):
            message = f"{result['violation_count']} violating rows: {result['description']}"
            ElementTree.SubElement(case, "failure", message=message).text = text
        elif result["violation_count"]:
            ElementTree.SubElement(case, "system-out").text = text
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
