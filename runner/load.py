"""Loads a folder of CSV files: COPY into landing, then the merge procedures; all files or none, in one transaction."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from runner import database
from runner.csvfile import CsvFile
from runner.errors import ConfigurationError, PipelineError, WorkFailedError, from_driver

Progress = Callable[[str, int, int], None]
"""Called with the name of the file, the bytes read so far and its size."""


@dataclass(frozen=True)
class Folder:
    """A folder with CSV files and, if it has a load.toml, its settings.

    as_of: the day to fix the clock at, or None. expectation: values for config.expectation.
    """

    path: Path
    as_of: date | None = None
    expectation: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Folder:
        """Return the folder; raise ConfigurationError when it is none or its load.toml cannot be read."""
        if not path.is_dir():
            raise ConfigurationError(f"{path} is not a folder", "Name the folder that holds the CSV files.")
        settings_file = path / "load.toml"
        if not settings_file.exists():
            return cls(path)
        try:
            settings = tomllib.loads(settings_file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{settings_file}: {error}") from error
        as_of, expectation = settings.pop("as_of", None), settings.pop("expectation", {})
        if settings or not isinstance(expectation, dict) or not (as_of is None or type(as_of) is date):
            raise ConfigurationError(f"{settings_file} may hold just as_of = YYYY-MM-DD and a table [expectation]")
        return cls(path, as_of, expectation)

    def file(self, table: str) -> Path:
        """Return the file of a table; raise WorkFailedError when it is missing."""
        path = self.path / f"{table}.csv"
        if not path.is_file():
            raise WorkFailedError(f"{path} is missing", f"A load needs it; {self.path} holds: {self._listing()}.")
        return path

    def _listing(self) -> str:
        """Return the names of the CSV files that are there."""
        return ", ".join(sorted(path.name for path in self.path.glob("*.csv"))) or "no CSV file"


@dataclass(frozen=True)
class Loaded:
    """What a load did. files: one ops.load_file row a file. as_of and is_fixed: the clock after it."""

    load_id: int
    files: list[dict[str, Any]]
    as_of: date
    is_fixed: bool


def load(path: Path, as_of: date | None = None, progress: Progress = lambda *_: None) -> Loaded:
    """Load the CSV files of a folder.

    as_of: the day to fix the clock at; without it that of the folder's load.toml, else the clock stays as it is.
    Raises WorkFailedError when a file is refused as a whole; nothing of the folder is then kept.
    """
    folder = Folder.open(path)
    with database.connect() as connection:
        tables = _input_tables(connection)
        paths = {table: folder.file(table) for table in tables}
        connection.execute("SELECT pg_advisory_lock(ops.lock_key('data'))")
        row = connection.execute("SELECT ops.begin_load(%s) AS load_id", (str(path.resolve()),)).fetchone()
        load_id = int(row["load_id"]) if row else 0
        try:
            with connection.transaction():
                for table, columns in tables.items():
                    _copy(connection, load_id, table, columns, paths[table], progress)
                for table in tables:
                    connection.execute("CALL staging.merge_file(%s, %s)", (load_id, table))
                if day := as_of or folder.as_of:
                    connection.execute("CALL config.set_clock(%s)", (day,))
                if folder.expectation:
                    connection.execute("CALL config.set_expectation(%s)", (json.dumps(folder.expectation),))
                connection.execute("CALL ops.end_load(%s, NULL)", (load_id,))
        except (PipelineError, psycopg.Error) as error:
            known = error if isinstance(error, PipelineError) else from_driver(error)
            if not connection.closed:
                connection.execute("CALL ops.end_load(%s, %s)", (load_id, known.message))
            raise known from error
        return _report(connection, load_id)


def _input_tables(connection: database.Connection) -> dict[str, list[str]]:
    """Return the columns of each input file, parents before children."""
    rows = connection.execute("SELECT table_name, column_names FROM config.input_file ORDER BY load_order")
    return {row["table_name"]: row["column_names"] for row in rows}


def _copy(  # noqa: PLR0913 - what, whence and whither
    connection: database.Connection, load_id: int, table: str, columns: list[str], path: Path, progress: Progress
) -> None:
    """Stream a file into its landing table, row by row, and book it."""
    size, rows_read = path.stat().st_size, 0
    with path.open("rb") as stream, connection.cursor() as cursor:
        file = CsvFile(path, stream)
        file.require(columns)
        positions = [file.columns.index(name) for name in columns]
        nothing = [None] * len(columns)
        cursor.execute(sql.SQL("TRUNCATE landing.{}").format(sql.Identifier(table)))
        statement = sql.SQL("COPY landing.{} (line_number, raw_text, fault, {}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with cursor.copy(statement) as copy:
            for row in file.rows():
                fields = row.fields
                values = nothing if fields is None else [fields[position] for position in positions]
                copy.write_row((row.line_number, row.raw_text, row.fault, *values))
                rows_read += 1
                if rows_read % 5000 == 0 and file.byte_count < size:
                    progress(path.name, file.byte_count, size)
        progress(path.name, size, size)
        ignored = [name for name in file.columns if name not in columns]
        cursor.execute(
            "CALL ops.book_file(%s, %s, %s, %s, %s, %s, %s, %s)",
            (load_id, table, path.name, file.sha256, file.byte_count, file.line_count, rows_read, ignored),
        )


def _report(connection: database.Connection, load_id: int) -> Loaded:
    """Return what a load did."""
    files = connection.execute(
        "SELECT f.* FROM ops.load_file AS f INNER JOIN config.input_file AS i ON f.table_name = i.table_name"
        " WHERE f.load_id = %s ORDER BY i.load_order",
        (load_id,),
    ).fetchall()
    clock = connection.execute("SELECT as_of, is_fixed FROM config.clock").fetchone()
    if clock is None:
        raise ConfigurationError("config.clock has no row", "Insert one: INSERT INTO config.clock DEFAULT VALUES;")
    return Loaded(load_id, files, clock["as_of"], clock["is_fixed"])


def rejects(load_id: int | None = None) -> list[dict[str, Any]]:
    """Return the rows that a load set aside, of the last load unless another is named."""
    with database.connect() as connection:
        return connection.execute(
            "SELECT r.load_id, r.file_name, r.line_number, r.column_name, r.kind, r.reason, r.raw_text"
            " FROM ops.rejected_row AS r"
            " WHERE r.load_id = coalesce(%s, (SELECT max(l.load_id) FROM ops.load AS l WHERE l.status = 'succeeded'))"
            " ORDER BY r.rejected_row_id",
            (load_id,),
        ).fetchall()
