"""Forecasts of the demand of a product a second time, as the recursions of the papers: plain loops, sharing nothing with db/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SMOOTHING = (0.05, 0.1, 0.2)
PLAIN = "Mean of 12 weeks"


@dataclass(frozen=True)
class Forecast:
    """What is known of a product at an origin, what each method expects of a week, and the units of the four weeks that came."""

    weeks: int
    kind: str
    scale: float
    expected: dict[str, float]
    came: float | None


def smooth(values: Sequence[float], constant: float, *, starts_with_first: bool = False) -> float:
    """Return the level after the last value: level += gain * (value - level), Brown (1956).

    The gain of the nth value is constant / (1 - (1 - constant)^n), under which the level is a weighted mean from the first on;
    starts_with_first: the level is the first value and the gain the constant, as papers have it.
    """
    level = values[0]
    for number, value in enumerate(values, 1):
        gain = constant if starts_with_first else constant / (1 - (1 - constant) ** number)
        level += gain * (value - level)
    return level


def expectations(weeks: Sequence[float]) -> dict[str, float]:
    """Return what each method expects of the week after these, of which the first has a sale."""
    sales = [(week, units) for week, units in enumerate(weeks) if units > 0]
    sizes = [units for _, units in sales]
    gaps = [float(later[0] - sooner[0]) for sooner, later in pairwise(sales)] or [float(len(weeks))]
    chances = [float(units > 0) for units in weeks]
    last = list(weeks[-12:])
    found = {PLAIN: sum(last) / len(last), "Mean of 4 weeks": sum(weeks[-4:]) / 4}
    for constant in SMOOTHING:
        size = smooth(sizes, constant)
        found[f"Smoothing {constant}"] = smooth(weeks, constant)
        found[f"Croston {constant}"] = size / smooth(gaps, constant)
        found[f"SBA {constant}"] = (1 - constant / 2) * size / smooth(gaps, constant)
        found[f"TSB {constant}"] = size * smooth(chances, constant)
    return found


def kind(weeks: Sequence[float]) -> str:
    """Return the class of demand of Syntetos, Boylan & Croston (2005)."""
    sizes = [units for units in weeks if units > 0]
    mean = sum(sizes) / len(sizes)
    variance = sum((size - mean) ** 2 for size in sizes) / max(len(sizes) - 1, 1)
    is_far_apart, is_variable = len(weeks) / len(sizes) >= 1.32, variance / mean**2 >= 0.49
    return {(0, 0): "Smooth", (0, 1): "Erratic", (1, 0): "Intermittent", (1, 1): "Lumpy"}[is_far_apart, is_variable]


def forecast(weeks: Sequence[float], origin: int, min_weeks: int = 13, dead_weeks: int = 25) -> Forecast | None:
    """Return the forecast from 4 * origin weeks before the last one; None: too young, or no sale for more than dead_weeks."""
    known = list(weeks[: max(len(weeks) - 4 * origin, 0)])
    while known and known[0] == 0:
        known.pop(0)
    if len(known) < min_weeks or not any(known[-dead_weeks - 1 :]):
        return None
    steps = [(later - sooner) ** 2 for sooner, later in pairwise(known)]
    came = sum(weeks[len(weeks) - 4 * origin :][:4]) if origin else None
    return Forecast(len(known), kind(known), sum(steps) / len(steps), expectations(known), came)
