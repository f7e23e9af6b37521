"""Mappings: how files of another shape become the four tables; docs/loading.md says how to write one."""

from __future__ import annotations

import hmac
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from runner.csvfile import BLANKS, CsvFile, Row
from runner.errors import ConfigurationError, WorkFailedError
from runner.plain import PlainLines, Rules

SHIPPED = Path(__file__).parent / "mappings"

_PLACE = re.compile(r"\{([^{}]*)\}")
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True)
class Lookup:
    """A value that stands in another file of the folder.

    file, key, value: its name and its columns. by: the column of the table's own file that holds the key. take: which value
    counts when the key is on several lines: the first; of amounts, the max or the sum.
    """

    file: str
    key: str
    value: str
    by: str = ""
    take: str = "first"

    def read(self, folder: Path, encoding: str, delimiter: str, point: str) -> dict[str, str]:
        """Return the value of each key; an amount that is none makes one that is none, so that its row is refused."""
        path = folder / self.file
        if not path.is_file():
            raise WorkFailedError(f"{path} is missing", "The mapping looks values up in it.")
        found: dict[str, str] = {}
        with path.open("rb") as stream:
            file = CsvFile(path, stream, encoding, delimiter)
            file.require([self.key.lower(), self.value.lower()])
            key, value = file.columns.index(self.key.lower()), file.columns.index(self.value.lower())
            for part in file.scan(file.plain_lines([], Rules(1970, 2199, [])), prove=False):
                if isinstance(part, Row) and not part.fault:
                    name, text = ((part.fields[position] or "").strip(BLANKS) for position in (key, value))
                    if text:
                        found[name] = self._taken(found[name], text, point) if name in found else text
        return found

    def _taken(self, known: str, text: str, point: str) -> str:
        """Return what is taken of two values of a key; point: what decimals follow."""
        if self.take == "first":
            return known
        amounts = [amount.replace(".", "?").replace(point, ".") if point != "." else amount for amount in (known, text)]
        if not all(map(_AMOUNT.fullmatch, amounts)):
            return f"{known} and {text}"
        total = max(map(Decimal, amounts)) if self.take == "max" else sum(map(Decimal, amounts))
        return str(total).replace(".", point)


@dataclass(frozen=True)
class TableMapping:
    """Where the rows of a table come from.

    columns: for each column of ours where its value comes from: the name of a column, names of which the first that is not empty
    counts, a text with {names} in it ({number} counts the lines of a table with the same first {name}), the @name of a lookup,
    or "" for nothing. A ? before the name of a column: the file need not have it.
    values: for a column of ours, other texts for some values, compared without regard to case.
    where: only lines with a value in this column. is_once: of lines with the same key only the first.
    pseudonyms: columns of ours whose values are replaced by pseudonym(), with the key.
    """

    file: str
    columns: dict[str, list[str]]
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    lookups: dict[str, Lookup] = field(default_factory=dict)
    where: str | None = None
    is_once: bool = False
    pseudonyms: frozenset[str] = frozenset()
    key: bytes = field(default=b"", repr=False)

    @property
    def counts_lines(self) -> bool:
        """Tell whether values depend on the other lines of the file."""
        return any("{number}" in text for texts in self.columns.values() for text in texts)

    def carried_by(self, names: Collection[str]) -> TableMapping:
        """Return the mapping without the columns that a file of these columns need not have and has not."""
        columns = {}
        for column, texts in self.columns.items():
            there = [text.removeprefix("?") for text in texts if not text.startswith("?") or _plain(text[1:]) in names]
            if there:
                columns[column] = there
        return replace(self, columns=columns)

    def sources(self) -> set[str]:
        """Return the names of the columns that the file must have."""
        named = {self.where} if self.where else set()
        for texts in self.columns.values():
            for text in texts:
                if text.startswith("@"):
                    named.add(self.lookups[text[1:]].by)
                elif not text.startswith("?"):
                    named |= set(_PLACE.findall(text)) - {"number"} if "{" in text else {text}
        return {_plain(name) for name in named if name}


def pseudonym(value: str, key: bytes) -> str:
    """Return what stands for a value, the same however it is written and always, as ops.pseudonym() does; "" for ""."""
    text = value.strip(BLANKS).lower().encode()
    return f"P{hmac.digest(key, text, 'sha256').hex()[:20]}" if text else ""


def _plain(name: str) -> str:
    """Return the name of a column as CsvFile.columns has it."""
    return name.strip().lower()


