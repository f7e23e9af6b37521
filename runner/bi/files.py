"""Writes what BI tools open: a Power BI connection, a Tableau data source, a Superset dashboard, a list of questions.

Server and database are those of the current connection. No file holds a password: the tools ask for it. The columns are read
from the catalog; questions/ holds one SQL file a question, which says in its first lines what it is called, what it answers and
how it is drawn. Formats: Power BI's .pbids (JSON), Tableau's .tds (XML with the object model of 2020.2), Superset's export
(version 1.0.0, a zip of YAML, of which JSON is a part), and the body that Metabase's POST /api/card takes.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from jinja2 import Environment, PackageLoader, StrictUndefined
from psycopg.rows import tuple_row

from runner import database
from runner.errors import ConfigurationError

QUESTIONS = Path(__file__).parent / "questions"
DEFAULT_USER = "bi_user"
# The star: fact, its column, dimension, its key. Without a circle, as Tableau wants it.
STAR = [
    ("fact_orders", "customer_id", "dim_customer", "customer_id"),
    ("fact_orders", "order_date", "dim_date", "calendar_date"),
    ("fact_order_items", "order_id", "fact_orders", "order_id"),
    ("fact_order_items", "product_id", "dim_product", "product_id"),
]
_MASK = "X" * 10  # in Superset's exports it stands for a password, and makes the import ask for it
_GRID = 12  # columns of a Superset dashboard


@dataclass(frozen=True)
class Server:
    """Where the tools connect. is_local: our own connection goes by a socket, which the tools cannot use."""

    host: str
    port: int
    database: str
    user: str
    sslmode: str
    is_local: bool


@dataclass(frozen=True)
class Column:
    """A column of a view of bi, or of a question's result."""

    name: str
    type: str
    comment: str = ""

    @property
    def is_time(self) -> bool:
        """Tell whether it holds days or moments."""
        return self.type.startswith(("date", "timestamp"))


@dataclass(frozen=True)
class Question:
    """A question: its text, and how its answer is drawn: number, table, line or bar, x and the measures, and a series."""

    name: str
    title: str
    answers: str
    sql: str
    chart: str
    x: str | None
    measures: list[str]
    series: str | None


