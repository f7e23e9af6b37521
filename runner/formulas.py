"""Keeps spreadsheets from taking texts of a CSV file for formulas, in a way that can be taken back.

What a cell may begin with is looked for in the text of a row, not in its values: rows that were refused often cannot be split,
and a spreadsheet may split them elsewhere than we do. One function adds a quote wherever the other takes one, so nothing is lost.
"""

from __future__ import annotations

import re
from functools import cache

MARK = "rejected_form"  # the column that says that a file was written by defused()
MARKED = "defused"  # its value

_SIGNS = "=+-@\t\r"
_BREAKS = ",;\t\r\n"  # whatever the file's own delimiter is: a spreadsheet may have another one


def defused(row: str, delimiter: str) -> str:
    """Return the text of a row with a quote (') before each cell that begins with =, +, -, @, tab or CR."""
    return _starts(delimiter)[0].sub(r"\1'", row)


def restored(row: str, delimiter: str) -> str:
    """Return the text that defused() was given; what was written without its quote since then stays as it is."""
    return _starts(delimiter)[1].sub(r"\1", row)


def is_marked(columns: list[str]) -> bool:
    """Tell by the columns of a file whether defused() wrote it."""
    return any(name == MARK or name.startswith(f"{MARK}_") for name in columns)


@cache
def _starts(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds where a quote is to be put, and the quotes that were."""
    start = rf'((?:^|[{re.escape(_BREAKS + delimiter)}])[" ]*)'
    sign = f"[{re.escape(_SIGNS.replace(delimiter, ''))}]"
    return re.compile(rf"{start}(?='*{sign})"), re.compile(rf"{start}'(?='*{sign})")
