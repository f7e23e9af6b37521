"""A corpus of files with a single fault or oddity each, and what a load must say. Run: python -m tests.corpus DIR writes them.

Each case is one file of the small shop in tests/shop.py with one thing changed; the expected verdicts are written by hand.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import zstandard

from tests import shop

LOADED, REFUSED, WHOLE = "loaded", "refused", "whole"


@dataclass(frozen=True)
class Case:
    """A file and its verdict: all rows loaded; the last row refused, or the whole file, with words of the reason."""

    name: str
    table: str
    data: bytes
    verdict: str
    says: str = ""
    ending: str = ".csv"


# Column, value as it stands in the file, reason. The row is the last of its file.
BAD_VALUES: dict[str, list[tuple[str, str, str]]] = {
    "customers": [
        ("customer_id", "", "is empty"),
        ("customer_id", "   ", "is empty"),
        ("registration_date", "01.02.2024", "--date-format"),
        ("registration_date", "02/01/2024", "not an ISO 8601"),
        ("registration_date", "2024-2-1", "not an ISO 8601"),
        ("registration_date", "20240201", "not an ISO 8601"),
        ("registration_date", "2024-02-30", "not a day of the calendar"),
        ("registration_date", "2023-02-29", "not a day of the calendar"),
        ("registration_date", "1900-02-29", "not in the years"),
        ("registration_date", "2024-13-01", "not an ISO 8601"),
        ("registration_date", "0000-01-01", "not in the years"),
        ("registration_date", "1989-12-31", "not in the years"),
        ("registration_date", "2100-01-01", "not in the years"),
        ("registration_date", "2024-01-01 BC", "not an ISO 8601"),
        ("registration_date", "now", "not an ISO 8601"),
        ("registration_date", "today", "not an ISO 8601"),
        ("registration_date", "infinity", "not an ISO 8601"),
        ("registration_date", "epoch", "not an ISO 8601"),
        ("registration_date", "1704067200", "not an ISO 8601"),
        ("registration_date", "45292", "not an ISO 8601"),
        ("registration_date", "2024-W05-1", "not an ISO 8601"),
        ("registration_date", "NULL", "not an ISO 8601"),
        ("registration_date", "\\N", "not an ISO 8601"),
    ],
    "products": [
        ("price", "", "is empty"),
        ("price", '""', "is empty"),
        ("price", "-1", "is negative"),
        ("price", "-0.01", "is negative"),
        ("price", "1e3", "plain decimal"),
        ("price", "1E3", "plain decimal"),
        ("price", "0x1F4", "plain decimal"),
        ("price", "0b11", "plain decimal"),
        ("price", "0o17", "plain decimal"),
        ("price", "1_000", "plain decimal"),
        ("price", '"1,000.00"', "plain decimal"),
        ("price", '"1.000,00"', "plain decimal"),
        ("price", '"12,50"', "plain decimal"),
        ("price", "1 000", "plain decimal"),
        ("price", "$5", "plain decimal"),
        ("price", "5 EUR", "plain decimal"),
        ("price", "€5", "plain decimal"),
        ("price", "(5.00)", "plain decimal"),
        ("price", "5-", "plain decimal"),
        ("price", "NaN", "plain decimal"),
        ("price", "Infinity", "plain decimal"),
        ("price", "-inf", "plain decimal"),
        ("price", "٣", "plain decimal"),
        ("price", "\uff15", "plain decimal"),
        ("price", ".", "plain decimal"),
        ("price", "1.2.3", "plain decimal"),
        ("price", "--1", "plain decimal"),
        ("price", "#REF!", "plain decimal"),
        ("price", "=1+1", "plain decimal"),
        ("price", "true", "plain decimal"),
        ("price", "1000000000000", "too large"),
        ("price", "999999999999.995", "too large"),
        ("price", "9" * 70, "too large"),
        ("cost", "free", "plain decimal"),
        ("cost", "-2", "is negative"),
    ],
    "orders": [
        ("order_id", "", "is empty"),
        ("customer_id", "C9", "is not in customers"),
        ("customer_id", "c1", "is not in customers"),
        ("customer_id", "1.0248E+04", "a spreadsheet"),
        ("customer_id", "10248.0", "a spreadsheet"),
        ("order_date", "", "is empty"),
        ("order_date", "2024-03-01 24:00", "not an ISO 8601"),
        ("order_date", "2024-03-01T10:60:00", "not an ISO 8601"),
        ("order_date", "2024-03-01 10:00:60", "not an ISO 8601"),
        ("order_date", "2024-03-01 10", "not an ISO 8601"),
        ("order_date", "2024-03-01 10:00 PST", "not an ISO 8601"),
        ("order_date", "2024-03-01 10:00 +25:00", "not an ISO 8601"),
        ("order_date", "2024-03-01 10:00 am", "not an ISO 8601"),
        ("order_date", "Fri Mar 1 2024", "not an ISO 8601"),
        ("order_date", "yesterday", "not an ISO 8601"),
        ("order_date", "2024-04-31 10:00", "not a day of the calendar"),
        ("status", "", "is empty"),
        ("total_amount", "", "is empty"),
        ("total_amount", "12,50", "has 6 values for 5 columns"),
    ],
    "order_items": [
        ("order_item_id", "", "is empty"),
        ("order_id", "O9", "is not in orders"),
        ("order_id", "", "is empty"),
        ("product_id", "P9", "is not in products"),
        ("quantity", "", "is empty"),
        ("quantity", "0", "is zero"),
        ("quantity", "00", "is zero"),
        ("quantity", "-1", "whole number"),
        ("quantity", "1.5", "whole number"),
        ("quantity", "1.0", "whole number"),
        ("quantity", "1e2", "whole number"),
        ("quantity", "one", "whole number"),
        ("quantity", "9999999999", "too large"),
        ("quantity", "0x10", "whole number"),
        ("total_amount", "-0.01", "is negative"),
    ],
}

# Column and value of the last row: kept as it is.
GOOD_VALUES: dict[str, list[tuple[str, str]]] = {
    "customers": [
        ("customer_id", "00042"),
        ("customer_id", "4f6c1c9e-0000-4000-8000-000000000000"),
        ("customer_id", "C 1"),
        ("customer_id", "ключ"),
        ("first_name", '"O""Neill"'),
        ("first_name", '"Ada, the first"'),
        ("first_name", '"two\nlines"'),
        ("first_name", '"two\r\nlines, and ""quotes"""'),
        ("first_name", "\u202eadA"),
        ("first_name", "A\u200bda"),
        ("first_name", "👩🏽\u200d🚀"),
        ("first_name", "<b>&amp;</b>"),
        ("first_name", "=CMD()"),
        ("first_name", "\\."),
        ("first_name", '"\\."'),
        ("first_name", "\\N"),
        ("first_name", "NULL"),
        ("first_name", "'; DROP TABLE staging.customers; --"),
        ("first_name", "%s {0} $1"),
        ("first_name", "a\tb"),
        ("first_name", "\x7f"),
        ("first_name", ""),
        ("registration_date", ""),
        ("registration_date", "2024-02-29"),
        ("registration_date", "2000-02-29"),
        ("registration_date", '"2024-02-29"'),
        ("registration_date", "2024-02-29T23:59:59Z"),
    ],
    "products": [
        ("price", "0"),
        ("price", "0.00"),
        ("price", "-0.00"),
        ("price", "+5"),
        ("price", "5."),
        ("price", ".5"),
        ("price", " 5 "),
        ("price", '"5.00"'),
        ("price", "007"),
        ("price", "2.345"),
        ("price", "2.3449999"),
        ("price", "999999999999.99"),
        ("cost", ""),
        ("product_name", "\u00a0Tea\u00a0"),
        ("product_name", "Té 茶"),
        ("product_name", " Tea  for  two "),
    ],
    "orders": [
        ("customer_id", ""),
        ("order_date", "2024-03-01"),
        ("order_date", "2024-03-01T10:00"),
        ("order_date", "2024-03-01 10:00:00.123456"),
        ("order_date", "2024-03-01T10:00:00Z"),
        ("order_date", "2024-03-01 10:00:00 +0200"),
        ("order_date", "2024-03-01T10:00:00-03:30"),
        ("status", " Completed "),
        ("status", "canceled"),
        ("status", "complete"),
        ("status", "completely"),
        ("status", "On Hold"),
        ("status", "teleported"),
    ],
    "order_items": [("quantity", "+2"), ("quantity", "002"), ("quantity", '"2"'), ("quantity", "999999999")],
}