def write(folder: Path, user: str = DEFAULT_USER) -> tuple[Server, list[Path]]:
    """Write all files into a folder, which is made if need be, and return the server they name and their paths."""
    with database.connect() as connection:
        info = connection.info
        is_local = not info.host or info.host.startswith("/")
        server = Server(
            "localhost" if is_local else info.host,
            info.port,
            info.dbname,
            user,
            info.get_parameters().get("sslmode", os.environ.get("PGSSLMODE", "")),
            is_local,
        )
        views = _views(connection)
        asked = questions()
        answers = {question.name: _answer(connection, question) for question in asked}
    contents: dict[str, str | bytes] = {
        "power-bi.pbids": _power_bi(server),
        "tableau.tds": _tableau(server, views),
        "superset-dashboard.zip": _superset(server, views, asked, answers),
        "metabase-questions.json": _metabase(asked),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in contents.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return server, paths


def questions() -> list[Question]:
    """Return the questions in the order of their files."""
    return [_question(path) for path in sorted(QUESTIONS.glob("*.sql"))]


def _question(path: Path) -> Question:
    """Read a question from its file, whose name begins with its place."""
    title, answers, drawn, *sql = path.read_text(encoding="utf-8").splitlines()
    chart, columns, series = re.fullmatch(r"-- (\w+)(?:: ([\w, ]+?)(?:; by (\w+))?)?", drawn).groups()  # type: ignore[union-attr]
    names = (columns or "").split(", ")
    x, measures = (names[0], names[1:]) if chart in ("line", "bar") else (None, names)
    return Question(path.stem[3:], title[3:], answers[3:], "\n".join(sql).rstrip(";\n"), chart, x, measures, series)


def _views(connection: database.Connection) -> dict[str, list[Column]]:
    """Return the columns of each view of bi."""
    rows = connection.execute(
        "SELECT c.relname AS view_name, a.attname AS column_name, format_type(a.atttypid, a.atttypmod) AS data_type,"
        " coalesce(col_description(c.oid, a.attnum), '') AS comment"
        " FROM pg_catalog.pg_class AS c"
        " INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = to_regnamespace('bi') AND c.relkind = 'v' ORDER BY c.relname, a.attnum"
    )
    views: dict[str, list[Column]] = {}
    for row in rows:
        views.setdefault(row["view_name"], []).append(Column(row["column_name"], row["data_type"], row["comment"]))
    if missing := {view for fact, _, dimension, _ in STAR for view in (fact, dimension)} - set(views):
        raise ConfigurationError(f"{', '.join(sorted(missing))}: not in the schema bi", "Run: runner migrate")
    return views


def _answer(connection: database.Connection, question: Question) -> list[Column]:
    """Return the columns that a question's answer has."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(f"SELECT * FROM ({question.sql}) AS answer LIMIT 0".encode())  # noqa: S608 - our own file
        return [Column(column.name, column.type_display) for column in cursor.description or ()]


# Power BI


def _power_bi(server: Server) -> str:
    connection = {
        "details": {
            "protocol": "postgresql",
            "address": {"server": f"{server.host}:{server.port}", "database": server.database},
            "authentication": None,
            "query": None,
        },
        "options": {},
        "mode": "Import",
    }
    return json.dumps({"version": "0.1", "connections": [connection]}, indent=2) + "\n"


# Tableau

_TABLEAU_TYPES = [  # beginning of the type, Tableau's name, its number of OLE DB
    ("numeric", "real", 131),
    ("bigint", "integer", 20),
    ("integer", "integer", 3),
    ("smallint", "integer", 2),
    ("boolean", "boolean", 11),
    ("date", "date", 133),
    ("timestamp", "datetime", 135),
    ("text", "string", 129),
]


def _tableau(server: Server, views: dict[str, list[Column]]) -> str:
    tables = list(dict.fromkeys(view for fact, _, dimension, _ in reversed(STAR) for view in (dimension, fact)))
    tables.sort(key=lambda table: (table != "fact_orders", table))  # the first is the one that others hang on
    names: dict[tuple[str, str], str] = {}  # Tableau calls a name that comes twice "name (table)"
    for table in tables:
        for column in views[table]:
            taken = column.name in names.values()
            names[table, column.name] = f"{column.name} ({table})" if taken else column.name
    keys = {name for _, column, _, key in STAR for name in (column, key)}
    fields = []
    for table in tables:
        for column in views[table]:
            kind, number = next(
                (kind, number) for start, kind, number in _TABLEAU_TYPES if column.type.startswith(start)
            )
            is_measure = kind == "real" or column.name.startswith("quantity")
            name = names[table, column.name]
            fields.append(
                {
                    "table": table,
                    "column": column.name,
                    "name": name,
                    "caption": name.replace("_", " ").capitalize(),
                    "type": kind,
                    "number": number,
                    "is_measure": is_measure,
                    "is_hidden": name != column.name and column.name in keys,
                    "comment": column.comment,
                }
            )
    template = Environment(
        loader=PackageLoader("runner", "bi"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("tableau.tds.j2")
    # The key is at the second end: Tableau counts on it that there it is unique.
    relations = [(fact, names[fact, column], dimension, names[dimension, key]) for fact, column, dimension, key in STAR]
    return template.render(server=server, tables=tables, fields=fields, relations=relations)


# Superset


def _superset(
    server: Server, views: dict[str, list[Column]], asked: list[Question], answers: dict[str, list[Column]]
) -> bytes:
    def uuid(*names: str) -> str:
        """Return the same identifier for the same thing of the same database: a second import makes no second copy."""
        return str(
            uuid5(NAMESPACE_URL, "/".join([f"postgresql://{server.host}:{server.port}", server.database, *names]))
        )

    def dataset(name: str, columns: list[Column], **more: Any) -> dict[str, Any]:
        times = [column.name for column in columns if column.is_time]
        return {
            "table_name": name,
            "schema": "bi",
            "main_dttm_col": times[0] if times else None,
            "columns": [
                {
                    "column_name": column.name,
                    "type": column.type.upper(),
                    "is_dttm": column.is_time,
                    "groupby": True,
                    "filterable": True,
                    "is_active": True,
                    "description": column.comment or None,
                }
                for column in columns
            ],
            "metrics": [{"metric_name": "count", "verbose_name": "Rows", "expression": "COUNT(*)"}],
            "uuid": uuid("dataset", name),
            "database_uuid": uuid("database"),
            "version": "1.0.0",
            **more,
        }

    names = [quote(name, safe="") for name in (server.user, server.database)]
    uri = f"postgresql+psycopg2://{names[0]}:{_MASK}@{server.host}:{server.port}/{names[1]}"
    files: dict[str, Any] = {
        "metadata.yaml": {"version": "1.0.0", "type": "Dashboard"},
        "databases/shop.yaml": {
            "database_name": f"{server.database} on {server.host}",
            "sqlalchemy_uri": uri + (f"?sslmode={server.sslmode}" if server.sslmode else ""),
            "expose_in_sqllab": True,
            "allow_dml": False,
            "extra": {"allows_virtual_table_explore": True},
            "uuid": uuid("database"),
            "version": "1.0.0",
        },
    }
    for view, columns in views.items():
        files[f"datasets/shop/{view}.yaml"] = dataset(view, columns)
    for question in asked:
        name = f"question {question.name}"
        files[f"datasets/shop/question_{question.name}.yaml"] = dataset(
            name, answers[question.name], sql=question.sql, description=question.answers
        )
        files[f"charts/{question.name}.yaml"] = {
            "slice_name": question.title,
            "description": question.answers,
            "viz_type": _VIZ[question.chart],
            "params": _params(question, answers[question.name]),
            "uuid": uuid("chart", question.name),
            "dataset_uuid": uuid("dataset", name),
            "version": "1.0.0",
        }
    files["dashboards/shop.yaml"] = {
        "dashboard_title": f"Shop: {server.database}",
        "description": "Published figures of the shop; each chart says what it answers.",
        "uuid": uuid("dashboard"),
        "position": _layout([(question, uuid("chart", question.name)) for question in asked]),
        "metadata": {"refresh_frequency": 0, "cross_filters_enabled": False},
        "published": True,
        "version": "1.0.0",
    }
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, content in files.items():
            # The same files make the same zip, bit by bit: with a fixed time.
            archive.writestr(
                zipfile.ZipInfo(f"superset-dashboard/{path}"),
                json.dumps(content, indent=2) + "\n",
                zipfile.ZIP_DEFLATED,
            )
    return stream.getvalue()


_VIZ = {
    "number": "big_number_total",
    "table": "table",
    "line": "echarts_timeseries_line",
    "bar": "echarts_timeseries_bar",
}


def _metric(name: str) -> dict[str, Any]:
    """Return the sum of a column of which each mark has one value."""
    return {"expressionType": "SQL", "sqlExpression": f'SUM("{name}")', "label": name, "hasCustomLabel": True}


def _params(question: Question, columns: list[Column]) -> dict[str, Any]:
    """Return the form data of a chart."""
    if question.chart == "number":
        return {"viz_type": _VIZ["number"], "metric": _metric(question.measures[0]), "y_axis_format": ",.0f"}
    if question.chart == "table":
        return {
            "viz_type": "table",
            "query_mode": "raw",
            "all_columns": [column.name for column in columns],
            "row_limit": 1000,
            "show_cell_bars": False,
            "table_timestamp_format": "%Y-%m-%d",
        }
    by_size = {}
    if (
        len(question.measures) == 1
        and not question.series
        and not next(c for c in columns if c.name == question.x).is_time
    ):
        by_size = {"x_axis_sort": question.measures[0], "x_axis_sort_asc": False}
    return {
        "viz_type": _VIZ[question.chart],
        "x_axis": question.x,
        "time_grain_sqla": None,
        "metrics": [_metric(measure) for measure in question.measures],
        "groupby": [question.series] if question.series else [],
        "stack": "Stack" if question.chart == "bar" and question.series else None,
        "x_axis_sort_asc": True,
        "x_axis_time_format": "%Y-%m" if "month" in str(question.x) else "%Y-%m-%d",
        "row_limit": 10000,
        "show_legend": bool(question.series) or len(question.measures) > 1,
        "rich_tooltip": True,
        "y_axis_format": "SMART_NUMBER",
        **by_size,
    }


def _layout(charts: list[tuple[Question, str]]) -> dict[str, Any]:
    """Return the places of the charts: three numbers, one table or two others in a row."""
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
    }
    used = _GRID
    row: dict[str, Any] = {}
    for question, uuid in charts:
        width, height = {"number": (4, 20), "table": (12, 40)}.get(question.chart, (6, 50))
        if used + width > _GRID:
            used = 0
            key = f"ROW-{question.name}"
            row = {
                "type": "ROW",
                "id": key,
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID"],
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            }
            position[key] = row
            position["GRID_ID"]["children"].append(key)
        used += width
        key = f"CHART-{question.name}"
        row["children"].append(key)
        position[key] = {
            "type": "CHART",
            "id": key,
            "children": [],
            "parents": ["ROOT_ID", "GRID_ID", row["id"]],
            # The import gives the chart its number in this Superset, found by uuid.
            "meta": {"width": width, "height": height, "chartId": 0, "uuid": uuid, "sliceName": question.title},
        }
    return position


# Metabase


def _metabase(asked: list[Question]) -> str:
    """Return the questions as Metabase's API takes them, but for the number of the database."""
    cards = []
    for question in asked:
        settings: dict[str, Any] = {}
        if question.x:
            dimensions = [question.x, *([question.series] if question.series else [])]
            settings = {"graph.dimensions": dimensions, "graph.metrics": question.measures}
            if question.chart == "bar" and question.series:
                settings["stackable.stack_type"] = "stacked"
        cards.append(
            {
                "name": question.title,
                "description": question.answers,
                "display": {"number": "scalar"}.get(question.chart, question.chart),
                "dataset_query": {"type": "native", "native": {"query": question.sql}},
                "visualization_settings": settings,
            }
        )
    return json.dumps(cards, indent=2, ensure_ascii=False) + "\n"
