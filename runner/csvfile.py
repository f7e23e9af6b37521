"""Reads CSV files: runs of plain lines as bytes, every other row by itself, and never loses track of the physical line."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import zstandard

from runner import formulas
from runner.errors import WorkFailedError
from runner.plain import Column, PlainLines, Rules

BLANKS = " \t\n\r\v\f\u00a0\ufeff"
ENDINGS = (".csv", ".csv.gz", ".csv.zst")

_BLOCK = 2**16  # small enough for the server to be busy while the next block is looked at
_LONGEST_ROW = 2**24
_UNREADABLE_ROWS = 3  # from here on, without one readable accent in the file, it is not UTF-8 at all

_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".zst": lambda file, _: _unzstd(file.open("rb"))}

csv.field_size_limit(2**27)


@dataclass(frozen=True)
class Row:
    """A row that is not proven plain.

    line_number: the physical line on which it begins; the header is on line 1.
    raw_text: the row as it stands in the file, without its line break; NULs and bytes that are not UTF-8 as escapes.
    fields: the values of the header's columns. fault: what is wrong with the row as a whole, or None; with a fault, fields holds
    just the values that are certain, None for the others.
    """

    line_number: int
    raw_text: str
    fields: list[str | None]
    fault: str | None


class CsvFile:
    """An open CSV file: its header, then its rows.

    columns: names of the header, trimmed and in lower case. header: the line itself. first_line: the line after it. Of a file
    that "runner rejects" wrote, all texts are as they were before it defused them.
    stand_in_count: the empty rows that scan() has yielded. After the rows are read,
    line_count, byte_count and sha256 are those of the whole file, as it is stored. Raises WorkFailedError for faults of the
    file as a whole.
    """

    def __init__(self, path: Path, stream: BinaryIO, encoding: str = "utf-8", delimiter: str = ",") -> None:
        self.path = path
        self.byte_count = 0
        self.line_count = 0
        self.stand_in_count = 0
        self.delimiter = delimiter
        self._hash = hashlib.sha256()
        self._blocks = self._read(stream, encoding)
        self._buffer = b""
        self._position = 0
        self._doubtful_to = 0  # up to here, lines of the buffer are read one by one
        self._pending: list[str] = []
        self._unreadable: list[int] = []
        self._has_accents = False
        self._start = re.compile(rf'(?:"((?:[^"]|"")*)"|([^"\r\n]*?)){re.escape(delimiter)}')
        self._reader = csv.reader(self._lines(), strict=True, delimiter=delimiter)
        self._is_defused = False
        self.columns = self._read_header()
        self._width = len(self.columns)
        self.header = "".join(self._pending).rstrip("\r\n").removeprefix("\ufeff")
        if formulas.is_marked(self.columns):
            self._is_defused = True
            self.header = formulas.restored(self.header, delimiter)
            self.columns = [formulas.restored(name, delimiter) for name in self.columns]
        self.first_line = self.line_count + 1

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the bytes read so far."""
        return self._hash.hexdigest()

    def plain_lines(self, columns: Sequence[Column], rules: Rules, *, is_final: bool = False) -> PlainLines:
        """Return what finds the plain lines of this file, whose known columns are given."""
        known = {column.name: column for column in columns}
        return PlainLines([known.get(name) for name in self.columns], rules, self.delimiter.encode(), is_final=is_final)

    def scan(self, plain: PlainLines, *, prove: bool = True) -> Iterator[bytes | Row]:
        """Yield plain lines as COPY takes them, and every other row by itself after an empty row for each of its lines.

        prove: False takes no line for plain.
        """
        while self._fill():
            if prove and not self._is_defused and self._position >= self._doubtful_to:
                end = plain.end_of_run(self._buffer, self._position, self._end_of_lines())
                lines = self._buffer[self._position : end]
                prepared = plain.prepared(lines) if lines else None
                if prepared is not None:
                    self._has_accents = self._has_accents or not lines.isascii()
                    self._position = end
                    self.line_count += lines.count(b"\n")
                    yield prepared
                    continue
                self._doubtful_to = end
            before = self.line_count
            row = self._next_row()
            self.stand_in_count += self.line_count - before
            yield plain.stand_in * (self.line_count - before)
            if row is not None:
                yield row
        self._require_utf8()

    def _next_row(self) -> Row | None:
        """Read one row by itself; None for a blank line."""
        self._pending.clear()
        line_number = self.line_count + 1
        fault = None
        fields: list[str] = []
        try:
            fields = next(self._reader)
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise self.error(
                    line_number, "a quoted value begins here and does not end", 'Close the quote (").'
                ) from error
            fault = f"cannot be split into columns: {error}"
        raw_text = "".join(self._pending).rstrip("\r\n")
        if not fault and not (fields and raw_text.strip(BLANKS)):
            return None
        is_split = not fault and len(fields) == self._width
        if not fault and not is_split:
            fault = f"has {len(fields)} values for {self._width} columns"
        if not raw_text.isascii() or "\x00" in raw_text:
            fault = self._unstorable(raw_text, line_number) or fault
        certain: list[str | None] = list(fields) if is_split else self._first_alone(raw_text)
        if fault:
            certain = [field if field is not None and _storable(field) == field else None for field in certain]
        return Row(line_number, _storable(raw_text), certain, fault)

    def _first_alone(self, raw_text: str) -> list[str | None]:
        """Return the fields of a row that could not be split: what stands before the first delimiter is certain."""
        match = self._start.match(raw_text)
        first = match and (match[2] if match[1] is None else match[1].replace('""', '"'))
        return [first, *[None] * (self._width - 1)]

    def _unstorable(self, text: str, line_number: int) -> str | None:
        """Say what keeps a text out of PostgreSQL, or None."""
        if "\x00" in text:
            return "holds a NUL character"
        if any("\udc80" <= character <= "\udcff" for character in text):
            self._unreadable.append(line_number)
            return "is not valid UTF-8"
        self._has_accents = True
        return None

    def _require_utf8(self) -> None:
        """Refuse the file when not one accent of it is UTF-8."""
        if len(self._unreadable) >= _UNREADABLE_ROWS and not self._has_accents:
            raise self.error(
                self._unreadable[0],
                f"the file is not UTF-8: {len(self._unreadable)} rows cannot be read, none with an accent can",
                "Save it as UTF-8, or name its encoding: --encoding latin-1 or --encoding cp1252.",
            )

    # Lines and blocks

    def _read(self, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
        """Yield blocks of the file's text as UTF-8."""
        counted = _Counted(stream, self._count)
        start = stream.peek(4)[:4] if hasattr(stream, "peek") else b""
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
        if is_utf8 and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise self.error(1, "the file is UTF-16", "Save it as UTF-8, or say --encoding utf-16.")
        unpacked = self._unpacked(cast("BinaryIO", counted), start)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := unpacked.read(_BLOCK):
                yield block if is_utf8 else decoder.decode(block).encode()
            if not is_utf8:
                yield decoder.decode(b"", final=True).encode()
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
            raise self.error(None, f"the compressed file is damaged: {error}", "Make or send it again.") from error
        except UnicodeError as error:
            raise self.error(None, f"the file is not {encoding}: {error}", "Name the encoding that it has.") from error

    def _unpacked(self, stream: BinaryIO, start: bytes) -> BinaryIO:
        """Return the stream of the file's text; refuse one that is not what its name says."""
        if self.path.name.endswith(".gz"):
            return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
        if self.path.name.endswith(".zst"):
            return _unzstd(stream)
        for magic, kind in {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst", b"PK\x03\x04": ""}.items():
            if start.startswith(magic):
                remedy = f"Name it {self.path.name}{kind}." if kind else "Unpack it."
                raise self.error(1, "the file is compressed", remedy)
        return stream

    def _count(self, data: bytes) -> None:
        """Note bytes of the file as it is stored."""
        self._hash.update(data)
        self.byte_count += len(data)

    def _end_of_lines(self) -> int:
        """Return where the whole lines in the buffer end."""
        return self._buffer.rfind(b"\n") + 1

    def _fill(self) -> bool:
        """See that the buffer holds a whole line; return False at the end of the file."""
        if self._buffer.find(b"\n", self._position) >= 0:
            return True
        parts = [self._buffer[self._position :]]
        size = len(parts[0])
        for block in self._blocks:
            if self.line_count == 0 and not size:
                block = block.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901 - the same block
            parts.append(block)
            size += len(block)
            if b"\n" in block:
                break
            if size > _LONGEST_ROW:
                raise self.error(self.line_count + 1, "the line is longer than 16 MB", "See that it is a CSV file.")
        else:
            if not size:
                return False
            parts.append(b"\n")
        self._buffer, self._position, self._doubtful_to = b"".join(parts), 0, 0
        return True

    def _lines(self) -> Iterator[str]:
        """Yield one line after the other as text, noting each for raw_text."""
        while self._fill():
            end = self._buffer.index(b"\n", self._position) + 1
            line = self._buffer[self._position : end].decode("utf-8", "surrogateescape")
            self._position = end
            self.line_count += 1
            if self._is_defused:
                line = formulas.restored(line, self.delimiter)
            self._pending.append(line)
            if len(self._pending) > 1 and sum(map(len, self._pending)) > _LONGEST_ROW:
                first = self.line_count - len(self._pending) + 1
                raise self.error(
                    first, "a quoted value begins here and does not end within 16 MB", 'Close the quote (").'
                )
            yield line

    # The header

    def _read_header(self) -> list[str]:
        """Return the names of the columns, or refuse the file."""
        try:
            header = None
            for fields in self._reader:
                if any(name.strip(BLANKS) for name in fields):
                    header = fields
                    break
                self._pending.clear()
        except csv.Error as error:
            raise self.error(
                1, f"the header cannot be read: {error}", 'Separate columns by commas and quote by ".'
            ) from error
        if header is None:
            raise self.error(
                1, "the file is empty", "A header with the names of the columns must stand on the first line."
            )
        columns = [name.strip(BLANKS).lower() for name in header]
        if any("\x00" in name for name in columns):
            raise self.error(self.line_count, "the header holds NULs, as UTF-16 does", "Save it as UTF-8.")
        if any(_is_broken(name) for name in columns):
            raise self.error(self.line_count, "the header is not UTF-8", "Name its encoding: --encoding latin-1.")
        repeated = sorted({name for name in columns if columns.count(name) > 1})
        if repeated:
            raise self.error(
                self.line_count, f"the column {repeated[0]!r} stands twice in the header", "Rename or remove one."
            )
        return columns

    def require(self, names: Sequence[str]) -> None:
        """Refuse the file when a column is missing."""
        missing = [name for name in names if name not in self.columns]
        if not missing:
            return
        header = self.columns[0] if len(self.columns) == 1 else ""
        for delimiter, word in {";": "semicolons", "\t": "tabs", "|": "bars"}.items():
            if delimiter in header:
                raise self.error(
                    1,
                    f"the columns are separated by {word}, not commas",
                    "Save the file with commas.",
                )
        raise self.error(
            1,
            f"the column {missing[0]} is missing"
            if len(missing) == 1
            else f"the columns {', '.join(missing)} are missing",
            f"The header must name: {', '.join(names)}. It names: {', '.join(self.columns)}.",
        )

    def error(self, line_number: int | None, found: str, remedy: str) -> WorkFailedError:
        """Return the refusal of the whole file."""
        where = f"{self.path}, line {line_number}" if line_number else str(self.path)
        return WorkFailedError(f"{where}: {found}", remedy)


class _Counted:
    """A stream that tells what is read from it."""

    def __init__(self, stream: BinaryIO, count: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._count = count

    def read(self, size: int = -1) -> bytes:
        """Read and tell."""
        data = self._stream.read(size)
        self._count(data)
        return data


def _unzstd(stream: BinaryIO) -> BinaryIO:
    """Return the stream of a zstd file's text, of all its frames."""
    return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True))


def lines_of(file: Path, encoding: str = "utf-8") -> Iterator[tuple[int, str]]:
    """Yield the physical lines of a file with their numbers, without their breaks. Nothing but LF ends a line."""
    with _OPENERS.get(file.suffix, open)(file, "rb") as stream:
        lines = io.TextIOWrapper(stream, encoding, "surrogateescape", newline="\n")
        for number, line in enumerate(lines, 1):
            text = line.removeprefix("\ufeff") if number == 1 else line
            yield number, _storable(text.rstrip("\r\n"))


def _is_broken(text: str) -> bool:
    """Tell whether bytes of a text were not UTF-8."""
    return any("\udc80" <= character <= "\udcff" for character in text)


def _storable(text: str) -> str:
    r"""Return the text with NULs and bytes that are not UTF-8 as escapes such as \x00 and \xe9."""
    if text.isascii() and "\x00" not in text:
        return text
    data = text.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
