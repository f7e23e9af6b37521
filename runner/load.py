"""Loads a folder of CSV files: COPY into landing, then the merge procedures; all files or none, in one transaction."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import pickle
import tempfile
import time
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

import psycopg
from psycopg import sql

from runner import database, formulas, retry
from runner.csvfile import BLANKS, ENDINGS, CsvFile, Row, lines_of
from runner.errors import ConfigurationError, PipelineError, WorkFailedError, from_driver
from runner.mapping import MappedFile, Mapping
from runner.plain import Column, Rules

Progress = Callable[[str, int, int, int], None]
"""Called with the name of the file, the bytes read so far, its size, and the lines read so far."""

_COPY_AT_ONCE = 2**16
_SPOOLED_IN_MEMORY = 2**23
_REJECTS_AT_ONCE = 10_000
_DATES = ("date", "timestamp")


@dataclass(frozen=True)
class Options:
    """How to load.

    as_of: the day to fix the clock at; None: that of the folder's load.toml, else the clock stays as it is.
    encoding: of the files. date_format: of their dates, as strptime takes it; None: ISO 8601. mapping: of files that have
    another shape; what it says of encoding and dates counts.
    is_check: tell every problem and keep nothing. is_strict: refuse the load if a row is refused.
    is_full: delete the rows of staging that are not in the files; is_confirmed: however many.
    prove: False sends every row through the slow path; the result is the same. key: of the pseudonyms of a mapping.
    """

    as_of: date | None = None
    encoding: str = "utf-8"
    date_format: str | None = None
    mapping: Mapping | None = None
    is_check: bool = False
    is_strict: bool = False
    is_full: bool = False
    is_confirmed: bool = False
    prove: bool = True
    key: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        """Refuse a form of dates that does not tell a day: it would refuse every row."""
        form, day = self.date_format, datetime(2001, 2, 3)
        with suppress(ValueError):
            if form is None or datetime.strptime(day.strftime(form), form) == day:
                return
        raise ConfigurationError(f"{form!r} does not tell a day", "Write it with %d, %m and %Y, such as %d.%m.%Y.")


@dataclass(frozen=True)
class Folder:
    """A folder with CSV files and, if it has a load.toml, its settings.

    as_of: the day to fix the clock at, or None. expectation: values for config.expectation.
    """

    path: Path
    as_of: date | None = None
    expectation: dict[str, Any] = field(default_factory=dict)
    mapping: Mapping | None = None

    @classmethod
    def open(cls, path: Path) -> Folder:
        """Return the folder; raise ConfigurationError when it is none or its load.toml cannot be read."""
        if not path.is_dir():
            raise ConfigurationError(
                f"{path} is not a folder", "Name the folder that holds the CSV files, or one file TABLE.csv."
            )
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

    def files(self, tables: Iterable[str], optional: Collection[str]) -> dict[str, Path]:
        """Return the file of each table; optional tables need not have one."""
        found = {table: self.file(table, is_optional=table in optional) for table in tables}
        return {table: path for table, path in found.items() if path}

    def file(self, table: str, *, is_optional: bool) -> Path | None:
        """Return the file of a table; raise WorkFailedError when it is missing or there are two."""
        if self.mapping is not None:
            part = self.mapping.tables.get(table)
            if part is None and is_optional:
                return None
            path = self.path / part.file if part else Path(table)
            if not path.is_file():
                raise WorkFailedError(
                    f"{path} is missing", f"The mapping needs it; {self.path} holds: {self._listing()}."
                )
            return path
        found = [path for ending in ENDINGS if (path := self.path / f"{table}{ending}").is_file()]
        if not found and is_optional:
            return None
        if not found:
            raise WorkFailedError(
                f"{self.path / table}.csv is missing", f"A load needs it; {self.path} holds: {self._listing()}."
            )
        if len(found) > 1:
            raise WorkFailedError(
                f"{self.path} holds {found[0].name} and {found[1].name}", "Keep the one that is to be loaded."
            )
        return found[0]

    def _listing(self) -> str:
        """Return the names of the CSV files that are there."""
        return ", ".join(sorted(path.name for path in self.path.glob("*.csv*"))) or "no CSV file"


@dataclass(frozen=True)
class SingleFile(Folder):
    """One file: the other tables stay as they are.

    It is named after its table (orders.csv) or ends so (refused.orders.csv), or is one that the mapping names, for any tables.
    """

    def files(self, tables: Iterable[str], optional: Collection[str]) -> dict[str, Path]:
        """Return the file by its tables; raise ConfigurationError when its name tells none."""
        del optional
        parts = self.mapping.tables if self.mapping else {}
        known = [table for table in tables if not self.mapping or table in parts]
        if own := [table for table in known if self.mapping and parts[table].file == self.path.name]:
            return dict.fromkeys(own, self.path)
        for ending in ENDINGS:
            table = self.path.name.removesuffix(ending).rsplit(".", 1)[-1]
            if self.path.name.endswith(ending) and table in known:
                if self.mapping and parts[table].counts_lines:
                    raise ConfigurationError(
                        f"the mapping numbers the lines of {table}, which {self.path} may not have all of",
                        f"Mend {parts[table].file} itself and load that.",
                    )
                return {table: self.path}
        raise ConfigurationError(
            f"the name of {self.path} tells no table",
            f"Name it after one: {', '.join(f'{table}.csv' for table in known)}.",
        )


@dataclass(frozen=True)
class Loaded:
    """What a load did. files: one ops.load_file row a file. as_of and is_fixed: the clock after it.

    Of a check only: rejects, the rows that were set aside (those of a load are in the database), and problems, what is wrong
    with each file that cannot be read; no row is then refused because its parent may be in one of them.
    address_ids: customers that it wrote whose ids look like e-mail addresses.
    """

    load_id: int
    files: list[dict[str, Any]]
    as_of: date
    is_fixed: bool
    rejects: list[dict[str, Any]]
    problems: list[str] = field(default_factory=list)
    address_ids: int = 0


class _NotPlainError(Exception):
    """A file that was taken for plain is not: it goes the way through landing."""


class _OnlyCheckedError(Exception):
    """All was tried, nothing is to be kept."""

    def __init__(self, loaded: Loaded) -> None:
        super().__init__()
        self.loaded = loaded


def load(path: Path, options: Options = Options(), progress: Progress = lambda *_: None) -> Loaded:
    """Load the CSV files of a folder, or one file that is named after its table.

    Raises WorkFailedError when a file is refused as a whole; nothing of the folder is then kept. A check of a folder returns all
    such problems instead, with those of the rows of the other files. When the server goes away before anything was sent, it is
    tried again after a moment.
    """
    folder = SingleFile(path) if path.is_file() else Folder.open(path)
    if options.mapping:
        folder = replace(folder, mapping=options.mapping)
        options = replace(
            options,
            encoding=options.mapping.encoding or options.encoding,
            date_format=options.mapping.date_format or options.date_format,
        )
    sent = False

    def note(*read: Any) -> None:
        nonlocal sent
        sent = True
        progress(*read)

    for attempt in retry.tries(lambda: not sent):
        with attempt:
            return _load(folder, options, note, attempt.retry_state.attempt_number)
    raise AssertionError  # the loop returns or raises


def _load(folder: Folder, options: Options, progress: Progress, attempt: int) -> Loaded:
    """Load a folder; a check tells all that is wrong with files as a whole, not just the first."""
    with database.connect() as connection:
        retry.count(connection, attempt)
        tables, optional = _input_tables(connection), _optional_tables(connection)
        if options.mapping and options.mapping.has_pseudonyms:
            options = replace(options, key=_key(connection))
        try:
            paths = folder.files(tables, optional)
            if options.is_full and not set(tables) - set(paths) <= optional:
                raise ConfigurationError("--full needs the files of all tables", "Name a folder.")
            connection.execute("SELECT pg_advisory_lock(ops.lock_key('data'))")
            own = {table: columns for table, columns in tables.items() if table in paths}
            whole = _Load(connection, folder, own, paths, options, progress)
            return whole.check() if options.is_check else whole.keep()
        except WorkFailedError:
            if not options.is_check or isinstance(folder, SingleFile):
                raise
            paths, problems = _readable(folder, tables, optional, options, _rules(connection))
            if not problems:
                raise
            own = {table: columns for table, columns in tables.items() if table in paths}
            unread = [table for table in tables if table not in paths and table not in optional]
            rest = _Load(connection, folder, own, paths, replace(options, is_full=False), progress, unread=unread)
            return replace(rest.check(), problems=problems)


def _readable(
    folder: Folder, tables: Tables, optional: Collection[str], options: Options, rules: Rules
) -> tuple[dict[str, Path], list[str]]:
    """Return the files of a folder that can be read, by their tables, and what is wrong with each of the others as a whole."""
    paths, problems = {}, []
    for table, columns in tables.items():
        try:
            path = folder.file(table, is_optional=table in optional)
            if path:
                with path.open("rb") as stream:
                    file = open_file(path, stream, table, columns, options)
                    for _ in file.scan(file.plain_lines(columns, rules)):
                        pass
                paths[table] = path
        except WorkFailedError as error:
            problems.append(f"{error.message}. {error.remedy or ''}".rstrip())
    return paths, problems


Tables = dict[str, list[Column]]


@dataclass
class _Load:
    """A load of a folder. tables: the columns of each file, parents before children. unread: tables whose file cannot be read."""

    connection: database.Connection
    folder: Folder
    tables: Tables
    paths: dict[str, Path]
    options: Options
    progress: Progress
    load_id: int = 0
    unread: list[str] = field(default_factory=list)

    def keep(self) -> Loaded:
        """Load, and close the log row however it ends."""
        self._begin()
        try:
            return self._run()
        except (PipelineError, psycopg.Error) as error:
            known = error if isinstance(error, PipelineError) else from_driver(error)
            if not self.connection.closed:
                self.connection.execute("CALL ops.end_load(%s, %s)", (self.load_id, known.message))
            raise known from error

    def check(self) -> Loaded:
        """Load in a transaction that is rolled back, log row and all."""
        try:
            with self.connection.transaction():
                self._begin()
                raise _OnlyCheckedError(self._run())
        except _OnlyCheckedError as done:
            return done.loaded

    def _begin(self) -> None:
        """Open the log row."""
        folder = str(self.folder.path.resolve())
        mapping = self.options.mapping
        row = self.connection.execute(
            "SELECT ops.begin_load(%s, %s, %s) AS load_id", (folder, self.options.encoding, mapping and mapping.name)
        ).fetchone()
        self.load_id = int(row["load_id"]) if row else 0

    def _run(self) -> Loaded:
        """Load in one transaction; when keys that were to be built at the end cannot be, once more with a look at each row."""
        for table, path in self.paths.items():
            with path.open("rb") as stream:
                open_file(path, stream, table, self.tables[table], self.options)
        for is_direct in (True, False):
            try:
                with self.connection.transaction():
                    was_empty = self._transfer(is_direct=is_direct and self.options.prove)
                    self._finish(was_empty=was_empty)
                    return self._report()
            except (psycopg.errors.UniqueViolation, psycopg.errors.ForeignKeyViolation):
                if not is_direct:
                    raise
        raise AssertionError  # the loop returns or raises

    def _transfer(self, *, is_direct: bool) -> bool:
        """Bring all files into staging; return whether that was empty. The clock comes first: prices change on its day."""
        if day := self.options.as_of or self.folder.as_of:
            self.connection.execute("CALL config.set_clock(%s)", (day,))
        row = self.connection.execute("SELECT staging.begin_bulk(%s) AS is_bulk", (self.load_id,)).fetchone()
        is_bulk = bool(row and row["is_bulk"])
        rules = _rules(self.connection)
        for table, columns in self.tables.items():
            started = time.monotonic()
            transfer = _Transfer(
                self.connection, self.load_id, table, columns, self.paths[table], self.options, self.progress
            )
            is_done = transfer.directly(rules) if is_direct and is_bulk else not is_bulk and transfer.as_repeat()
            if not is_done:
                transfer.through_landing(rules, is_bulk=is_bulk)
            self.connection.execute(
                "UPDATE ops.load_file SET seconds = %s WHERE load_id = %s AND table_name = %s",
                (round(time.monotonic() - started, 3), self.load_id, table),
            )
        if is_bulk:
            self.connection.execute("CALL staging.end_bulk()")
        return is_bulk

    def _finish(self, *, was_empty: bool) -> None:
        """Do what follows when all files are in: deletions, settings, bookkeeping."""
        if self.unread:
            self.connection.execute("CALL landing.forgive_orphans(%s, %s)", (self.load_id, self.unread))
        is_exact = self.options.is_strict or self.options.is_full
        if is_exact and self._has_no_refusal() and self.options.is_full and not was_empty:
            self.connection.execute("SELECT staging.delete_missing(%s, %s)", (self.load_id, self.options.is_confirmed))
        self.connection.execute("CALL landing.clear()")
        if self.folder.expectation:
            self.connection.execute("CALL config.set_expectation(%s)", (json.dumps(self.folder.expectation),))
        self.connection.execute("CALL ops.end_load(%s, NULL)", (self.load_id,))

    def _has_no_refusal(self) -> bool:
        """Tell whether no row was refused; when one was, go on with a check, and refuse a load."""
        refused = self.connection.execute(
            "SELECT count(*) AS count,"
            " (array_agg(format('%%s:%%s: %%s', r.file_name, r.line_number, r.reason) ORDER BY r.rejected_row_id))[1] AS example"
            " FROM ops.rejected_row AS r WHERE r.load_id = %s AND r.kind = 'refused'",
            (self.load_id,),
        ).fetchone()
        count = refused["count"] if refused else 0
        if count and not self.options.is_check:
            raise WorkFailedError(
                f"{count} rows would be refused, so nothing was loaded",
                "See them all: runner load DIR --check.",
                str(refused["example"]) if refused else None,
            )
        return not count

    def _report(self) -> Loaded:
        """Return what the load did."""
        files = self.connection.execute(
            "SELECT f.* FROM ops.load_file AS f INNER JOIN config.input_file AS i ON f.table_name = i.table_name"
            " WHERE f.load_id = %s ORDER BY i.load_order",
            (self.load_id,),
        ).fetchall()
        clock = self.connection.execute("SELECT as_of, is_fixed FROM config.clock").fetchone()
        if clock is None:
            raise ConfigurationError("config.clock has no row", "Insert one: INSERT INTO config.clock DEFAULT VALUES;")
        rejected = _rejects(self.connection, self.load_id) if self.options.is_check else []
        has_new = any(file["table_name"] == "customers" and file["rows_inserted"] for file in files)
        found = self._address_ids() if has_new else 0
        return Loaded(self.load_id, files, clock["as_of"], clock["is_fixed"], rejected, address_ids=found)

    def _address_ids(self) -> int:
        """Return how many customers that the load wrote have ids that look like e-mail addresses."""
        row = self.connection.execute(
            "SELECT count(*) AS count FROM staging.customers AS c"
            " WHERE c.load_id = %s AND strpos(c.customer_id, '@') > 0 AND ops.is_address(c.customer_id)",
            (self.load_id,),
        ).fetchone()
        return int(row["count"]) if row else 0


@dataclass
class _Transfer:
    """One file on its way into the database."""

    connection: database.Connection
    load_id: int
    table: str
    columns: list[Column]
    path: Path
    options: Options
    progress: Progress

    def directly(self, rules: Rules) -> bool:
        """Copy the file straight into its staging table; return False, and leave nothing, when a line is not plain."""
        try:
            with self.connection.transaction(), self._open() as file:
                self.connection.execute("CALL staging.empty_for_copy(%s)", (f"staging.{self.table}",))
                self._require_plain()
                self._begin(file)
                rows = self._copy(file, rules, "staging", self._refuse)
                self._book(file, rows, rows)
                source = f"staging.{self.table}"
                self.connection.execute(
                    "CALL ops.note_unknown_statuses(%s, %s, %s)", (self.load_id, self.table, source)
                )
                self._note_fingerprint(source)
                return True
        except (_NotPlainError, psycopg.DataError, psycopg.IntegrityError):
            return False

    def through_landing(self, rules: Rules, *, is_bulk: bool) -> None:
        """Copy the file into landing, plain lines typed, every other row as texts, and merge it into staging."""
        with self._open() as file, tempfile.SpooledTemporaryFile(_SPOOLED_IN_MEMORY) as spool:
            self._begin(file)
            unproven = 0

            def keep(row: Row) -> None:
                nonlocal unproven
                unproven += 1
                pickle.dump(row, spool)

            plain_rows = self._copy(file, rules, "landing", keep)
            self._copy_unproven(file, spool, unproven)
            self._book(file, plain_rows + unproven, 0)
        self.connection.execute(
            "CALL staging.merge_file(%s, %s, %s, %s)", (self.load_id, self.table, is_bulk, file.stand_in_count > 0)
        )
        self._complete_rejects()
        source = self.connection.execute(
            "SELECT landing.rows_of(%s, %s) AS rows", (self.load_id, self.table)
        ).fetchone()
        self._note_fingerprint(source["rows"] if source else "")

    def as_repeat(self) -> bool:
        """Book the file as unchanged, or return False: unless it and its table are as an earlier load left them."""
        if self.options.mapping or self.options.is_full or self.options.is_check or not self.options.prove:
            return False
        size = self.path.stat().st_size
        known = self.connection.execute(
            "SELECT FROM ops.load_file WHERE table_name = %s AND byte_count = %s AND fingerprint IS NOT NULL LIMIT 1",
            (self.table, size),
        )
        if known.fetchone() is None:
            return False
        with self.path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        row = self.connection.execute(
            "SELECT ops.take_repeat(%s, %s, %s, %s, %s) AS line_count",
            (self.load_id, self.table, self.path.name, sha256, self._reading()),
        ).fetchone()
        if not row or row["line_count"] is None:
            return False
        self.progress(self.path.name, size, size, row["line_count"])
        return True

    def _reading(self) -> str:
        """Return the options that decide what the bytes of the file mean."""
        return f"{self.options.encoding} {self.options.date_format}"

    def _note_fingerprint(self, source: str) -> None:
        """Book what rows the file has; not with a mapping, which may look into other files."""
        if self.options.mapping is None:
            self.connection.execute(
                "CALL ops.note_fingerprint(%s, %s, %s, %s)", (self.load_id, self.table, source, self._reading())
            )

    def _copy(self, file: CsvFile, rules: Rules, schema: str, unproven: Callable[[Row], None]) -> int:
        """Copy the file's lines into a table; hand rows that are not plain to unproven. Return how many plain rows."""
        is_final = schema == "staging"
        plain = file.plain_lines(self.columns, rules, is_final=is_final)
        names = self._known(file)
        freeze = sql.SQL(", FREEZE") if is_final else sql.SQL("")
        statement = sql.SQL("COPY {}.{} ({}) FROM STDIN (FORMAT csv, DELIMITER {}{})").format(
            sql.Identifier(schema),
            sql.Identifier(self.table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.Literal(file.delimiter),
            freeze,
        )
        size, waiting, length = self.path.stat().st_size, [], 0
        with self.connection.cursor() as cursor:
            with database.copy(cursor, statement) as copy:
                for part in file.scan(plain, prove=self._may_prove()):
                    if isinstance(part, Row):
                        unproven(part)
                        continue
                    waiting.append(part)
                    length += len(part)
                    if length >= _COPY_AT_ONCE:
                        copy.write(b"".join(waiting))
                        waiting, length = [], 0
                        if file.byte_count < size:
                            self.progress(self.path.name, file.byte_count, size, file.line_count)
                copy.write(b"".join(waiting))
            self.progress(self.path.name, size, size, file.line_count)
            return cursor.rowcount - file.stand_in_count

    def _may_prove(self) -> bool:
        """Tell whether lines may be taken for plain; dates of another form are read value by value."""
        has_dates = any(column.kind in _DATES for column in self.columns)
        return self.options.prove and not (has_dates and self.options.date_format)

    def _copy_unproven(self, file: CsvFile, spool: IO[bytes], count: int) -> None:
        """Copy the rows that are not plain into landing.unproven_row, their values in the order of the columns."""
        if not count:
            return
        positions = [
            file.columns.index(column.name) if column.name in file.columns else None for column in self.columns
        ]
        spool.seek(0)
        with self.connection.cursor() as cursor:
            statement = "COPY landing.unproven_row (line_number, raw_text, fault, field_values) FROM STDIN"
            with database.copy(cursor, statement) as copy:
                copy.set_types(["int8", "text", "text", "text[]"])
                for _ in range(count):
                    row: Row = pickle.load(spool)  # noqa: S301 - written above
                    values = [
                        None if position is None else (row.fields[position] or "").strip(BLANKS) or None
                        for position in positions
                    ]
                    fault = row.fault or self._read_forms(values)
                    copy.write_row((row.line_number, row.raw_text, fault, values))

    def _read_forms(self, values: list[str | None]) -> str | None:
        """Turn dates and amounts of a row from their own form into ours; return what is wrong with one, or None."""
        form = self.options.date_format
        has_commas = self.options.mapping is not None and self.options.mapping.decimal_comma
        for position, column in enumerate(self.columns):
            value = values[position]
            if form and value and column.kind in _DATES:
                try:
                    values[position] = datetime.strptime(value, form).isoformat(" ")
                except ValueError:
                    return f'{column.name} "{value}" is not of the form {form}'
            if has_commas and value and column.kind == "money":
                if "." in value:
                    return f'{column.name} "{value}" has a full stop, but decimals follow a comma'
                values[position] = value.replace(",", ".")
        return None

    def _complete_rejects(self) -> None:
        """Give the plain lines that were set aside their raw text, from the file."""
        batch = self._set_aside_after(0)
        if not batch:
            return
        with self.connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE raw_line (line_number bigint, raw_text text) ON COMMIT DROP")
            lines = lines_of(self.path, self.options.encoding)
            while batch:
                wanted, last = set(batch), batch[-1]
                with database.copy(cursor, "COPY pg_temp.raw_line FROM STDIN") as copy:
                    for number, line in lines:
                        if number in wanted:
                            copy.write_row((number, line))
                        if number == last:
                            break
                batch = self._set_aside_after(last)
            cursor.execute(
                "UPDATE ops.rejected_row AS r SET raw_text = l.raw_text FROM pg_temp.raw_line AS l"
                " WHERE r.load_id = %s AND r.table_name = %s AND r.line_number = l.line_number AND r.raw_text IS NULL",
                (self.load_id, self.table),
            )
            cursor.execute("DROP TABLE pg_temp.raw_line")

    def _set_aside_after(self, line_number: int) -> list[int]:
        """Return the next lines, in order, of rows that were set aside without their text."""
        rows = self.connection.execute(
            "SELECT r.line_number FROM ops.rejected_row AS r"
            " WHERE r.load_id = %s AND r.table_name = %s AND r.raw_text IS NULL AND r.line_number > %s"
            " ORDER BY r.line_number LIMIT %s",
            (self.load_id, self.table, line_number, _REJECTS_AT_ONCE),
        )
        return [row["line_number"] for row in rows]

    @contextmanager
    def _open(self) -> Iterator[CsvFile]:
        """Open the file and require its columns."""
        with self.path.open("rb") as stream:
            yield open_file(self.path, stream, self.table, self.columns, self.options)

    def _begin(self, file: CsvFile) -> None:
        """Make the landing tables ready for the file."""
        self.connection.execute("CALL landing.begin_file(%s, %s)", (self.table, file.first_line))

    def _book(self, file: CsvFile, rows_read: int, rows_inserted: int) -> None:
        """Book what was read of the file."""
        known = self._known(file)
        self.connection.execute(
            "CALL ops.book_file(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                self.load_id,
                self.table,
                self.path.name,
                file.sha256,
                file.byte_count,
                file.line_count,
                rows_read,
                rows_inserted,
                file.header,
                known,
                [name for name in file.columns if name not in known],
            ),
        )

    def _known(self, file: CsvFile) -> list[str]:
        """Return the columns of the file that are columns of the table."""
        known = {column.name for column in self.columns}
        return [name for name in file.columns if name in known]

    def _require_plain(self) -> None:
        """Break off: amounts of the file have to be converted, or customers of it were forgotten."""
        row = self.connection.execute("SELECT landing.is_needed(%s) AS found", (self.table,)).fetchone()
        if row and row["found"]:
            raise _NotPlainError

    @staticmethod
    def _refuse(_: Row) -> None:
        """Break off: the file has a row that is not plain."""
        raise _NotPlainError


