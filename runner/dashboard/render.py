"""Draws the dashboard: one HTML file that needs nothing else.

The figures come from the SQL files in queries/, the charts from the Vega-Lite specifications in charts/; a chart names its
query as its data. Python moves rows and words figures; it computes none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import psycopg
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from psycopg import errors as pg

from runner import database
from runner.errors import ConfigurationError
from runner.wording import count, day, money, percent, short_money, signed_count, signed_percent

HERE = Path(__file__).parent
PERIODS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "12 months", 0: "All"}
WORDED = {
    "shop",
    "definitions",
    "kpis",
    "segments",
    "insights",
    "today",
}  # queries whose rows the template puts into words
DEFAULT = {"for_period": 365, "for_compare": "before", "for_country": None, "for_category": None}


@dataclass(frozen=True)
class Rows:
    """What a query gave. problem: why it gave nothing, if its view is missing or closed to the reader."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    sources: tuple[str, ...] = ()
    problem: str | None = None

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


Figures = dict[str, Rows]


def write(path: Path) -> Path:
    """Write the page and return its path. Until it is whole, an older page stays in place."""
    with database.connect() as connection:
        text, _ = page(figures(connection))
    try:
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".html", delete=False) as stream:
            stream.write(text)
        Path(stream.name).chmod(0o644)
        os.replace(stream.name, path)  # noqa: PTH105 - Path.replace would leave the name of the other file in the error
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}", "Name another file with --out.") from error
    return path


def figures(connection: psycopg.Connection[Any]) -> Figures:
    """Return the rows of each query of queries/ by its name, all from one snapshot.

    They are read as pipeline_reader, where the user may take that role; a view that is missing costs its own panels alone.
    """
    found: Figures = {}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with suppress(pg.InsufficientPrivilege), connection.transaction():
            connection.execute("SET LOCAL ROLE pipeline_reader")
        connection.execute("SET LOCAL jit = off")  # it costs more than it gives in queries this short
        for file in sorted((HERE / "queries").glob("*.sql")):
            text = file.read_text(encoding="utf-8")
            sources = tuple(dict.fromkeys(re.findall(r"\b(?:bi|live)\.\w+", text)))
            try:
                with connection.transaction(), connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
                    cursor.execute(text.encode())
                    columns = [column.name for column in cursor.description or ()]
                    found[file.stem] = Rows(columns, cursor.fetchall(), sources)
            except (pg.UndefinedTable, pg.UndefinedColumn, pg.InsufficientPrivilege) as error:
                if file.stem == "shop":  # nothing is installed
                    raise
                found[file.stem] = Rows([], [], sources, error.diag.message_primary)
    return found


def page(found: Figures, inner: str | None = None, *, version: str | None = None) -> tuple[str, str]:
    """Return the HTML of the page and its Content-Security-Policy.

    inner: content(found), if it was drawn already. version: of the content, if the page is to ask its server for newer ones.
    """
    scripts = [Markup(bundle()), Markup((HERE / "page.js").read_text(encoding="utf-8"))]  # noqa: S704 - our own files
    style = Markup((HERE / "page.css").read_text(encoding="utf-8"))  # noqa: S704
    design = {
        "charts": {file.stem: json.loads(file.read_bytes()) for file in sorted((HERE / "charts").glob("*.json"))},
        "themes": json.loads((HERE / "themes.json").read_bytes()),
        "version": version,
    }
    policy = _policy([*scripts], style, "'self'" if version else "'none'")
    shop = _shop(found)
    text = (
        _environment(shop["currency"])
        .get_template("page.html.j2")
        .render(
            shop=shop,
            scripts=scripts,
            style=style,
            policy=policy,
            design=as_json(design),
            content=Markup(inner or content(found)),  # noqa: S704 - escaped by its template
        )
    )
    return text, policy


