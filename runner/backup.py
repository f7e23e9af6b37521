"""Backup and restore: pg_dump's custom format with a manifest beside it, which says what must be in it.

Only the schemas of the pipeline are dumped. What stands in public is installed again by a restore, as by every migration.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from runner import database, install, refresh
from runner.errors import ConfigurationError, WorkFailedError

Tell = Callable[[str], None]
FORMAT = 1
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
"""Where packages put programs of PostgreSQL that are not on the path."""


@dataclass(frozen=True)
class Saved:
    """A backup. manifest: the file beside it. rows: of all tables."""

    file: Path
    manifest: Path
    byte_count: int
    tables: int
    rows: int


def backup(file: Path) -> Saved:
    """Write the pipeline's schemas and a manifest of row counts and digests, all of one snapshot; an older file is replaced."""
    with database.connect() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = _value(connection, "SELECT pg_export_snapshot() AS value")
        schemas = connection.execute("SELECT schema_name FROM ops.own_schema ORDER BY schema_name").fetchall()
        part = file.with_name(f"{file.name}.part")
        try:
            _make_private(part)
            _run(
                _program("pg_dump", connection),
                "--format=custom",
                f"--snapshot={snapshot}",
                "--lock-wait-timeout=60s",
                *(f"--schema={row['schema_name']}" for row in schemas),
                f"--file={part}",
            )
            manifest = _manifest(connection) | {"sha256": _sha256(part), "byte_count": part.stat().st_size}
            os.replace(part, file)  # noqa: PTH105 - Path.replace would leave the name of the other file in the error
        finally:
            part.unlink(missing_ok=True)
        beside = _beside(file)
        _make_private(beside)
        beside.write_text(json.dumps(manifest, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    tables = [entry for entry in manifest["tables"].values() if not entry["is_view"]]
    return Saved(file, beside, manifest["byte_count"], len(tables), sum(entry["rows"] for entry in tables))


def restore(file: Path, tell: Tell = lambda _: None, forgotten: Path | None = None) -> refresh.Run:
    """Restore a backup into an empty database and return the refresh that proves it.

    forgotten: ops.forgotten_customer as CSV, of a later day; its customers are forgotten again, once all is proven.
    Raises WorkFailedError when the file is not as its manifest says, a table or view is not after the restore, or the refresh,
    which counts everything again from staging as of the day of the backup, fails or gives other figures.
    """
    manifest = _read(file)
    with database.connect() as connection:
        _require_empty(connection)
        made = _make_roles(connection, manifest["roles"], tell)
        program = _program("pg_restore", connection)
        _run(
            program,
            "--exit-on-error",
            "--no-owner",
            "--single-transaction",
            f"--dbname={database.url()}",
            str(file),
            names_database=True,
        )
        is_settled = bool(manifest["is_settled"])
        _compare(connection, manifest, "after the restore", with_views=is_settled)
        tell(f"{len(manifest['tables'])} tables and views are as they were saved")
        done = install.migrate()
        install.audit_roles(connection, [*made, *_rights(program, file)])
        is_same_program = not done.migrations and all(name.startswith("public.") for name in done.created)
        connection.execute("ANALYZE")
        run = refresh.refresh(manifest["as_of"], full=True)
        if is_settled and is_same_program:
            _compare(connection, manifest, "counted again from staging", with_tables=False)
            tell("every view counted again from staging is as it was")
        else:
            tell("the views were brought up to date: not everything had been published, or this program is newer")
        if forgotten:
            _forget_again(connection, forgotten, tell)
        if not manifest["is_fixed"]:
            connection.execute("CALL config.free_clock()")
        return run


def _forget_again(connection: database.Connection, file: Path, tell: Tell) -> None:
    """Take the customers of a file as forgotten, and forget those who came back."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE forgotten (LIKE ops.forgotten_customer) ON COMMIT DROP")
        with database.copy(cursor, "COPY pg_temp.forgotten FROM STDIN (FORMAT csv, HEADER match)") as copy:
            copy.write(file.read_bytes())
        cursor.execute(
            "INSERT INTO ops.forgotten_customer SELECT f.* FROM pg_temp.forgotten AS f"
            " ON CONFLICT (customer_hash) DO UPDATE SET new_id = excluded.new_id"
        )
    customers = connection.execute("SELECT ops.returned_customers() AS customer_id").fetchall()
    for customer in customers:
        connection.execute("CALL ops.forget_customer(%s)", (customer["customer_id"],))
    tell(f"{len(customers)} customers were forgotten again")


def _make_private(file: Path) -> None:
    """Make an empty file that nobody else may read: a dump holds names, addresses and the salt in clear."""
    file.unlink(missing_ok=True)  # somebody may have opened an older one, or put a link in its place
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _beside(file: Path) -> Path:
    """Return where the manifest of a backup stands."""
    return file.with_name(f"{file.name}.manifest.json")


def _manifest(connection: database.Connection) -> dict[str, Any]:
    """Return what the manifest says of the database, without the file."""
    clock = connection.execute("SELECT as_of, is_fixed FROM config.clock").fetchone()
    if clock is None:
        raise ConfigurationError("config.clock has no row", "Run: INSERT INTO config.clock DEFAULT VALUES;")
    digests = connection.execute("SELECT * FROM ops.digest_tables()").fetchall()
    return {
        "format": FORMAT,
        "saved_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": connection.info.dbname,
        "server_version": connection.info.parameter_status("server_version"),
        "as_of": clock["as_of"].isoformat(),
        "is_fixed": clock["is_fixed"],
        "is_settled": _value(connection, "SELECT ops.is_settled() AS value"),
        "roles": [
            row["role_name"] for row in connection.execute("SELECT role_name FROM ops.grantee ORDER BY role_name")
        ],
        "tables": {
            row["table_name"]: {"is_view": row["is_view"], "rows": row["row_count"], "digest": row["digest"]}
            for row in digests
        },
    }


def _read(file: Path) -> dict[str, Any]:
    """Return the manifest of a backup whose file is what the manifest says."""
    if not file.is_file():
        raise ConfigurationError(f"{file} is not a file", "Name the file that runner backup wrote.")
    beside = _beside(file)
    try:
        manifest: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
        known, expected = manifest["format"], manifest["sha256"]
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{beside} is missing", "Put it beside the backup; without it only pg_restore can take the file, unproven."
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(
            f"{beside} is not a manifest", "Restore it from where the backup was copied from."
        ) from error
    if known != FORMAT:
        raise ConfigurationError(f"{beside} was written by a newer program", "Install that.")
    if _sha256(file) != expected:
        raise WorkFailedError(f"{file} is not what was saved: its SHA-256 differs", "Take another copy of the backup.")
    return manifest


def _sha256(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _require_empty(connection: database.Connection) -> None:
    """Refuse a database with anything of a pipeline in it."""
    schemas = _value(
        connection,
        "SELECT string_agg(nspname, ', ' ORDER BY nspname) AS value FROM pg_namespace WHERE nspname = ANY (%s)",
        (["landing", "staging", "rollup", "predict", "analytics", "bi", "live", "assertions", "config", "ops"],),
    )
    if schemas:
        raise ConfigurationError(
            f"the database {connection.info.dbname} is not empty: it has {schemas}",
            "Create another one (runner psql -c 'CREATE DATABASE again TEMPLATE template0') and name it in DATABASE_URL.",
        )


def _make_roles(connection: database.Connection, roles: list[str], tell: Tell) -> list[str]:
    """Make the roles that have rights on something in the backup, where they are missing; they cannot log in.

    Return the statements that did.
    """
    made = []
    for role in roles:
        if _value(connection, "SELECT to_regrole(quote_ident(%s)) AS value", (role,)) is None:
            statement = sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role))
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege as error:
                raise ConfigurationError(
                    f"the role {role} is missing and this user may not create roles",
                    f'Let an administrator run: CREATE ROLE "{role}" NOLOGIN;',
                ) from error
            made.append(statement.as_string(connection))
            tell(f"the role {role} was missing: made, without a login")
    return made


def _rights(program: str, file: Path) -> list[str]:
    """Return the statements about rights that a restore of a backup runs."""
    text = _run(program, "--schema-only", "--no-owner", "--file=-", str(file), names_database=True)
    lines = [line.removesuffix(";") for line in text.splitlines()]
    return [line for line in lines if re.match("(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) ", line)]


def _compare(
    connection: database.Connection,
    manifest: dict[str, Any],
    when: str,
    *,
    with_tables: bool = True,
    with_views: bool = True,
) -> None:
    """Raise WorkFailedError unless tables and views hold what the manifest says."""
    found = {row["table_name"]: row for row in connection.execute("SELECT * FROM ops.digest_tables()")}
    wrong = []
    for name, expected in manifest["tables"].items():
        if not (with_views if expected["is_view"] else with_tables):
            continue
        row = found.get(name)
        if row is None:
            wrong.append(f"{name} is missing")
        elif (row["row_count"], row["digest"]) != (expected["rows"], expected["digest"]):
            wrong.append(f"{name} has {row['row_count']:,} rows, saved were {expected['rows']:,}; their digests differ")
    if wrong:
        raise WorkFailedError(
            f"{len(wrong)} tables or views are, {when}, not what was saved",
            "Do not use this database; take another copy of the backup.",
            "\n".join(wrong),
        )


def _program(name: str, connection: database.Connection) -> str:
    """Return a program of PostgreSQL that fits the server: of its own major version, else of the next newer one."""
    major = connection.info.server_version // 10000
    found: dict[int, str] = {}
    from runner import wheel  # noqa: PLC0415 - it takes long to import

    places = [Path(place) / name for place in os.environ.get("PATH", "").split(os.pathsep)]
    places += [path for place in PLACES for path in Path("/").glob(f"{place[1:]}/{name}")]
    places += [folder / name for folder in wheel.program_folders()]
    for path in places:
        if shutil.which(path) and (version := _major(path)):
            found.setdefault(version, str(path))
    fitting = [version for version in sorted(found) if version >= major]
    if not fitting:
        raise ConfigurationError(
            f"no {name} of PostgreSQL {major} or newer is on this machine",
            f"Install the package postgresql-client-{major}.",
        )
    return found[fitting[0]]


def _major(path: Path) -> int | None:
    """Return the major version of a program; None if it does not tell."""
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(version[1]) if version else None


def _run(program: str, *arguments: str, names_database: bool = False) -> str:
    """Run a program of PostgreSQL on the database and return what it prints.

    The password goes by the environment, where other users do not see it.
    """
    password = database.parameters().get("password")
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    target = [] if names_database else [f"--dbname={database.url()}"]
    done = subprocess.run(
        [program, "--no-password", *target, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise WorkFailedError(
            f"{Path(program).name} failed: {lines[0] if lines else f'exit code {done.returncode}'}",
            "Nothing was kept.",
            "\n".join(lines[1:]),
        )
    return done.stdout


def _value(connection: database.Connection, query: str, arguments: tuple[Any, ...] = ()) -> Any:
    """Return the column value of the one row of a query."""
    row = connection.execute(query.encode(), arguments).fetchone()
    return row["value"] if row else None
