"""The schema bi as the drivers of BI tools see it: psqlODBC, pgJDBC, and the questions that Npgsql asks for Power BI."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor

from runner.bi import files
from tests.conftest import Db, clone
from tests.relay import relay

JAR = Path("/usr/share/java/postgresql.jar")
READER = "bi_reader_of_tests"


@dataclass(frozen=True)
class Shop:
    """The small shop, published, at a port; db is our own connection."""

    db: Db
    port: int

    @property
    def rows(self) -> dict[str, int]:
        """Return how many rows each view of bi has."""
        names = [row["name"] for row in self.db.execute("SELECT relname AS name FROM pg_class WHERE"
            " relnamespace = 'bi'::regnamespace AND relkind = 'v'").fetchall()]  # fmt: skip
        return {name: self.db.execute(f"SELECT FROM bi.{name}".encode()).rowcount for name in names}


@pytest.fixture(scope="module")
def served(
    installed: NoopExecutor, admin: psycopg.Connection[Any], server: str, request: pytest.FixtureRequest
) -> Iterator[Shop]:
    """Serve the small shop at a port of 127.0.0.1, to a user who may only read bi."""
    admin.execute(f"CREATE ROLE {READER} LOGIN IN ROLE pipeline_reader".encode())
    template = request.getfixturevalue("published_template")
    with clone(admin, template, "test_drivers") as db, relay(f"{server}/.s.PGSQL.5432") as port:
        yield Shop(db, port)
    admin.execute(f"DROP ROLE {READER}".encode())


def contract() -> dict[str, list[tuple[str, str]]]:
    """Return what is promised: column and type of each view."""
    views: dict[str, list[tuple[str, str]]] = {}
    with (Path(__file__).parent / "contract" / "bi.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            views.setdefault(row["view_name"], []).append((row["column_name"], row["data_type"]))
    return views


def digits(kind: str) -> tuple[int, int]:
    """Return precision and scale of a numeric type."""
    precision, scale = re.findall(r"\d+", kind)
    return int(precision), int(scale)


# psqlODBC: Excel, Tableau's "other databases", Power BI's ODBC. The numbers are those of sql.h and sqlext.h.

ODBC_TYPES = {
    "text": {-1, -10, 12, -9},  # SQL_LONGVARCHAR, SQL_VARCHAR, and the same of Unicode
    "smallint": {5},
    "integer": {4},
    "bigint": {-5},
    "numeric": {2},
    "boolean": {-7, 12, -9},  # SQL_BIT; as text where the driver is told so
    "date": {91},
    "timestamp": {93},
}


@pytest.fixture
def odbc(served: Shop) -> Iterator[Any]:
    """Return a connection through psqlODBC."""
    pyodbc = pytest.importorskip("pyodbc", reason="pyodbc is not installed")
    if "PostgreSQL Unicode" not in pyodbc.drivers():
        pytest.skip("psqlODBC is not installed (Debian: odbc-postgresql)")
    connection = pyodbc.connect(
        f"Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={served.port};Database={served.db.info.dbname};Uid={READER};"
    )
    yield connection
    connection.close()


def test_odbc_lists_every_view_when_asked_for_tables_and_views(odbc: Any) -> None:
    for kinds in ("TABLE,VIEW", "VIEW"):
        listed = {row.table_name for row in odbc.cursor().tables(schema="bi", tableType=kinds)}
        assert listed == set(contract()), kinds


def test_odbc_tells_type_and_digits_of_every_column(odbc: Any) -> None:
    for view, columns in contract().items():
        told = odbc.cursor().columns(schema="bi", table=view).fetchall()
        assert [row.column_name for row in told] == [name for name, _ in columns]
        for row, (name, kind) in zip(told, columns, strict=True):
            assert row.data_type in ODBC_TYPES[re.split(r"\W", kind)[0]], (view, name, row.type_name)
            if kind.startswith("numeric"):
                assert (row.column_size, row.decimal_digits) == digits(kind), (view, name)


def test_odbc_fetches_every_view_with_exact_numbers(odbc: Any, served: Shop) -> None:
    kinds = {(view, name): kind for view, columns in contract().items() for name, kind in columns}
    for view, count in served.rows.items():
        cursor = odbc.cursor().execute(f'SELECT * FROM bi."{view}"')
        fetched = cursor.fetchall()
        assert len(fetched) == count, view
        for place, column in enumerate(cursor.description):
            if kinds[view, column[0]].startswith("numeric"):
                assert {type(row[place]) for row in fetched} <= {Decimal, type(None)}, (view, column[0])


# pgJDBC: Tableau, Metabase, DBeaver. The numbers are those of java.sql.Types.

JDBC_TYPES = {
    "text": 12,
    "smallint": 5,
    "integer": 4,
    "bigint": -5,
    "numeric": 2,
    "boolean": -7,
    "date": 91,
    "timestamp": 93,
}


def test_jdbc_lists_and_fetches_every_view_with_types_and_comments(served: Shop) -> None:
    if not JAR.exists():
        pytest.skip("pgJDBC is not installed (Debian: libpostgresql-jdbc-java)")
    if shutil.which("java") is None:
        pytest.skip("there is no Java (Debian: openjdk-17-jre-headless)")
    if importlib.util.find_spec("jpype") is None:
        pytest.skip("jpype1 is not installed")
    url = f"jdbc:postgresql://127.0.0.1:{served.port}/{served.db.info.dbname}?user={READER}"
    script = Path(__file__).parent / "jdbc.py"
    asked = subprocess.run([sys.executable, script, JAR, url], check=True, capture_output=True, text=True)
    told = json.loads(asked.stdout)
    assert told["tables"] == dict.fromkeys(contract(), "VIEW")
    for view, columns in contract().items():
        assert [column[0] for column in told["columns"][view]] == [name for name, _ in columns]
        for (name, number, size, scale, comment), (_, kind) in zip(told["columns"][view], columns, strict=True):
            assert number == JDBC_TYPES[re.split(r"\W", kind)[0]], (view, name)
            assert comment not in ("", "None"), (view, name)
            if kind.startswith("numeric"):
                assert (size, scale) == digits(kind), (view, name)
    assert told["rows"] == served.rows


# Npgsql: Power BI. The statements ask what its sources ask, in our words.

NPGSQL_NUMBERS = 28  # digits that .NET's decimal holds


@pytest.fixture
def reader(served: Shop) -> Iterator[Db]:
    """Return a connection of the reader, with the extended protocol and binary results, as Npgsql has them."""
    with psycopg.connect(
        f"host=127.0.0.1 port={served.port} dbname={served.db.info.dbname} user={READER}",
        row_factory=psycopg.rows.dict_row,
        cursor_factory=psycopg.Cursor,
        autocommit=True,
    ) as connection:
        yield connection


def test_npgsql_lists_every_view_among_tables_and_views(reader: Db) -> None:
    """GetSchema("Tables"), GetSchema("Views") and Power BI's navigator read information_schema, which shows what one may read."""
    tables = reader.execute(
        "SELECT table_name, table_type FROM information_schema.tables"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    assert {row["table_name"]: row["table_type"] for row in tables if row["table_name"] in contract()} == dict.fromkeys(
        contract(), "VIEW"
    )
    views = reader.execute("SELECT table_name FROM information_schema.views WHERE table_schema = 'bi'").fetchall()
    assert {row["table_name"] for row in views} == set(contract())


def test_npgsql_can_hold_every_column(reader: Db) -> None:
    """GetSchema("Columns"): names, order, types and digits; every nullable column is told as one."""
    for view, columns in contract().items():
        told = reader.execute(
            "SELECT column_name, ordinal_position, is_nullable, data_type, udt_name::regtype::text AS type, numeric_precision,"
            " numeric_scale FROM information_schema.columns WHERE table_schema = 'bi' AND table_name = %s"
            " ORDER BY ordinal_position",
            (view,),
        ).fetchall()
        assert [row["column_name"] for row in told] == [name for name, _ in columns]
        for row, (name, kind) in zip(told, columns, strict=True):
            assert row["type"] == kind.split("(")[0], (view, name)
            if kind.startswith("numeric"):
                assert (row["numeric_precision"], row["numeric_scale"]) == digits(kind)
                assert row["numeric_precision"] <= NPGSQL_NUMBERS


def test_npgsql_loads_every_type_that_a_column_has(reader: Db) -> None:
    """When it connects, it loads base types, ranges, enums, domains and their arrays; a column of another type it cannot read.

    An array is known by the function that receives it. Composite types of tables and views are left out.
    """
    loaded = reader.execute(
        """
        WITH types AS (
            SELECT
                t.oid,
                t.typname,
                t.typnamespace,
                CASE WHEN r.proname = 'array_recv' THEN 'a' ELSE t.typtype::text END AS kind,
                CASE
                    WHEN r.proname = 'array_recv' THEN t.typelem
                    WHEN t.typtype = 'r' THEN g.rngsubtype
                    WHEN t.typtype = 'm' THEN (SELECT x.rngtypid FROM pg_range AS x WHERE x.rngmultitypid = t.oid)
                    WHEN t.typtype = 'd' THEN t.typbasetype
                END AS element
            FROM pg_type AS t
            LEFT JOIN pg_proc AS r ON t.typreceive = r.oid
            LEFT JOIN pg_range AS g ON t.oid = g.rngtypid
        )

        SELECT t.oid, t.kind, n.nspname, t.typname, t.element
        FROM types AS t
        INNER JOIN pg_namespace AS n ON t.typnamespace = n.oid
        LEFT JOIN types AS e ON t.element = e.oid
        WHERE t.kind IN ('b', 'r', 'm', 'e', 'd') OR t.kind = 'a' AND e.kind IN ('b', 'r', 'm', 'e', 'd')
        ORDER BY array_position(ARRAY['b', 'e', 'r', 'm', 'd', 'a'], t.kind)
        """
    ).fetchall()
    known = {row["oid"]: row for row in loaded}
    used = reader.execute(
        "SELECT DISTINCT a.atttypid AS oid FROM pg_attribute AS a INNER JOIN pg_class AS c ON a.attrelid = c.oid"
        " INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid WHERE n.nspname = 'bi' AND a.attnum > 0"
    ).fetchall()
    assert len(used) > 5
    assert {known[row["oid"]]["kind"] for row in used} == {"b"}


def test_npgsql_reads_every_value_in_binary(reader: Db, served: Shop) -> None:
    """Binary is the form that it asks for, and no number in it needs more than 28 digits."""
    for view, count in served.rows.items():
        with reader.cursor(binary=True) as cursor:
            fetched = cursor.execute(f"SELECT * FROM bi.{view}".encode()).fetchall()
        assert len(fetched) == count
        for row in fetched:
            for name, value in row.items():
                if isinstance(value, Decimal):
                    assert value.is_finite(), (view, name)
                    assert len(value.as_tuple().digits) <= NPGSQL_NUMBERS, (view, name)


# Our files


def test_the_files_name_the_server_of_the_connection(
    served: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the Power BI file names is a server that can be reached."""
    monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@127.0.0.1:{served.port}/{served.db.info.dbname}")
    named, _ = files.write(tmp_path / "bi", READER)
    assert not named.is_local
    address = json.loads((tmp_path / "bi" / "power-bi.pbids").read_text())["connections"][0]["details"]["address"]
    host, port = address["server"].split(":")
    with psycopg.connect(f"host={host} port={port} dbname={address['database']} user={READER}") as connection:
        assert connection.execute("SELECT FROM bi.data_age").rowcount == 1