def _policy(scripts: list[str], style: str, server: str) -> str:
    """Return a Content-Security-Policy: nothing but our own scripts and styles, known by their hashes. server: to be asked."""

    def source(text: str) -> str:
        return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return "; ".join(
        [
            "default-src 'none'",
            f"connect-src {server}",
            "img-src data:",
            f"script-src {' '.join(map(source, scripts))}",
            f"style-src {source(style)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


@cache
def bundle() -> str:
    """Return the JavaScript of Vega-Lite. Making it takes seconds, so that it is kept in the user's cache folder."""
    name = f"vega-{version('vl-convert-python')}.js"
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ecommerce-analytics-pipeline"
    with suppress(OSError):
        return (folder / name).read_text(encoding="utf-8")
    import vl_convert  # noqa: PLC0415 - slow to import, and seldom needed

    text: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    text = text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, delete=False) as stream:
            stream.write(text)
        Path(stream.name).replace(folder / name)
    return text


def as_json(value: Any) -> Markup:
    """Return JSON that cannot end the script element that it stands in."""

    def default(item: Any) -> Any:
        match item:
            case Decimal():
                return int(item) if item == item.to_integral_value() else float(item)
            case datetime():
                return f"{item:%Y-%m-%d %H:%M}"
            case date():
                return item.isoformat()
        return str(item)

    text = json.dumps(value, default=default, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def content(found: Figures) -> str:
    """Return the part of the page that changes with the figures."""
    shop = _shop(found)
    meanings = _meanings(found)
    kpis = found["kpis"].dicts()
    errors = {row["model_name"]: row["findings"] for row in found["models"].dicts()}
    headline = (row for row in found["headline"].dicts() if all(row[key] == value for key, value in DEFAULT.items()))
    data = {
        "currency": shop["currency"],
        "as_of": shop["as_of"],
        "is_fixed": shop["is_fixed"],
        "queries": {
            name: {
                "columns": rows.columns,
                "rows": rows.rows,
                "problem": rows.problem,
                "meanings": {column: meanings(rows, column) for column in rows.columns},
            }
            for name, rows in found.items()
            if name not in WORDED
        },
    }
    return (
        _environment(shop["currency"])
        .get_template("content.html.j2")
        .render(
            shop=shop,
            kpis=kpis[0] if kpis else None,
            headline=next(headline, None),
            insights=found["insights"].dicts(),
            today=found["today"].dicts(),
            problems=sorted({rows.problem for rows in found.values() if rows.problem}),
            checks=[row for row in found["checks"].dicts() if row["is_last"]],
            segments=found["segments"].dicts(),
            periods=PERIODS,
            default=DEFAULT,
            meaning=lambda query, column: meanings(found[query], column),
            error_of=lambda model: errors.get(model) or "",
            data=as_json(data),
        )
    )


def _shop(found: Figures) -> dict[str, Any]:
    """Return the row of queries/shop.sql. as_of: of the published figures; live_as_of: of the live ones."""
    shop = found["shop"].dicts()[0]
    kpis = found["kpis"].dicts()
    return shop | {"live_as_of": shop["as_of"], "as_of": kpis[0]["as_of"] if kpis else shop["as_of"]}


@cache
def _environment(currency: str) -> Environment:
    """Return the templates' environment, with our words for figures. Kept, because compiling a template takes long."""
    environment = Environment(
        loader=PackageLoader("runner", "dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": count,
        "day": day,
        "percent": percent,
        "signed_count": signed_count,
        "signed_percent": signed_percent,
        "money": partial(money, currency=currency),
        "short_money": partial(short_money, currency=currency),
    }
    return environment


def _meanings(found: Figures) -> Callable[[Rows, str], dict[str, str] | None]:
    """Return a function that gives the definition and the unit of a query's column.

    It looks among the views that the query reads, then among all: the same name means the same in every view.
    """
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for row in found["definitions"].dicts():
        known[row["source_view"], row["metric_name"]] = row
        known.setdefault(("", row["metric_name"]), row)

    def meaning(rows: Rows, column: str) -> dict[str, str] | None:
        for source in (*rows.sources, ""):
            if row := known.get((source, column)):
                formula = f" = {row['formula']}" if row["formula"] else ""
                return {"text": row["definition"] + formula, "unit": row["unit"]}
        return None

    return meaning