def open_file(path: Path, stream: BinaryIO, table: str, columns: list[Column], options: Options) -> CsvFile:
    """Read the header of a file of a table and return it; refuse the file when it lacks a column."""
    if options.mapping is None:
        file = CsvFile(path, stream, options.encoding)
    else:
        part = replace(options.mapping.tables[table], key=options.key)
        file = MappedFile(path, stream, part, options.encoding, options.mapping)
    file.require([column.name for column in columns if not column.is_optional])
    return file


def _input_tables(connection: database.Connection) -> Tables:
    """Return the columns of each input file, parents before children."""
    rows = connection.execute(
        "SELECT c.table_name, c.column_name, c.kind, c.is_required, c.is_key, c.presence = 'optional' AS is_optional,"
        " c.value_if_empty IS NOT NULL AS has_default FROM config.input_column AS c"
        " INNER JOIN config.input_file AS f ON c.table_name = f.table_name"
        " WHERE c.presence <> 'derived' ORDER BY f.load_order, c.column_position"
    )
    tables: Tables = {}
    for row in rows:
        name = row.pop("column_name")
        tables.setdefault(row.pop("table_name"), []).append(Column(name, **row))
    return tables


def _optional_tables(connection: database.Connection) -> set[str]:
    """Return the tables whose file a folder need not hold."""
    rows = connection.execute("SELECT f.table_name FROM config.input_file AS f WHERE f.is_optional")
    return {row["table_name"] for row in rows}


