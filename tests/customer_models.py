"""BG/NBD and Gamma-Gamma a second time, with scipy: written from the papers, sharing nothing with db/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special

Array = np.ndarray[Any, np.dtype[np.float64]]
Likelihood = Callable[[Array], float]


@dataclass(frozen=True)
class Fit:
    """Parameters in the order of the paper, and the log-likelihood there."""

    parameters: Array
    log_likelihood: float

    def named(self, names: str) -> dict[str, float]:
        """Return the parameters by name."""
        return dict(zip(names.split(), map(float, self.parameters), strict=True))


def purchase_likelihood(parameters: Array, x: Array, t_x: Array, age: Array) -> float:
    """Return the log-likelihood of BG/NBD: Fader, Hardie & Lee (2005), equation 6, by the beta function as printed."""
    r, alpha, a, b = parameters
    once = special.betaln(a, b + x) - special.betaln(a, b) - (r + x) * np.log(alpha + age)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = special.betaln(a + 1, b + x - 1) - special.betaln(a, b) - (r + x) * np.log(alpha + t_x)
    common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    return float(np.sum(common + np.where(x > 0, np.logaddexp(once, np.where(x > 0, left, 0)), once)))


def value_likelihood(parameters: Array, x: Array, value: Array) -> float:
    """Return the log-likelihood of Gamma-Gamma: Fader & Hardie (2013), equation 1a, by the beta function."""
    p, q, v = parameters
    return float(
        np.sum(
            -special.betaln(p * x, q)
            - np.log(value)
            + q * np.log(v / (v + x * value))
            + p * x * np.log(x * value / (v + x * value))
        )
    )


def maximize(likelihood: Likelihood, starts: list[list[float]]) -> Fit:
    """Return the best fit from several starts, by Nelder and Mead's method, begun anew until it moves no more."""
    found: list[tuple[float, Array]] = []

    def minus(logs: Array) -> float:
        return -likelihood(np.exp(logs))

    for start in starts:
        logs: Array = np.log(np.array(start))
        before = np.inf
        while True:
            result = optimize.minimize(
                minus,
                logs,
                method="Nelder-Mead",
                options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 5000, "maxfev": 10000},
            )
            logs = result.x
            if before - result.fun < 1e-8:
                break
            before = result.fun
        found.append((float(result.fun), logs))
    value, logs = min(found, key=lambda one: one[0])
    return Fit(np.exp(logs), -value)


def standard_errors(likelihood: Likelihood, parameters: Array) -> Array:
    """Return the standard errors of the parameters' logarithms, of the second derivatives by differences."""
    logs, step = np.log(parameters), 1e-3
    size = len(logs)
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            total = 0.0
            for one, other in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                where = logs.copy()
                where[i] += one * step
                where[j] += other * step
                total += one * other * likelihood(np.exp(where))
            hessian[i, j] = -total / (4 * step * step)
    result: Array = np.sqrt(np.diag(np.linalg.inv(hessian)))
    return result


def alive(parameters: Array, x: Array, t_x: Array, age: Array) -> Array:
    """Return P(alive): Fader, Hardie & Lee (2008), 1 without a repeat purchase."""
    r, alpha, a, b = parameters
    odds = a / np.where(x > 0, b + x - 1, 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    result: Array = np.where(x > 0, 1 / (1 + odds), 1.0)
    return result


def expected(parameters: Array, x: Array, t_x: Array, age: Array, ahead: float) -> Array:
    """Return E(Y(t)): Fader, Hardie & Lee (2005), equation 10, with scipy's 2F1."""
    r, alpha, a, b = parameters
    bracket = 1 - ((alpha + age) / (alpha + age + ahead)) ** (r + x) * special.hyp2f1(
        r + x, b + x, a + b + x - 1, ahead / (alpha + age + ahead)
    )
    result: Array = (a + b + x - 1) / (a - 1) * bracket * alive(parameters, x, t_x, age)
    return result


def simulate(
    seed: int, parameters: tuple[float, float, float, float], customers: int, weeks: int
) -> list[tuple[int, list[int]]]:
    """Return (first day, later purchase days) of customers who keep to BG/NBD's story, over so many weeks.

    Each begins in the first quarter. Between purchases time runs exponentially at the customer's own rate, and after each repeat
    purchase the customer leaves with its own chance. Days, not moments: two purchases on one day are one.
    """
    r, alpha, a, b = parameters
    dice = np.random.default_rng(seed)
    made = []
    for _ in range(customers):
        first = int(dice.integers(0, weeks * 7 // 4))
        rate, leaves = dice.gamma(r, 1 / alpha), dice.beta(a, b)
        time, days = float(first), []
        while True:
            time += 7 * dice.exponential(1 / rate)
            if time >= weeks * 7:
                break
            days.append(int(np.ceil(time)))
            if dice.random() < leaves:
                break
        made.append((first, sorted({day for day in days if day > first and day < weeks * 7})))
    return made
