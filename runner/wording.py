"""How figures are worded for people: one way for the terminal and for the page. None is a dash."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

DASH = "–"  # noqa: RUF001 - for a figure that the shop does not have yet

Number = Decimal | int | None

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)
_UNITS = ((Decimal(10**9), " B"), (Decimal(10**6), " M"), (Decimal(10**3), " K"))


def count(value: Number) -> str:
    """Return a number with its thousands separated."""
    return DASH if value is None else f"{value:,}"


def percent(value: Number, places: int = 1) -> str:
    """Return a number of percent."""
    return DASH if value is None else f"{value:.{places}f} %"


def money(value: Number, currency: str, places: int = 2) -> str:
    """Return an amount with its currency (ISO 4217) in front."""
    if value is None:
        return DASH
    sign = _SIGNS.get(currency, f"{currency} ")
    return f"{'-' if value < 0 else ''}{sign}{abs(value):,.{places}f}"


def short_money(value: Number, currency: str) -> str:
    """Return an amount in three significant digits: $1.42 M, $737 K, $84."""
    if value is None:
        return DASH
    rounded = _THREE_DIGITS.create_decimal(value)
    divisor, unit = next(((size, unit) for size, unit in _UNITS if abs(rounded) >= size), (Decimal(1), ""))
    scaled = rounded / divisor
    places = 2 - scaled.adjusted() if unit else 0
    return money(scaled, currency, places) + unit


def signed_count(value: Number) -> str:
    """Return a change with its sign; nothing when it is not known."""
    return "" if value is None else f"{value:+,}"


def signed_percent(value: Number) -> str:
    """Return a change of percent with its sign; nothing when it is not known."""
    return "" if value is None else f"{value:+,.1f} %"


def day(value: date) -> str:
    """Return a date as people write it: 5 March 2024."""
    return f"{value.day} {value:%B %Y}"
