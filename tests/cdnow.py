"""The sample of CDNOW's customers that the literature on BG/NBD and Gamma-Gamma publishes its results for.

It stands in the wheel of lifetimes, which is downloaded once, without its dependencies, into the user's cache folder: the data
are not ours to publish.
"""

from __future__ import annotations

import subprocess
from datetime import date
from decimal import Decimal

import pytest

from benchmarks import public

END = date(1997, 9, 30)  # of the 39 weeks that the papers fit

# Fader, Hardie & Lee (2005), table 2; Fader & Hardie (2013), section 4.
PUBLISHED_PURCHASES = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
PUBLISHED_LIKELIHOOD = -9582.4
PUBLISHED_VALUE = {"p": 6.25, "q": 3.74, "v": 15.44}


def purchases() -> list[tuple[str, date, Decimal]]:
    """Return (customer, day, amount) of each purchase, or skip the test without a network."""
    try:
        wheel = public.wheel(public.LIFETIMES)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(
            f"needs CDNOW's sample, which pip could not download: {str(error.stderr).strip().splitlines()[-1:]}"
        )
    with wheel:
        lines = wheel.read("lifetimes/datasets/CDNOW_sample.txt").decode().splitlines()
    rows = [line.split() for line in lines if line.strip()]
    return [(row[1], date.fromisoformat(row[2]), Decimal(row[4])) for row in rows]