def _key(connection: database.Connection) -> bytes:
    """Return the key that pseudonyms are made with."""
    row = connection.execute("SELECT ops.pseudonym_key() AS key").fetchone()
    if not row or not row["key"]:
        raise ConfigurationError("ops.salt has no row", "Restore it: with another salt all pseudonyms are others.")
    return bytes(row["key"])


def _rules(connection: database.Connection) -> Rules:
    """Return what the shop's settings say about values."""
    shop = connection.execute(
        "SELECT s.first_year, s.last_year,"
        " (SELECT coalesce(array_agg(a.alias), '{}') FROM config.order_status_alias AS a) AS aliases"
        " FROM config.shop AS s"
    ).fetchone()
    if shop is None:
        raise ConfigurationError("config.shop has no row", "Insert one: INSERT INTO config.shop DEFAULT VALUES;")
    return Rules(shop["first_year"], shop["last_year"], shop["aliases"])


def rejects(load_id: int | None = None) -> list[dict[str, Any]]:
    """Return the rows that a load set aside, of the last load unless another is named."""
    with database.connect() as connection:
        return _rejects(connection, load_id)


def write_rejects(target: Path, load_id: int | None = None) -> list[Path]:
    """Write the refused rows of a load as CSV files: as they stood in their file, and why they were refused.

    What a spreadsheet would take for a formula gets a quote before it, which a load takes away again.

    One file a table, named after it, beside target: for refused.csv it is refused.orders.csv. Returns their paths. The files are
    of the form that the load read, and the columns behind it are not known to a load, so that a mended file can be loaded as it
    is, with the same options. Raises ConfigurationError when the mapping of the load is not what it was.
    """
    with database.connect() as connection:
        rows = [row for row in _rejects(connection, load_id) if row["kind"] == "refused"]
        load = connection.execute(
            "SELECT l.encoding, l.mapping FROM ops.load AS l WHERE l.load_id = %s", (rows[0]["load_id"] if rows else 0,)
        ).fetchone()
        files = connection.execute(
            "SELECT f.table_name, f.file_name, f.header, f.column_names FROM ops.load_file AS f"
            " INNER JOIN config.input_file AS i ON f.table_name = i.table_name WHERE f.load_id = %s ORDER BY i.load_order",
            (rows[0]["load_id"] if rows else 0,),
        ).fetchall()
    if load is None:
        return []
    mapping = Mapping.open(load["mapping"]) if load["mapping"] else None
    encoding = (mapping and mapping.encoding) or load["encoding"]
    delimiter = mapping.delimiter if mapping else ","
    written = []
    for file in files:
        own = [row for row in rows if row["table_name"] == file["table_name"]]
        if own:
            if mapping:
                _require_form(file, mapping)
            path = target.with_name(f"{target.stem}.{file['table_name']}.csv")
            with path.open("w", encoding=encoding, errors="replace", newline="") as stream:  # a reason may not be in it
                stream.writelines(f"{line}\n" for line in _with_reasons(file["header"], own, delimiter))
            written.append(path)
    return written


