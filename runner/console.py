"""What is printed: data to stdout, everything else to stderr; colour and bars only on a terminal."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runner.errors import PipelineError
from runner.load import Progress as LoadProgress
from runner.refresh import Progress as RefreshProgress

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)
err.soft_wrap = not err.is_terminal  # a terminal breaks lines anywhere: there, break them between words

Rows = Sequence[dict[str, Any]]

_LONGEST_NAME = 40  # a name up to this long is never broken
_STYLES = {
    "succeeded": "green",
    "done": "green",
    "OK": "green",
    "pass": "green",
    "failed": "red",
    "FAIL": "red",
    "fail": "red",
    "abandoned": "red",
    "warn": "yellow",
    "WARN": "yellow",
    "skipped": "yellow",
    "refused": "yellow",
    "superseded": "yellow",
}


def plain(value: Any) -> str:
    """Return a value as a person reads it: thousands separated, seconds of times cut, empty for None."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return f"{value:,}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
    return str(value)


def as_json(value: Any) -> None:
    """Print a value as JSON to stdout. Decimals become strings, so that no cent is lost; dates are ISO 8601."""

    def default(item: Any) -> str:
        return item.isoformat() if isinstance(item, date | datetime) else str(item)

    out.out(json.dumps(value, default=default, ensure_ascii=False, indent=2))


def heading(text: str, *, is_first: bool = False) -> None:
    """Print a heading to stdout, with a line before it unless it is the first."""
    out.print(("" if is_first else "\n") + escape(text), style="bold")


def paragraph(text: str) -> None:
    """Print a text to stdout, indented and broken into lines of at most 80 characters; nothing for an empty one."""
    for line in textwrap.wrap(text, 80, initial_indent="  ", subsequent_indent="  "):
        out.out(line)


def table(rows: Rows, columns: dict[str, str]) -> None:
    """Print rows as a table to stdout; on a terminal, and there alone, sentences are folded. columns: key → heading."""
    view = Table(box=None, pad_edge=False, header_style="bold", show_edge=False, show_header=any(columns.values()))
    for key, heading in columns.items():
        values = [row[key] for row in rows]
        is_number = any(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in values)
        is_whole = is_number or all(len(text) <= _LONGEST_NAME and " " not in text for text in map(plain, values))
        view.add_column(heading, justify="right" if is_number else "left", overflow="fold", no_wrap=is_whole)
    for row in rows:
        view.add_row(*(_cell(row[key]) for key in columns))
    if out.is_terminal:
        out.print(view, soft_wrap=False)
        return
    wide = Console(highlight=False, width=10_000)
    with wide.capture() as captured:
        wide.print(view)
    for line in captured.get().splitlines():
        out.out(line.rstrip())


def _cell(value: Any) -> str:
    """Return a table cell, coloured when the word means something."""
    text = escape(plain(value))
    style = _STYLES.get(value) if isinstance(value, str) else None
    return f"[{style}]{text}[/{style}]" if style else text


def line(text: str) -> None:
    """Print a line to stdout; a terminal shows it broken between words."""
    out.print(escape(text), soft_wrap=not out.is_terminal)


def say(text: str, style: str | None = None) -> None:
    """Print a message to stderr."""
    err.print(escape(text), style=style)


def error(problem: PipelineError) -> None:
    """Print an error to stderr: what and where, a fact, the remedy."""
    err.print(f"[bold red]error:[/bold red] {escape(problem.message)}")
    for line in (problem.detail or "").splitlines()[:3]:
        err.print(f"  {escape(line)}")
    if problem.remedy:
        err.print(f"  [bold]→[/bold] {escape(problem.remedy)}")


@contextmanager
def load_progress() -> Iterator[LoadProgress]:
    """Yield a callback that shows a bar for each file on a terminal, and one line for each finished file elsewhere."""
    if not err.is_terminal:
        started = time.monotonic()

        def tell(name: str, done: int, size: int, lines: int) -> None:
            if done == size:
                say(f"{name}: {size:,} bytes, {lines:,} lines read after {time.monotonic() - started:.1f} s")

        yield tell
        return
    from rich import progress  # noqa: PLC0415 - it takes long to import, and only terminals need it

    with progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(),
        console=err,
    ) as bars:
        tasks: dict[str, Any] = {}

        def show(name: str, done: int, size: int, lines: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=size, rate=""), time.monotonic()
            task, started = tasks[name]
            seconds = time.monotonic() - started
            rate = f"{lines / seconds:,.0f} lines/s" if seconds > 0.1 else ""
            bars.update(task, completed=done, rate=rate)

        yield show


@contextmanager
def refresh_progress() -> Iterator[RefreshProgress]:
    """Yield a callback that shows a bar with the step of a run on a terminal, and nothing elsewhere."""
    if not err.is_terminal:
        yield lambda *_: None
        return
    from rich import progress  # noqa: PLC0415 - as above

    with progress.Progress(
        progress.BarColumn(),
        progress.TextColumn("{task.completed}/{task.total}"),
        progress.TextColumn("{task.description}"),
        progress.TimeElapsedColumn(),
        console=err,
        transient=True,
    ) as bars:
        task = bars.add_task("waiting", total=1)
        yield lambda number, count, name: bars.update(task, completed=number - 1, total=count, description=name)