def cases() -> Iterator[Case]:
    """Yield every case."""
    for verdict, values in ((REFUSED, BAD_VALUES), (LOADED, GOOD_VALUES)):
        for table, changes in values.items():
            for number, (column, value, *says) in enumerate(changes, 1):
                name = f"{table}-{column}-{verdict}-{number:02d}"
                yield Case(name, table, _with_value(table, column, value), verdict, *says)
    yield from _shapes()


def _with_value(table: str, column: str, value: str) -> bytes:
    """Return the file of a table, with one more row that has a value in a column."""
    names = shop.HEADERS[table].split(",")
    fields = dict(zip(names, shop.ROWS[table][0].split(","), strict=True)) | {names[0]: "NEW", column: value}
    return _file(table, [*shop.ROWS[table], ",".join(fields.values())])


def _file(table: str, rows: list[str]) -> bytes:
    """Return the file of a table with some rows."""
    return ("\n".join([shop.HEADERS[table], *rows]) + "\n").encode()


def _shapes() -> Iterator[Case]:
    """Yield the cases that are about the file as a whole."""
    table, rows = "products", shop.ROWS["products"]
    plain, header = _file(table, rows), shop.HEADERS[table]
    accented = _file(table, [*rows, "P3,Thé,Food,4.00,1.00"])
    wrong = {
        "empty": (b"", "is empty"),
        "blank lines only": (b"\n\n \n", "is empty"),
        "column missing": (plain.replace(b",cost\n", b",kost\n"), "column cost is missing"),
        "no header": (plain.split(b"\n", 1)[1], "are missing"),
        "column twice": (plain.replace(b",cost\n", b",cost,COST\n"), "stands twice"),
        "semicolons": (plain.replace(b",", b";"), "separated by semicolons"),
        "tabs": (plain.replace(b",", b"\t"), "separated by tabs"),
        "bars": (plain.replace(b",", b"|"), "separated by bars"),
        "utf-16": (plain.decode().encode("utf-16"), "UTF-16"),
        "utf-16 without a mark": (plain.decode().encode("utf-16-le"), "UTF-16"),
        "latin-1": (_file(table, [*rows, *["P9,Thé,Food,4.00,1.00"] * 3]).decode().encode("latin-1"), "is not UTF-8"),
        "header in latin-1": (plain.replace(b",cost\n", b",cost,\xe9\n"), "header is not UTF-8"),
        "open quote": (plain + b'P3,"Tea,Food,1,1\nP4,Tea,Food,1,1\n', "line 4: a quoted value begins"),
        "open quote in the header": (b'"' + plain, "header cannot be read"),
        "gzip without its name": (gzip.compress(plain), "is compressed"),
        "zstd without its name": (zstandard.compress(plain), "is compressed"),
        "zip": (b"PK\x03\x04" + plain, "is compressed"),
        "old Mac line ends": (plain.replace(b"\n", b"\r"), "header cannot be read"),
    }
    for name, (data, says) in wrong.items():
        yield Case(name, table, data, WHOLE, says)
    yield Case("damaged gzip", table, gzip.compress(plain)[:-9], WHOLE, "is damaged", ".csv.gz")
    yield Case("damaged zstd", table, zstandard.compress(plain)[:-4] + b"xxxx", WHOLE, "is damaged", ".csv.zst")
    yield Case("gzip that is none", table, plain, WHOLE, "is damaged", ".csv.gz")

    reordered = "\n".join(",".join(reversed(line.split(","))) for line in [header, *rows]) + "\n"
    right = {
        "as it is": plain,
        "byte order mark": b"\xef\xbb\xbf" + plain,
        "CRLF": plain.replace(b"\n", b"\r\n"),
        "mixed line ends": plain.replace(b"\n", b"\r\n", 2),
        "no last newline": plain.rstrip(b"\n"),
        "blank lines": plain.replace(b"\n", b"\n\n"),
        "lines of blanks": plain.replace(b"\n", b"\n  \n"),
        "reordered columns": reordered.encode(),
        "header in capitals": plain.replace(header.encode(), header.upper().encode()),
        "blanks in the header": plain.replace(header.encode(), header.replace(",", " , ").encode()),
        "quoted header": plain.replace(header.encode(), ",".join(f'"{name}"' for name in header.split(",")).encode()),
        "everything quoted": "".join(
            ",".join(f'"{value}"' for value in line.split(",")) + "\n" for line in [header, *rows]
        ).encode(),
        "column that is not known": b"".join(line + b",x\n" for line in plain.splitlines()),
        "quoted column that is not known": b"".join(
            line + (b',"a, ""b"""\n' if number else b",note\n") for number, line in enumerate(plain.splitlines())
        ),
        "accents": accented,
        "no rows": header.encode() + b"\n",
    }
    for name, data in right.items():
        yield Case(name, table, data, LOADED)
    yield Case("gzip", table, gzip.compress(accented), LOADED, ending=".csv.gz")
    yield Case("zstd", table, zstandard.compress(accented), LOADED, ending=".csv.zst")
    bad_rows = {
        "too few values": (b"P3,Tea\n", "has 2 values for 5 columns"),
        "too many values": (b"P3,Tea,Food,1,1,1\n", "has 6 values for 5 columns"),
        "quote behind a quoted value": (b'P3,"Te"a,Food,1,1\n', "cannot be split"),
        "NUL": (b"P3,T\x00ea,Food,1,1\n", "holds a NUL"),
        "broken UTF-8": (b"P3,T\xe9a,Food,1,1\n", "is not valid UTF-8"),
        "overlong UTF-8": (b"P3,T\xc0\xafa,Food,1,1\n", "is not valid UTF-8"),
        "surrogate in UTF-8": (b"P3,T\xed\xa0\x80a,Food,1,1\n", "is not valid UTF-8"),
        "lone backslash and full stop": (b"\\.\n", "has 1 values for 5 columns"),
        "lone carriage return": (b"P3,T\rea,Food,1,1\n", "cannot be split"),
        "second header": (header.encode() + b"\n", "plain decimal"),
    }
    for name, (row, says) in bad_rows.items():
        yield Case(name, table, plain + row, REFUSED, says)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases():
        (folder / f"{case.name.replace(' ', '-')}.{case.table}{case.ending}").write_bytes(case.data)