@dataclass(frozen=True)
class Mapping:
    """How a folder is to be read: its format, and each table's mapping. name: what open() takes, from any folder."""

    name: str
    tables: dict[str, TableMapping]
    encoding: str | None = None
    delimiter: str = ","
    date_format: str | None = None
    decimal_comma: bool = False

    @property
    def has_pseudonyms(self) -> bool:
        """Tell whether values become pseudonyms, which takes a key."""
        return any(table.pseudonyms for table in self.tables.values())

    @classmethod
    def open(cls, name: str) -> Mapping:
        """Return the mapping of a TOML file, or a shipped one by its name; raise ConfigurationError when it is none."""
        is_shipped = (SHIPPED / f"{name}.toml").exists()
        path = SHIPPED / f"{name}.toml" if is_shipped else Path(name)
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            form = content.pop("format", {})
            known_as = name if is_shipped else str(path.resolve())
            return cls(known_as, {table: _table(part) for table, part in content.items()}, **form)
        except OSError as error:
            shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.toml")))
            raise ConfigurationError(f"{name}: {error.strerror}", f"Name a TOML file, or one of: {shipped}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, AttributeError, KeyError) as error:
            raise ConfigurationError(f"{path}: {error}", "docs/loading.md says how to write a mapping.") from error


def _table(part: dict[str, Any]) -> TableMapping:
    """Return the mapping of a table as its part of the file gives it."""
    forms = {name: _form(source) for name, source in part["columns"].items()}
    columns = {name: texts for name, (texts, _) in forms.items()}
    values = {
        column: {str(value).lower(): text for value, text in texts.items()}
        for column, texts in part.get("values", {}).items()
    }
    unknown = set(part) - {"file", "columns", "values", "lookups", "where", "once"}
    if unknown:
        raise KeyError(f"unknown setting {sorted(unknown)[0]!r}")
    lookups = {name: Lookup(**{"by": lookup["key"]} | lookup) for name, lookup in part.get("lookups", {}).items()}
    for name, lookup in lookups.items():
        if lookup.take not in {"first", "max", "sum"}:
            raise KeyError(f"take = {lookup.take!r} of the lookup {name!r} is not first, max or sum")
    unknown = {text[1:] for texts in columns.values() for text in texts if text.startswith("@")} - set(lookups)
    if unknown:
        raise KeyError(f"no lookup is named {sorted(unknown)[0]!r}")
    pseudonyms = frozenset(name for name, (_, is_pseudonym) in forms.items() if is_pseudonym)
    return TableMapping(part["file"], columns, values, lookups, part.get("where"), part.get("once", False), pseudonyms)


def _form(source: str | list[str] | dict[str, Any]) -> tuple[list[str], bool]:
    """Return where a value comes from, and whether it becomes a pseudonym."""
    if not isinstance(source, dict):
        return [source] if isinstance(source, str) else list(source), False
    if unknown := set(source) - {"column", "pseudonym"}:
        raise KeyError(f"unknown setting {sorted(unknown)[0]!r} of a column")
    if not isinstance(source.get("pseudonym", False), bool):
        raise TypeError(f"pseudonym = {source['pseudonym']!r} is not true or false")
    return _form(source["column"])[0], source.get("pseudonym", False)


class MappedFile(CsvFile):
    """A CSV file of another shape, read as one of ours. Its lines are never plain."""

    def __init__(self, path: Path, stream: BinaryIO, table: TableMapping, encoding: str, mapping: Mapping) -> None:
        super().__init__(path, stream, encoding, mapping.delimiter)
        super().require(sorted(table.sources()))
        table = self._table = table.carried_by(self.columns)
        self._positions = {name: position for position, name in enumerate(self.columns)}
        self._seen: set[str] = set()
        self._group = ""
        self._number = 0
        point = "," if mapping.decimal_comma else "."
        self._looked_up = {
            name: lookup.read(path.parent, encoding, mapping.delimiter, point) for name, lookup in table.lookups.items()
        }
        self.columns = list(table.columns)

    def scan(self, plain: PlainLines, *, prove: bool = True) -> Iterator[bytes | Row]:
        """Yield stand-ins, and every row as one of the table."""
        del prove
        for part in super().scan(plain, prove=False):
            row = self._mapped(part) if isinstance(part, Row) else part
            if row is not None:
                yield row

    def _mapped(self, row: Row) -> Row | None:
        """Return a row of the table, or None when the line has none; of a line with a fault it is not known whether it has."""
        fields = row.fields
        if row.fault:
            known = {name: self._certain(sources[0], fields) for name, sources in self._table.columns.items()}
            return replace(row, fields=[value and self._named(name, value) for name, value in known.items()])
        if self._table.where and not self._value(self._table.where, fields):
            return None
        values = [self._first(sources, fields) for sources in self._table.columns.values()]
        for position, column in enumerate(self._table.columns):
            value = self._table.values.get(column, {}).get(values[position].lower(), values[position])
            values[position] = self._named(column, value)
        if self._table.is_once:
            if values[0] in self._seen:
                return None
            self._seen.add(values[0])
        return replace(row, fields=list(values))

    def _named(self, column: str, value: str) -> str:
        """Return the value of a column of ours, or what stands for it."""
        return pseudonym(value, self._table.key) if column in self._table.pseudonyms else value

    def _certain(self, source: str, fields: list[str | None]) -> str | None:
        """Return the value of a line with a fault that is read from one column, if it is certain."""
        return self._value(source, fields) or None if source and _plain(source) in self._positions else None

    def _first(self, sources: list[str], fields: list[str | None]) -> str:
        """Return the first value that is not empty."""
        return next((value for source in sources if source and (value := self._text(source, fields))), "")

    def _text(self, source: str, fields: list[str | None]) -> str:
        """Return the value of a column, what was looked up, or a text with the values of columns in it."""
        if source.startswith("@"):
            return self._looked_up[source[1:]].get(self._value(self._table.lookups[source[1:]].by, fields), "")
        if "{" not in source:
            return self._value(source, fields)
        names = _PLACE.findall(source)
        group = self._value(names[0], fields)
        if "number" in names:
            self._number = self._number + 1 if group == self._group else 1
            self._group = group
        return _PLACE.sub(
            lambda place: str(self._number) if place[1] == "number" else self._value(place[1], fields), source
        )

    def _value(self, name: str, fields: list[str | None]) -> str:
        """Return the value of a column of the file."""
        return (fields[self._positions[_plain(name)]] or "").strip(BLANKS)
