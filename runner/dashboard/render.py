"""Draws the dashboard: one HTML file that needs nothing else. The figures come from the SQL files in queries/."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from runner import database
from runner.errors import ConfigurationError
from runner.wording import count, money, percent, short_money

QUERIES = Path(__file__).parent / "queries"


def write(path: Path) -> Path:
    """Write the page and return its path. Until it is whole, an older page stays in place."""
    text = page(figures())
    try:
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".html", delete=False) as stream:
            stream.write(text)
        Path(stream.name).chmod(0o644)
        os.replace(stream.name, path)  # noqa: PTH105 - Path.replace would leave the name of the other file in the error
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}", "Name another file with --out.") from error
    return path


def figures() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each query of queries/ by its name, all from one snapshot."""
    with database.connect() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return {file.stem: connection.execute(file.read_bytes()).fetchall() for file in sorted(QUERIES.glob("*.sql"))}


def page(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Return the HTML of the page. rows: as figures() returns them."""
    environment = Environment(
        loader=PackageLoader("runner", "dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shop = rows["shop"][0]
    currency = shop["currency"]
    environment.filters |= {
        "count": count,
        "percent": percent,
        "money": partial(money, currency=currency),
        "short_money": partial(short_money, currency=currency),
    }
    kpis = rows["kpis"][0] if rows["kpis"] else None
    return environment.get_template("page.html.j2").render(rows | {"shop": shop, "kpis": kpis})
