"""Writes docs/cli.md from the commands themselves: `python -m runner.manual > docs/cli.md`."""

from __future__ import annotations

import sys
from typing import Any

import typer.main

from runner import cli

_HEAD = """# The command `runner`

This page is made of the commands' own help: `python -m runner.manual > docs/cli.md`. In the terminal: `runner --help`,
`runner COMMAND --help`.

```
runner [--debug] COMMAND …
```

**Server.** `DATABASE_URL` names it, or libpq's variables (`PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`, `PGSERVICE`, …); without
any, the embedded server is started. Passwords come from `DATABASE_URL`, `PGPASSWORD` or `~/.pgpass`, never from an option.

**Output.** Data goes to stdout, messages and progress to stderr; bars and colours are shown on a terminal only. `--json` prints
JSON, with amounts as strings, so that no cent is lost. An error is told in one to three lines: what, where, the remedy; `--debug`
adds the traceback.

**Exit codes.** 0: done. 1: the work failed (an assertion, a refused load, a failed run). 2: usage or configuration.

**Completion.** `runner --install-completion` teaches the shell that you use to complete commands and options with the Tab key;
`runner --show-completion` prints what it would install.

| variable | |
| --- | --- |
| `DATABASE_URL` | the server: `postgresql://USER@HOST:PORT/DATABASE` |
| `PIPELINE_PGDATA` | folder of the embedded server's data; `.pgdata` without it |
| `PIPELINE_PGVERSION` | its version, 18 or 16, when the folder is new |
| `PIPELINE_DASHBOARD_USER`, `PIPELINE_DASHBOARD_PASSWORD` | who may see the page that `dashboard --serve` serves |
| `PIPELINE_DEBUG` | 1: as `--debug` |
| `PIPELINE_MAIL_TO`, `PIPELINE_MAIL_FROM` | whom `notify` mails to, and as who: operations.md |
| `PIPELINE_SMTP_URL`, `PIPELINE_SMTP_PASSWORD` | by which mail server |
| `PIPELINE_WEBHOOK_URL`, `PIPELINE_WEBHOOK_TOKEN` | what `notify` posts to |
| `PIPELINE_NOTIFY_STATE` | file in which `notify` remembers that the server is down |
| `NO_COLOR` | no colours |
"""


def text() -> str:
    """Return docs/cli.md."""
    group: Any = typer.main.get_command(cli.app)
    panels: dict[str, list[str]] = {}
    for name, command in group.commands.items():
        panels.setdefault(command.rich_help_panel, []).append(_command(name, command))
    return "\n".join([_HEAD, *(part for panel, commands in panels.items() for part in (f"## {panel}\n", *commands))])


def _command(name: str, command: Any) -> str:
    """Return a command: what it does, how it is written, its arguments and options, an example."""
    about, _, example = (command.help or "").partition("Example: ")
    others = ["ARGS…"] if command.context_settings.get("allow_extra_args") else []
    usage = " ".join([f"runner {name}", *map(_usage, command.params), *others])
    lines = [f"### {name}\n", about.strip() + "\n", f"```\n{usage}\n```\n"]
    told = [f"| `{_names(parameter)}` | {_meaning(parameter)} |" for parameter in command.params]
    if told:
        lines += ["| | |", "| --- | --- |", *told, ""]
    if example:
        lines.append(f"Example: `{example.strip()}`\n")
    return "\n".join(lines)


def _usage(parameter: Any) -> str:
    """Return a parameter as it stands in a synopsis."""
    return _names(parameter) if parameter.required else f"[{_names(parameter)}]"


def _names(parameter: Any) -> str:
    """Return a parameter's names with the word for its value."""
    value = parameter.metavar or parameter.name.upper()
    if not parameter.opts[0].startswith("-"):
        return str(value)
    switch = "/".join([*parameter.opts, *parameter.secondary_opts])
    return switch if parameter.is_flag else f"{switch} {value}"


def _meaning(parameter: Any) -> str:
    """Return a parameter's help with its default."""
    about = (parameter.help or "").replace("|", "\\|")
    is_worth_it = parameter.default not in (None, False, "") and not callable(parameter.default)
    return f"{about} Without it: `{parameter.default}`." if is_worth_it else about


if __name__ == "__main__":
    sys.stdout.write(text())
