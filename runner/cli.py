"""The command line: parses, calls one library function, prints."""

from __future__ import annotations

import codecs
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from runner import check as checks
from runner import console, database, demo, doctor, install, openmetrics, operations, schedule, server, status, wording
from runner import load as loading
from runner import metrics as dictionary
from runner import models as predicting
from runner import refresh as refreshing
from runner.errors import ConfigurationError, PipelineError, WorkFailedError, from_system
from runner.mapping import Mapping

app = typer.Typer(
    name="runner",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="E-commerce analytics inside PostgreSQL: CSV files in, published analytics out.",
    epilog="The server is DATABASE_URL, or libpq's PG* variables, or an embedded one in .pgdata. Data goes to stdout, messages "
    "to stderr. Exit codes: 0 done, 1 the work failed, 2 usage or configuration. All of it: docs/cli.md.",
)

# The groups of --help and docs/cli.md, in the order of first use.
FIRST = "To see it all at once"
ALWAYS = "The usual way, in this order"
FIGURES = "To look at the figures"
RUNNING = "To keep it running"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help='Compute for this day and stay there; "today" follows the calendar.'),
]
Encoding = Annotated[str, typer.Option("--encoding", metavar="NAME", help="Of the files, such as latin-1 or cp1252.")]
MappingName = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        help="How files of another shape are read: a TOML file, olist, shopify, woocommerce.",
    ),
]


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Hold the options of all commands."""
    if debug:
        os.environ["PIPELINE_DEBUG"] = "1"


@app.command("demo", rich_help_panel=FIRST)
def demo_(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the dashboard page.")] = Path(
        "dashboard.html"
    ),
    json: AsJson = False,
) -> None:
    """Show the whole way on the sample shop: install, load data/, refresh, check, draw the page.

    Example: runner demo
    """
    folder = demo.sample()
    installed = install.migrate()
    console.say(f"installed: {len(installed.migrations)} migrations, {len(installed.created)} objects")
    with console.load_progress() as progress:
        loaded = loading.load(folder, progress=progress)
    _say_loaded(loaded)
    demo.name_shop()
    with console.refresh_progress() as progress:
        run = refreshing.refresh(progress=progress)
    _say_run(run)
    page = _draw(out)
    kpis, currency = demo.headlines()
    if json:
        console.as_json(kpis)
        return
    console.table(demo.worded(kpis, currency), {"figure": f"Sample shop, {kpis['as_of']}", "value": ""})
    program = "runner" if shutil.which("runner") else sys.argv[0]
    console.say("\nWhat to do next:")
    steps = {
        f"{program} psql": "ask it yourself: TABLE bi.kpi_summary;",
        str(page): "open this page in a browser",
        f"{program} url": "connect Power BI, Tableau or psql here, and read the schema bi",
    }
    width = max(map(len, steps))
    for command, purpose in steps.items():
        console.say(f"  {command:{width}}  {purpose}")


@app.command(rich_help_panel=ALWAYS)
def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")] = False,
    json: AsJson = False,
) -> None:
    """Install or upgrade everything in the database.

    Example: DATABASE_URL=postgresql://shop@db/ecommerce_staging runner migrate
    """
    done = install.plan() if dry_run else install.migrate()
    if not dry_run and (missing := install.missing_roles()):
        console.say(
            f"It works without the missing roles {', '.join(missing)}, but nobody has their rights."
            " Let an administrator create them, then run this again: see docs/security.md.",
            "yellow",
        )
    if json:
        console.as_json(vars(done))
        return
    if done.is_empty:
        console.say("up to date: nothing to do")
        return
    verb = "would " if dry_run else ""
    for word, names in (("apply", done.migrations), ("create", done.created), ("drop", done.dropped)):
        for name in names:
            console.out.out(f"{verb}{word} {name}")
    for statement in done.settled:
        console.out.out(f"{verb}settle {statement}")
    if done.settled:
        console.say(f"rights that were not by the rules: {len(done.settled)} {verb and 'to be '}settled", "yellow")


@app.command(rich_help_panel=ALWAYS)
def load(  # noqa: PLR0913 - the options of a command
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder with the four CSV files (.csv, .csv.gz, .csv.zst), or one of them."),
    ],
    as_of: AsOf = None,
    check: Annotated[bool, typer.Option("--check", help="Tell every problem and load nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Load nothing if a row is refused.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Also delete the rows that are not in the files. Implies --strict.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --full: delete however many.")] = False,
    encoding: Encoding = "utf-8",
    date_format: Annotated[
        str | None,
        typer.Option("--date-format", metavar="FORM", help="Of dates that are not ISO 8601, such as %d.%m.%Y."),
    ] = None,
    mapping: MappingName = None,
    json: AsJson = False,
) -> None:
    """Load the CSV files of a folder, all or nothing.

    Rows that cannot be loaded are set aside and the rest is kept: see "runner rejects".

    Example: runner load data
    """
    try:
        day = refreshing.as_day(as_of)
    except ValueError as error:
        raise ConfigurationError(f"{as_of!r} is not a date", "Write it as YYYY-MM-DD.") from error
    _require_encoding(encoding)
    mapped = Mapping.open(mapping) if mapping else None
    options = loading.Options(day, encoding, date_format, mapped, check, strict, full, yes)
    with console.load_progress() as progress:
        loaded = loading.load(folder, options, progress)
    if json:
        console.as_json(vars(loaded))
    else:
        console.table(loaded.files, _LOADED)
        _print_rejects(loaded.rejects)
        _say_loaded(loaded, check=check)
    if loaded.problems:
        raise WorkFailedError(
            f"{len(loaded.problems)} of the files cannot be read",
            "Mend them, and the rows above.",
            "\n".join(loaded.problems),
        )
    if check and any(row["kind"] == "refused" for row in loaded.rejects):
        raise typer.Exit(1)


def _require_encoding(name: str) -> None:
    """Refuse an encoding that Python does not know."""
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ConfigurationError(f"{name!r} is not an encoding", "Try utf-8, latin-1, cp1252 or utf-16.") from error


_LOADED = {
    "file_name": "file",
    "rows_read": "read",
    "rows_inserted": "new",
    "rows_updated": "changed",
    "rows_unchanged": "unchanged",
    "rows_superseded": "superseded",
    "rows_refused": "refused",
    "seconds": "s",
}


@app.command(rich_help_panel=ALWAYS)
def rejects(
    load_id: Annotated[
        int | None, typer.Option("--load", metavar="N", help="The load; without it the last one.")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE", help="Write the refused rows as FILE.TABLE.csv, to be mended and loaded."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """List the rows that a load set aside, with file, line, reason and the raw row.

    Files that --csv writes are of the form that the load read, its delimiter and encoding too: load them with its options. Cells
    that a spreadsheet would take for formulas have a quote (') before them, which runner load takes away.

    Example: runner rejects --load 3
    """
    if csv is not None:
        for path in loading.write_rejects(csv, load_id):
            console.out.out(str(path))
        return
    rows = loading.rejects(load_id)
    if json:
        console.as_json(rows)
        return
    if not rows:
        console.say("no row was set aside")
        return
    _print_rejects(rows)


def _print_rejects(rows: list[dict[str, Any]]) -> None:
    """Print rows that were set aside: where, why, and the row."""
    for row in rows:
        mended = f" (mended by load {row['resolved_load_id']})" if row["resolved_load_id"] else ""
        console.line(f"{row['file_name']}:{row['line_number']}: {row['kind']}: {row['reason']}{mended}")
        console.out.out(f"    {row['raw_text']}")  # as it is, to be copied


@app.command(rich_help_panel=ALWAYS)
def refresh(
    as_of: AsOf = None,
    full: Annotated[bool, typer.Option("--full", help="Recount everything from staging.")] = False,
    json: AsJson = False,
) -> None:
    """Bring the analytics up to date and publish them, if every assertion passes.

    Example: runner refresh
    """
    if as_of != "today":
        try:
            refreshing.as_day(as_of)
        except ValueError as error:
            raise ConfigurationError(f"{as_of!r} is not a date", 'Write it as YYYY-MM-DD, or "today".') from error
    with console.refresh_progress() as progress:
        run = refreshing.refresh(as_of, full=full, tell=console.say, progress=progress)
    if json:
        console.as_json(vars(run))
    if not json or run.run["status"] == "skipped":
        _say_run(run)


@app.command(rich_help_panel=ALWAYS)
def check(
    select: Annotated[str, typer.Option("--select", metavar="GLOB", help="Only assertions of such names.")] = "*",
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write a JUnit XML file.")] = None,
    json: AsJson = False,
) -> None:
    """Run the assertions on the published figures; exit 1 when one of severity error fails.

    Example: runner check --select 'order_*'
    """
    results = checks.check(select)
    if junit:
        checks.write_junit(results, junit)
    if json:
        console.as_json(results)
    else:
        for result in results:
            outcome = "fail" if checks.is_failure(result) else "warn" if result["violation_count"] else "pass"
            result["outcome"] = outcome
        console.table(
            results, {"outcome": "", "assertion_name": "assertion", "violation_count": "rows", "description": ""}
        )
    if any(map(checks.is_failure, results)):
        raise typer.Exit(1)


@app.command(rich_help_panel=FIGURES)
def metrics(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A metric, a view, or view.metric.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/metrics.md.")] = False,
    json: AsJson = False,
) -> None:
    """Show what the published figures mean: definition, formula, unit, and the views that have them.

    Example: runner metrics avg_order_value
    """
    if markdown:
        console.out.out(dictionary.markdown(), end="")
        return
    rows = dictionary.metrics(name)
    if json:
        console.as_json(rows)
        return
    for row in rows:
        formula = f": {row['formula']}" if row["formula"] else ""
        remark = f"; {row['remark']}" if row["remark"] else ""
        row["means"] = f"{row['definition']}{formula}{remark}"
    console.table(rows, {"metric_name": "metric", "source_view": "view", "unit": "unit", "means": "means"})


@app.command(rich_help_panel=FIGURES)
def models(json: AsJson = False) -> None:
    """Show the models that predict: when and on what they were fitted, what they found, how far they err, and a verdict.

    Example: runner models
    """
    rows = predicting.models()
    if json:
        console.as_json(rows)
        return
    for number, row in enumerate(rows):
        likelihood = row["log_likelihood"] and f"log-likelihood {console.plain(row['log_likelihood'])}"
        console.heading(row["model_name"], is_first=number == 0)
        console.paragraph(row["description"])
        console.paragraph(f"{row['verdict']}.")
        console.paragraph(
            f"Fitted on {wording.count(row['observations'])} observations as of {row['fitted_as_of']},"
            f" again by {row['refit_date']}."
        )
        console.paragraph(", ".join(part for part in (row["parameters"], likelihood) if part))
        for test in row["backtests"]:
            console.paragraph(test["finding"])


@app.command("status", rich_help_panel=ALWAYS)
def status_(
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print ops.metrics in the text format of OpenMetrics.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show the last loads and runs, the age of the data, the schedule and open alerts.

    Example: runner status
    """
    if prometheus:
        console.out.out(openmetrics.text(), end="")
        return
    state = status.read()
    if json:
        console.as_json(vars(state))
        return
    clock = state.clock
    fixed = ", fixed" if clock.get("is_fixed") else ""
    newest = clock.get("newest_order_date") or wording.DASH
    console.out.out(f"as of {console.plain(clock.get('as_of'))}{fixed}; newest order {newest}")
    console.out.out(f"published {console.plain(clock.get('published_at')) or 'never'}\n")
    runs = {
        "run_id": "run",
        "status": "",
        "finished_at": "finished",
        "seconds": "s",
        "failures": "failed",
        "warnings": "warned",
        "error_message": "",
    }
    console.table(state.runs, runs)
    console.out.out("")
    loads = {
        "load_id": "load",
        "status": "",
        "finished_at": "finished",
        "rows_read": "read",
        "rows_inserted": "new",
        "rows_updated": "changed",
        "rows_refused": "refused",
        "error_message": "",
    }
    console.table(state.loads, loads)
    console.out.out("")
    if state.alerts:
        console.table(state.alerts, {"raised_at": "open alert", "severity": "", "kind": "", "message": ""})
        console.out.out("")
    if not state.jobs:
        why = "" if state.jobs is not None else ": no pg_cron in this database, or none that this user may use"
        console.out.out(f"not scheduled{why}")
        return
    console.table(state.jobs, {"jobname": "job", "schedule": "schedule", "last_status": "last", "last_end": "ended"})


@app.command("schedule", rich_help_panel=RUNNING)
def schedule_(
    cron: Annotated[
        str | None, typer.Option("--cron", metavar="EXPR", help="When to refresh, in cron's five fields, from now on.")
    ] = None,
    live: Annotated[
        bool | None, typer.Option("--live/--no-live", help="Also have open pages draw live figures anew every minute.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if a job is not as configured.")
    ] = False,
    off: Annotated[bool, typer.Option("--off", help="Remove the pipeline's jobs, and no others.")] = False,
    json: AsJson = False,
) -> None:
    """Let pg_cron refresh the analytics every six hours, catch up what was missed, and look after itself.

    The jobs stand in config.job; running it again puts right what differs.

    Example: runner schedule --cron '0 3 * * *' --live
    """
    if off:
        console.say("removed" if schedule.remove() else "there was no job")
        return
    jobs = schedule.drift() if check else schedule.install(cron, is_live=live)
    if json:
        console.as_json(jobs)
    else:
        headings = {"jobname": "job", "schedule": "schedule", "command": "command", "state": "", "purpose": "it"}
        console.table(jobs, headings)
    if any(job["state"] != "as configured" for job in jobs):
        raise typer.Exit(1)


@app.command(rich_help_panel=FIGURES)
def dashboard(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the page.")] = Path(
        "dashboard.html"
    ),
    serve: Annotated[
        str | None,
        typer.Option("--serve", metavar="[HOST:]PORT", help="Serve the page instead, and keep it live; at 127.0.0.1."),
    ] = None,
) -> None:
    """Write the dashboard as one HTML file, or serve it and push new figures as they are published.

    Example: runner dashboard --serve 8080
    """
    if serve is None:
        console.out.out(str(_draw(out)))
        return
    from runner.dashboard import serve as serving  # noqa: PLC0415 - the web server is only needed here

    serving.serve(serve, console.out.out, console.say)


