"""Reads CSV files row by row and never loses track of the physical line."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from runner.errors import WorkFailedError

csv.field_size_limit(2**27)


@dataclass(frozen=True)
class Row:
    """One row of a file.

    line_number: the physical line on which it begins; the header is on line 1.
    raw_text: the row as it stands in the file, without its line break; NULs and bytes that are not UTF-8 as escapes.
    fields: the values, or None when the row could not be split; fault then says why.
    """

    line_number: int
    raw_text: str
    fields: list[str] | None
    fault: str | None


class CsvFile:
    """An open CSV file: comma separated, UTF-8, with a header.

    columns: names of the header, trimmed and in lower case. After the rows are read, line_count, byte_count and sha256
    are those of the whole file. Raises WorkFailedError for faults of the file as a whole.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self.line_count = 0
        self.byte_count = 0
        self._hash = hashlib.sha256()
        self._stream = stream
        self._pending: list[str] = []
        self._reader = csv.reader(self._lines(), strict=True)
        self.columns = self._read_header()

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the bytes read so far."""
        return self._hash.hexdigest()

    def rows(self) -> Iterator[Row]:
        """Yield the rows after the header; blank lines are passed over."""
        while True:
            self._pending.clear()
            line_number = self.line_count + 1
            fault = None
            fields: list[str] | None = None
            try:
                fields = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end of data" in str(error):
                    raise self._error(
                        line_number, "a quoted value begins here and does not end", 'Close the quote (").'
                    ) from error
                fault = f"cannot be split into columns: {error}"
            if fields == []:
                continue
            raw_text = "".join(self._pending).rstrip("\r\n")
            if fields is not None and len(fields) != len(self.columns):
                fault = f"has {len(fields)} values for {len(self.columns)} columns"
            if not raw_text.isprintable():
                fault = _unstorable(raw_text) or fault
                raw_text = _storable(raw_text)
            yield Row(line_number, raw_text, None if fault else fields, fault)

    def _lines(self) -> Iterator[str]:
        """Yield the lines as text, noting each for raw_text."""
        for number, data in enumerate(self._stream):
            self._hash.update(data)
            self.byte_count += len(data)
            self.line_count += 1
            line = (data.removeprefix(codecs.BOM_UTF8) if number == 0 else data).decode("utf-8", "surrogateescape")
            self._pending.append(line)
            yield line

    def _read_header(self) -> list[str]:
        """Return the names of the columns, or refuse the file."""
        start = self._stream.peek(4)[:4] if hasattr(self._stream, "peek") else b""
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise self._error(1, "the file is UTF-16", "Save it as UTF-8.")
        if start.startswith((b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")):
            raise self._error(1, "the file is compressed", "Unpack it.")
        for header in self._header_candidates():
            columns = [name.strip().lower() for name in header]
            repeated = sorted({name for name in columns if columns.count(name) > 1})
            if repeated:
                raise self._error(
                    self.line_count, f"the column {repeated[0]!r} stands twice in the header", "Rename or remove one."
                )
            return columns
        raise self._error(
            1, "the file is empty", "A header with the names of the columns must stand on the first line."
        )

    def _header_candidates(self) -> Iterator[list[str]]:
        """Yield the lines that are not blank."""
        try:
            yield from (fields for fields in self._reader if fields)
        except csv.Error as error:
            raise self._error(
                1, f"the header cannot be read: {error}", 'Separate columns by commas and quote by ".'
            ) from error

    def require(self, names: list[str]) -> None:
        """Refuse the file when a column is missing."""
        missing = [name for name in names if name not in self.columns]
        if not missing:
            return
        header = self.columns[0] if len(self.columns) == 1 else ""
        for delimiter, word in {";": "semicolons", "\t": "tabs", "|": "bars"}.items():
            if delimiter in header:
                raise self._error(1, f"the columns are separated by {word}, not commas", "Save the file with commas.")
        raise self._error(
            1,
            f"the column {missing[0]} is missing"
            if len(missing) == 1
            else f"the columns {', '.join(missing)} are missing",
            f"The header must name: {', '.join(names)}. It names: {', '.join(self.columns)}.",
        )

    def _error(self, line_number: int, found: str, remedy: str) -> WorkFailedError:
        """Return the refusal of the whole file."""
        return WorkFailedError(f"{self.path}, line {line_number}: {found}", remedy)


def _unstorable(text: str) -> str | None:
    """Say what keeps a text out of PostgreSQL, or None."""
    if "\x00" in text:
        return "holds a NUL character"
    if any("\udc80" <= character <= "\udcff" for character in text):
        return "is not valid UTF-8"
    return None


def _storable(text: str) -> str:
    r"""Return the text with NULs and bytes that are not UTF-8 as escapes such as \x00 and \xe9."""
    data = text.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
