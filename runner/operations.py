"""The commands that look after the pipeline: parse, call one library function, print."""

from __future__ import annotations

from typing import Annotated

import typer

from runner import console
from runner import maintain as maintaining

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def maintain(
    check: Annotated[
        bool, typer.Option("--check", help="Instead count every figure again from staging; exit 1 if one differs.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Forget what is older than config.retention says, take statistics, vacuum. Once a week is enough.

    Example: runner maintain
    """
    if check:
        maintaining.check()
        console.say("every figure is what staging gives, and no assertion of severity error is broken")
        return
    forgotten = maintaining.maintain()
    if json:
        console.as_json(forgotten)
        return
    for what, count in forgotten.items():
        console.out.out(f"{count:,} {what} forgotten")


def add_to(app: typer.Typer, group: str) -> None:
    """Add these commands to the command line, in a group of its help."""
    app.command("maintain", rich_help_panel=group)(maintain)
