"""The commands that look after the pipeline: parse, call one library function, print."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runner import backup as backups
from runner import console
from runner import lineage as lineages
from runner import maintain as maintaining
from runner.errors import ConfigurationError

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
    forgotten = maintaining.maintain(console.say)
    if json:
        console.as_json(forgotten)
        return
    for what, count in forgotten.items():
        console.out.out(f"{count:,} {what} forgotten")


def notify(
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay, and tell at once; also that the server does not answer.")
    ] = False,
) -> None:
    """Tell open alerts, and alerts that ended, by mail and webhook: each state of each alert once to each address.

    Whom, and by which mail server, is said by the environment: PIPELINE_MAIL_TO, PIPELINE_MAIL_FROM, PIPELINE_SMTP_URL,
    PIPELINE_SMTP_PASSWORD, PIPELINE_WEBHOOK_URL, PIPELINE_WEBHOOK_TOKEN. Exit 1 when somebody could not be told.

    Example: PIPELINE_MAIL_TO=ops@example.com PIPELINE_SMTP_URL=smtps://mail@smtp.example.com runner notify
    """
    from runner import notify as notifying  # noqa: PLC0415 - jinja2 and the mail library are only needed here

    if follow:
        notifying.follow(console.say)
    elif notifying.notify(console.say):
        raise typer.Exit(1)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; the manifest goes to FILE.manifest.json.")],
    json: AsJson = False,
) -> None:
    """Save the pipeline with its data, of one moment, in pg_dump's custom format; loads and refreshes may go on.

    Example: runner backup shop.dump
    """
    saved = backups.backup(file)
    if json:
        console.as_json(vars(saved))
        return
    console.out.out(str(saved.file))
    console.say(f"{saved.tables} tables, {saved.rows:,} rows, {saved.byte_count:,} bytes; manifest {saved.manifest}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What runner backup wrote, its manifest beside it.")],
    forgotten: Annotated[
        Path | None,
        typer.Option(
            "--forgotten",
            metavar="FILE",
            help="ops.forgotten_customer as CSV: forget these customers again.",
            exists=True,
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Restore a backup into an empty database, and prove it: every table by its digest, every view by counting again.

    Example: DATABASE_URL=postgresql://localhost/again runner restore shop.dump
    """
    run = backups.restore(file, console.say, forgotten)
    if json:
        console.as_json(vars(run))
        return
    console.say(f"restored; {len(run.assertions)} assertions hold; figures as of {run.run['as_of']}")


class LineageForm(StrEnum):
    """How lineage is printed."""

    TEXT = "text"
    MERMAID = "mermaid"
    JSON = "json"


def lineage(
    name: Annotated[str | None, typer.Argument(metavar="RELATION[.COLUMN]", help="With its schema.")] = None,
    row: Annotated[
        tuple[str, str] | None,
        typer.Option("--row", metavar="TABLE KEY", help="Name the file and line of a row of staging instead."),
    ] = None,
    form: Annotated[
        LineageForm, typer.Option("--format", metavar="FORM", help="text, mermaid, or json (OpenLineage).")
    ] = LineageForm.TEXT,
) -> None:
    """Show where a figure comes from, back to the columns of files; or a row of staging, to the line of a file.

    Example: runner lineage analytics.customer_metrics.total_revenue
    """
    if row is not None:
        origin = lineages.origin(*row)
        if form is LineageForm.JSON:
            console.as_json(origin)
        elif origin["load_id"] is None:
            console.out.out("no load wrote it as it stands: somebody else did; see ops.audit")
        else:
            console.out.out(
                f"{origin['folder']}/{origin['file_name']}:{origin['line_number']}"
                f" (load {origin['load_id']}, sha256 {origin['sha256']})"
            )
        return
    if name is None:
        raise ConfigurationError("nothing is named", "Name a view or a column of one, or a row with --row TABLE KEY.")
    traced = lineages.trace(name)
    if form is LineageForm.JSON:
        console.as_json(lineages.openlineage(traced))
    elif form is LineageForm.MERMAID:
        console.out.out(lineages.mermaid(traced))
    else:
        for line in lineages.lines(traced):
            console.out.out(line)


def add_to(app: typer.Typer, group: str) -> None:
    """Add these commands to the command line, in a group of its help."""
    app.command("maintain", rich_help_panel=group)(maintain)
    app.command("notify", rich_help_panel=group)(notify)
    app.command("backup", rich_help_panel=group)(backup)
    app.command("restore", rich_help_panel=group)(restore)
    app.command("lineage", rich_help_panel=group)(lineage)