@app.command("bi-files", rich_help_panel=FIGURES)
def bi_files(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write them; made if need be.")],
    user: Annotated[
        str, typer.Option("--user", metavar="NAME", help="Who the tools connect as; they ask for the password.")
    ] = "bi_user",
) -> None:
    """Write files that open the figures in Power BI, Tableau, Superset and Metabase.

    They name the server and database of this connection, and never a password.

    Example: runner bi-files bi
    """
    from runner.bi.files import write  # noqa: PLC0415 - jinja2 is only needed here

    named, paths = write(folder, user)
    for path in paths:
        console.out.out(str(path))
    if named.is_local:
        console.say(
            "BI tools connect by TCP, and this connection goes by a socket file: the files name"
            f" {named.host}:{named.port}. To name another server set DATABASE_URL; docs/bi.md says how.",
            "yellow",
        )


@app.command("doctor", rich_help_panel=RUNNING)
def doctor_(json: AsJson = False) -> None:
    """Look over the installation; exit 1 when something must be mended.

    Example: runner doctor
    """
    findings = [vars(finding) for finding in doctor.examine()]
    if json:
        console.as_json(findings)
    else:
        console.table(findings, {"level": "", "subject": "", "text": "", "remedy": ""})
    if any(finding["level"] == "FAIL" for finding in findings):
        raise typer.Exit(1)


