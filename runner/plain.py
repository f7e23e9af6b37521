"""What a plain line of a CSV file is: one that COPY takes as it is and means the same as our rules do.

A pattern over bytes proves whole runs of lines at once, at about 100 MB a second; what it does not match is read value by
value. So the pattern may be strict, but must never match a line that the rules refuse or change. Only single characters are
repeated possessively (``++``): before Python 3.11.5 a possessive group may match what it must not.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_AMOUNT = rb"[0-9]{1,12}(?:\.[0-9]{1,2})?"
_QUANTITY = rb"[1-9][0-9]{0,8}"
_COUNT = rb"[0-9]{1,9}"
_CURRENCY = rb"[A-Z]{3}"
_MONTH_DAY = (
    rb"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    rb"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = rb"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_BLANKS_OF_UNICODE = (b"\xc2\xa0", b"\xef\xbb\xbf")


@dataclass(frozen=True)
class Column:
    """A column that a file must or may have, a row of config.input_column.

    kind: what its values must be. is_required: an empty value is refused; has_default: or gets another.
    is_optional: the file need not have it.
    """

    name: str
    kind: str
    is_required: bool
    is_key: bool
    is_optional: bool = False
    has_default: bool = False


@dataclass(frozen=True)
class Rules:
    """What the shop's settings say about values: the years of dates, and other spellings of statuses."""

    first_year: int
    last_year: int
    aliases: Sequence[str]


class PlainLines:
    """Finds and prepares plain lines of a file.

    header: the file's columns in their order; None for one that is to be ignored. delimiter: one byte.
    is_final: nothing comes after COPY, so that a value which the merge replaces is not plain.
    """

    def __init__(
        self, header: Sequence[Column | None], rules: Rules, delimiter: bytes = b",", *, is_final: bool = False
    ) -> None:
        self._has_ignored = None in header
        fields = [_field(column, rules, delimiter, is_final=is_final) for column in header]
        separator = re.escape(delimiter)
        self._run = re.compile(rb"(?:" + separator.join(fields) + rb"\r?\n)*")
        kept = [rb"(?:" + field + rb")" if column is None else rb"(" + field + rb")"
                for field, column in zip(fields, header, strict=True)]  # fmt: skip
        self._line = re.compile(separator.join(kept) + rb"\r?\n")
        count = sum(column is not None for column in header)
        self._template = delimiter.join(b"\\g<%d>" % number for number in range(1, count + 1)) + b"\n"
        self.stand_in = delimiter * (count - 1) + b"\n"

    def end_of_run(self, data: bytes | bytearray, start: int, end: int) -> int:
        """Return where the plain lines that begin at start end."""
        match = self._run.match(data, start, end)
        return match.end() if match else start

    def prepared(self, lines: bytes) -> bytes | None:
        """Return plain lines as COPY takes them, or None when they are not plain after all."""
        if not lines.isascii():
            if any(blank in lines for blank in _BLANKS_OF_UNICODE):
                return None
            try:
                lines.decode()
            except UnicodeDecodeError:
                return None
        if self._has_ignored:
            return self._line.sub(self._template, lines)
        return lines.replace(b"\r\n", b"\n") if b"\r" in lines else lines


def _field(column: Column | None, rules: Rules, delimiter: bytes, *, is_final: bool) -> bytes:
    """Return the pattern of a field, quoted or not."""
    quoted = _words(rb'[^\x00-\x20"]')
    unquoted = _words(rb'[^\x00-\x20"' + re.escape(delimiter) + rb"]")
    if column is None:
        return rb"(?:" + unquoted + rb'|"' + quoted + rb'")?'
    same_in_quotes = {
        "money": _AMOUNT,
        "quantity": _QUANTITY,
        "count": _COUNT,
        "currency": _CURRENCY,
        "date": _date(rules),
        "timestamp": _date(rules) + rb"(?:[ T]" + _TIME + rb")?",
        "status": _status(rules.aliases, delimiter),
    }.get(column.kind)
    if is_final and column.kind == "currency":
        return b""
    value = rb"(?:" + (same_in_quotes or unquoted) + rb'|"' + (same_in_quotes or quoted) + rb'")'
    may_be_empty = not is_final if column.has_default else not column.is_required
    return value + rb"?" if may_be_empty else value


def _words(character: bytes) -> bytes:
    """Return the pattern of words with blanks between them, none at the ends."""
    return character + rb"++(?: ++" + character + rb"++)*"


def _status(aliases: Iterable[str], delimiter: bytes) -> bytes:
    """Return the pattern of a status in lower case that has no other name."""
    others = b"|".join(re.escape(alias.encode()) for alias in aliases)
    apart = rb"(?!(?:" + others + rb')["\r\n' + re.escape(delimiter) + rb"])" if others else b""
    return apart + rb"[a-z_]++"


def _date(rules: Rules) -> bytes:
    """Return the pattern of the days in the years that the shop's settings allow."""
    years = range(rules.first_year, rules.last_year + 1)
    leap_years = [year for year in years if isleap(year)]
    leap_day = b"|" + _years(leap_years) + rb"-02-29" if leap_years else b""
    return rb"(?:" + _years(years) + rb"-" + _MONTH_DAY + leap_day + rb")"


def _years(years: Iterable[int]) -> bytes:
    """Return the pattern of some years: those of a decade by their last digit, decades with the same digits together."""
    digits: dict[int, bytes] = {}
    for year in years:
        digits[year // 10] = digits.get(year // 10, b"") + b"%d" % (year % 10)
    decades: dict[bytes, list[bytes]] = {}
    for decade, last in digits.items():
        decades.setdefault(last, []).append(b"%03d" % decade)
    return rb"(?:" + b"|".join(rb"(?:%s)[%s]" % (b"|".join(names), last) for last, names in decades.items()) + rb")"