def _with_reasons(header: str, rejected: list[dict[str, Any]], delimiter: str) -> Iterator[str]:
    """Yield the lines of a file of refused rows: the header, then the rows, each with its line and reason behind.

    When a cell would be a formula to a spreadsheet, all are defused, and a column more says so.
    """
    columns = [
        name.strip(BLANKS).lower() for name in next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter))
    ]
    own = ["rejected_line", "rejected_reason"]
    lines = []
    for row in rejected:
        reason = row["reason"].replace('"', '""')
        lines.append(delimiter.join([row["raw_text"], str(row["line_number"]), f'"{reason}"']))
    is_defused = formulas.is_marked(columns) or any(
        formulas.defused(line, delimiter) != line for line in [header, *lines]
    )
    if is_defused:
        own.append(formulas.MARK)
    ending, number = "", 1
    while any(f"{name}{ending}" in columns for name in own):  # a row that was mended is refused again
        number += 1
        ending = f"_{number}"
    names = delimiter.join([header, *(f"{name}{ending}" for name in own)])
    if not is_defused:
        yield from [names, *lines]
        return
    yield formulas.defused(names, delimiter)
    for line in lines:
        yield formulas.defused(line, delimiter) + delimiter + formulas.MARKED


def _require_form(file: dict[str, Any], mapping: Mapping) -> None:
    """Refuse to write rows of a file, a row of ops.load_file, in another form than it had."""
    header = next(csv.reader(io.StringIO(file["header"], newline=""), delimiter=mapping.delimiter))
    part = mapping.tables.get(file["table_name"])
    if not part or not part.sources() <= {name.strip(BLANKS).lower() for name in header}:
        raise ConfigurationError(
            f"{file['file_name']} was not read by the mapping {mapping.name} as it is now",
            "Put the mapping back as it was when the file was loaded.",
        )


def _rejects(connection: database.Connection, load_id: int | None) -> list[dict[str, Any]]:
    """Return the rows that a load set aside."""
    return connection.execute(
        "SELECT r.load_id, r.table_name, r.file_name, r.line_number, r.column_name, r.kind, r.reason, r.raw_text,"
        " r.resolved_load_id FROM ops.rejected_row AS r"
        " WHERE r.load_id = coalesce(%s, (SELECT max(l.load_id) FROM ops.load AS l WHERE l.status = 'succeeded'))"
        " ORDER BY r.rejected_row_id",
        (load_id,),
    ).fetchall()