operations.add_to(app, RUNNING)


@app.command(rich_help_panel=FIGURES)
def url() -> None:
    """Print the server's URL, without the password, for psql and BI tools.

    Example: psql "$(runner url)" -c 'CALL refresh_analytics()'
    """
    console.out.out(database.url())
    if "password" in database.parameters():
        console.say("The password is left out: give it in PGPASSWORD or ~/.pgpass.")


@app.command(
    rich_help_panel=FIGURES,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
def psql(context: typer.Context) -> NoReturn:
    """Open psql on the right server; arguments are psql's own.

    Example: runner psql -c 'CALL refresh_analytics()'
    """
    from runner import wheel  # noqa: PLC0415 - it takes long to import

    given = database.parameters()
    password = given.pop("password", None)
    environment = {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)
    program = (None if database.is_embedded() else shutil.which("psql")) or str(wheel.binary("psql"))
    target = [database.url()] if given else []
    os.execve(program, [program, *target, *context.args], environment)  # noqa: S606 - no shell; psql takes over this process


@app.command(rich_help_panel=RUNNING)
def stop() -> None:
    """Stop the embedded server. Its data stays in .pgdata.

    Example: runner stop
    """
    console.say("stopped" if server.stop() else "it was not running")


def _draw(out: Path) -> Path:
    """Write the dashboard page and return its path."""
    from runner.dashboard.render import write  # noqa: PLC0415 - jinja2 is only needed here

    return write(out)


def _say_loaded(loaded: loading.Loaded, *, check: bool = False) -> None:
    """Sum up a load on stderr."""

    def total(name: str) -> int:
        return sum(file[f"rows_{name}"] for file in loaded.files)

    console.say(
        f"{'check' if check else f'load {loaded.load_id}'}: {total('read'):,} rows read, {total('inserted'):,} new,"
        f" {total('updated'):,} changed, {total('unchanged'):,} unchanged"
    )
    if deleted := total("deleted"):
        console.say(f"{deleted:,} rows that are not in the files were deleted", "yellow")
    for file in loaded.files:
        if file["ignored_columns"]:
            console.say(f"{file['file_name']}: ignored columns {', '.join(file['ignored_columns'])}", "yellow")
        if file["rows_rounded"]:
            console.say(f"{file['file_name']}: {file['rows_rounded']:,} rows had amounts that were rounded", "yellow")
        if file["unknown_statuses"]:
            console.say(
                f"{file['file_name']}: unknown statuses {', '.join(file['unknown_statuses'])}, which count as no revenue;"
                " config.order_status says which do",
                "yellow",
            )
        if file["is_repeat"]:
            console.say(
                f"{file['file_name']}: the same bytes as in an earlier load; every row was compared all the same"
            )
    if loaded.address_ids:
        console.say(
            f"{loaded.address_ids:,} customer ids look like e-mail addresses, and bi shows ids unmasked: let a mapping make"
            " pseudonyms of them (docs/loading.md)",
            "yellow",
        )
    if check:
        console.say("nothing was loaded: this was a check")
        return
    if aside := total("refused") + total("superseded"):
        console.say(f"{aside:,} rows were set aside: runner rejects --load {loaded.load_id}", "yellow")
    if loaded.is_fixed:
        console.say(f"the clock is fixed at {loaded.as_of} (to follow the calendar: runner refresh --as-of today)")


def _say_run(run: refreshing.Run) -> None:
    """Sum up a run on stderr."""
    if run.run["status"] == "skipped":
        console.say(f"skipped, nothing was refreshed: {run.run['error_message']}", "yellow")
        return
    refreshed = sum(
        step["status"] == "done" for step in run.steps if step["step_name"] not in ("rollups", "models", "assertions")
    )
    console.say(
        f"run {run.run['run_id']}: {refreshed} views refreshed, {len(run.assertions)} assertions run,"
        f" {len(run.violated)} warned; figures as of {run.run['as_of']}"
    )
    for result in run.violated:
        console.say(f"{result['assertion_name']}: {result['violation_count']:,} rows", "yellow")


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit: 0 done, 1 the work failed, 2 usage or configuration."""
    try:
        app(arguments)
    except (PipelineError, OSError) as error:
        if os.environ.get("PIPELINE_DEBUG"):
            raise
        problem = from_system(error) if isinstance(error, OSError) else error
        console.error(problem)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        console.say("interrupted; nothing of this command was kept", "red")
        sys.exit(1)
