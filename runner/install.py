"""Installs and upgrades the database: state by yoyo's migrations, behaviour from the files of db/.

yoyo knows a migration by its name alone, so an edited one would pass unseen: what each held is pinned in
``ops.installed_object``. Its lock is a row that a killed process leaves behind: an advisory lock stands around it, and
whoever holds that may break the row.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row, scalar_row

from runner import database
from runner.errors import ConfigurationError, WorkFailedError, from_statement

if TYPE_CHECKING:
    from yoyo.migrations import MigrationList

OLDEST_VERSION = 15
_INSTALL_LOCK = 729384001  # ops.lock_key('install'), which is not there before the first installation
_DATA_LOCK = 729384003  # ops.lock_key('data')
_ROLES = ("pipeline_owner", "pipeline_runner", "pipeline_analyst", "pipeline_reader", "pipeline_pii")
_HERE = Path(__file__).resolve().parent
DB = _HERE / "_db" if (_HERE / "_db").exists() else _HERE.parent / "db"


@dataclass(frozen=True)
class ObjectFile:
    """A file of db/ that defines one object. name: qualified, without arguments."""

    kind: str
    name: str
    path: Path

    @property
    def text(self) -> str:
        """Return the SQL of the file."""
        return self.path.read_text(encoding="utf-8")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Plan:
    """What an installation would do or did: names of migrations and of objects.

    settled: the GRANTs and REVOKEs that put back rights which somebody gave or took by hand.
    """

    migrations: list[str]
    created: list[str]
    dropped: list[str]
    settled: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not (self.migrations or self.created or self.dropped or self.settled)


def object_files(root: Path = DB) -> list[ObjectFile]:
    """Return the files that define objects, in the order of the data's way."""

    def named(kind: str, paths: Iterable[Path], schema: str | None = None) -> list[ObjectFile]:
        return [ObjectFile(kind, f"{schema or path.parent.name}.{path.stem}", path) for path in sorted(paths)]

    return [
        *named("routine", (root / "procedures").glob("*/*.sql")),
        *named("view", (root / "views").glob("*/*.sql")),
        *named("matview", (root / "matviews").glob("*.sql"), "analytics"),
        *named("assertion", (root / "assertions").glob("*.sql"), "assertions"),
    ]


def plan(target: str | None = None, root: Path = DB) -> Plan:
    """Return what migrate() would do to the database at a connection string."""
    from runner import migrations  # noqa: PLC0415 - yoyo takes long to import, and most commands do without

    with database.connect(target) as connection:
        check_server(connection)
        pinned = _installed(connection)
        files = _migration_files(migrations.read(root / "migrations"))
        _refuse_edited(files, pinned)
        created, dropped = _due(connection, object_files(root), pinned)
        pending = [file.name for file in files if (file.kind, file.name) not in pinned]
        return Plan(pending, [file.name for file in created], [name for _, name in dropped], _rights_due(connection))


def migrate(target: str | None = None, root: Path = DB) -> Plan:
    """Bring the database at a connection string to the state of db/ and return what was done."""
    from runner import migrations  # noqa: PLC0415 - as above

    target = database.conninfo() if target is None else target
    with database.connect(target) as connection:
        check_server(connection)
        connection.execute("SELECT pg_advisory_lock(%s)", (_INSTALL_LOCK,))
        connection.execute("CREATE SCHEMA IF NOT EXISTS ops")
        known = migrations.read(root / "migrations")
        files = _migration_files(known)
        pinned = _installed(connection)
        _refuse_edited(files, pinned)
        roles, unsettled = _role_statements(connection), _rights_due(connection)
        with migrations.backend(target, connection) as backend:
            backend.break_lock()
            pending = list(backend.to_apply(known))
            if pending and pinned:
                _rehearse_drops(connection, *_due(connection, object_files(root), pinned))
            for migration in pending:
                migrations.apply(backend, migration)
            _pin(connection, [file for file in files if (file.kind, file.name) not in pinned])
            audit_roles(connection, [made for made in _role_statements(connection) if made not in roles])
            created, dropped = _due(connection, object_files(root), _installed(connection))
            backend.run_post_apply(known)
        still_unsettled = set(_rights_due(connection))
        return Plan(
            [migration.id for migration in pending],
            [file.name for file in created],
            [name for _, name in dropped],
            [statement for statement in unsettled if statement not in still_unsettled],
        )


def audit_roles(connection: database.Connection, statements: list[str]) -> None:
    """Write statements that changed a role or its rights into the audit."""
    for statement in statements:
        roles = re.findall(r' (?:ROLE|TO|FROM) ("(?:[^"]|"")+"|\S+)', statement)
        connection.execute(
            "INSERT INTO ops.audit (kind, object_name, action, statement) VALUES ('role', %s, %s, %s)",
            (roles[-1] if roles else "", statement.split()[0], statement),
        )


def _role_statements(connection: database.Connection) -> list[str]:
    """Return the statements that make the pipeline's roles as they are, with their members: what is new was just made."""
    rows = connection.execute(
        "SELECT format('CREATE ROLE %%I NOLOGIN', r.rolname) AS statement FROM pg_roles AS r WHERE r.rolname = ANY (%(names)s)"
        " UNION ALL SELECT format('GRANT %%I TO %%I', r.rolname, m.rolname) FROM pg_auth_members AS a"
        " INNER JOIN pg_roles AS r ON a.roleid = r.oid INNER JOIN pg_roles AS m ON a.member = m.oid"
        " WHERE r.rolname = ANY (%(names)s)",
        {"names": [*_ROLES]},
    )
    return [row["statement"] for row in rows]


def missing_roles(target: str | None = None) -> list[str]:
    """Return the roles that the rules of access name and the server does not have."""
    with database.connect(target) as connection:
        rows = connection.execute(
            "SELECT r.role_name FROM (SELECT a.role_name FROM ops.access_rule AS a UNION SELECT 'pipeline_owner') AS r"
            " WHERE to_regrole(r.role_name) IS NULL ORDER BY r.role_name"
        )
        return [row["role_name"] for row in rows]


def check_server(connection: database.Connection) -> None:
    """Refuse a server that is too old or a database that does not hold UTF-8."""
    number = connection.info.server_version // 10000
    if number < OLDEST_VERSION:
        raise ConfigurationError(
            f"the server is PostgreSQL {number}", f"PostgreSQL {OLDEST_VERSION} or newer is needed."
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ConfigurationError(
            f"the database {connection.info.dbname} is encoded as {encoding}",
            "Create it with ENCODING 'UTF8' TEMPLATE template0.",
        )


def install_objects(connection: psycopg.Connection[Any], root: Path = DB) -> None:
    """Create what is new or changed and drop what no file defines, in the caller's transaction."""
    pinned = _installed(connection)
    files = object_files(root)
    created, dropped = _due(connection, files, pinned)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_DATA_LOCK,))  # a refresh or load ends first
        cursor.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        cursor.execute("SET LOCAL check_function_bodies = off")
        cursor.execute("SET LOCAL client_min_messages = warning")
        for kind, name in dropped:
            _drop(connection, kind, name)
        for file in created:
            if file.kind != "routine":
                _drop(connection, file.kind, file.name)
        missing = [file for file in files if file in created or not _exists(connection, file)]
        published = [file for file in missing if file.kind in ("matview", "assertion")]
        waiting = _create(connection, [file for file in missing if file not in published], published)
        _pin(connection, created)
        if any(file.kind == "view" and file.name.startswith("rollup.") for file in created):
            # What the rollups hold was counted in another way: they are counted again before views are filled from them.
            cursor.execute("CALL rollup.drop_columns()")
            cursor.execute("INSERT INTO rollup.dirty DEFAULT VALUES")
            if cursor.execute("SELECT FROM staging.orders LIMIT 1").rowcount:
                cursor.execute("CALL ops.settle_rights()")
                cursor.execute("SELECT rollup.apply_changes()")
                cursor.execute("SELECT rollup.apply_deferred()")
        _create(connection, [*waiting, *published])
        cursor.execute("CALL rollup.note_tables()")
        cursor.execute("CALL bi.create_views()")
        cursor.execute("CALL ops.watch_inputs()")
        cursor.execute("CALL ops.watch_writes()")
        cursor.execute("CALL config.take_statistics()")
        cursor.execute("CALL ops.note_columns()")
        cursor.execute("CALL ops.settle_rights()")


def _installed(connection: psycopg.Connection[Any]) -> dict[tuple[str, str], str]:
    """Return the digest of each installed file by (kind, name)."""
    with connection.cursor(row_factory=dict_row) as cursor:
        if cursor.execute("SELECT to_regclass('ops.installed_object') AS known").fetchone() == {"known": None}:
            return {}
        rows = cursor.execute("SELECT kind, object_name, digest FROM ops.installed_object")
        return {(row["kind"], row["object_name"]): row["digest"] for row in rows}


def _rights_due(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the statements that would settle the rights on what is installed, what is too much first."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        if cursor.execute("SELECT to_regclass('ops.right_due') IS NULL").fetchone() is True:
            return []
        return cursor.execute("SELECT statement FROM ops.right_due ORDER BY verb DESC, statement").fetchall()


def _migration_files(migrations: MigrationList) -> list[ObjectFile]:
    """Return the files of yoyo's migrations."""
    return [ObjectFile("migration", migration.id, Path(migration.path)) for migration in migrations]


def _refuse_edited(files: list[ObjectFile], pinned: dict[tuple[str, str], str]) -> None:
    """Refuse to go on when an applied migration was edited or is missing."""
    for file in files:
        if pinned.get((file.kind, file.name), file.digest) != file.digest:
            raise ConfigurationError(
                f"migration {file.name} was edited after it was applied",
                "Restore the file as it was, and put the change into a new migration.",
            )
    names = {file.name for file in files}
    for kind, name in pinned:
        if kind == "migration" and name not in names:
            raise ConfigurationError(
                f"migration {name} was applied but has no file",
                "This program is older than the database: install the newer one.",
            )


def _due(
    connection: psycopg.Connection[Any], files: list[ObjectFile], pinned: dict[tuple[str, str], str]
) -> tuple[list[ObjectFile], list[tuple[str, str]]]:
    """Return the files whose object is new, changed or missing, and (kind, name) of objects that no file defines."""
    created = [
        file for file in files if pinned.get((file.kind, file.name)) != file.digest or not _exists(connection, file)
    ]
    names = {(file.kind, file.name) for file in files}
    dropped = [key for key in pinned if key[0] != "migration" and key not in names]
    return created, dropped


def _exists(connection: psycopg.Connection[Any], file: ObjectFile) -> bool:
    """Tell whether the object of a file is in the database."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        if file.kind == "routine":
            return bool(_routine_ids(connection, file.name))
        return cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (file.name,)).fetchone() is True


def _routine_ids(connection: psycopg.Connection[Any], name: str) -> set[int]:
    """Return the oids of the routines of a qualified name, whatever their arguments."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        cursor.execute(
            "SELECT p.oid FROM pg_proc AS p INNER JOIN pg_namespace AS n ON p.pronamespace = n.oid"
            " WHERE n.nspname = %s AND p.proname = %s",
            name.split(".", 1),
        )
        return set(cursor)


def _replace_routine(connection: psycopg.Connection[Any], file: ObjectFile) -> None:
    """Create or replace a routine. A changed signature or parameter name makes a new one: the old ones are dropped."""
    before = _routine_ids(connection, file.name)
    try:
        with connection.transaction():
            connection.execute(file.text.encode())
    except (psycopg.errors.InvalidFunctionDefinition, psycopg.errors.WrongObjectType):
        _drop_routines(connection, file.name, before)
        connection.execute(file.text.encode())
    if _routine_ids(connection, file.name) - before:
        _drop_routines(connection, file.name, before)


def _drop_routines(connection: psycopg.Connection[Any], name: str, ids: set[int]) -> None:
    """Drop the routines of a name by oid, with the triggers that call them."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        statements = cursor.execute(
            "SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass)"
            " FROM pg_trigger WHERE tgfoid = ANY (%(ids)s)"
            " UNION ALL SELECT format('DROP ROUTINE %%s', oid::regprocedure) FROM pg_proc WHERE oid = ANY (%(ids)s)",
            {"ids": list(ids)},
        ).fetchall()
    for statement in statements:
        _drop_alone(connection, name, statement)


def _rehearse_drops(connection: database.Connection, created: list[ObjectFile], dropped: list[tuple[str, str]]) -> None:
    """Refuse, before the first migration is applied, when something of somebody else hangs on what must be replaced."""
    with connection.transaction(force_rollback=True):
        for kind, name in [*dropped, *((file.kind, file.name) for file in created if file.kind != "routine")]:
            _drop(connection, kind, name)


def _drop(connection: psycopg.Connection[Any], kind: str, name: str) -> None:
    """Drop an object and what of the pipeline hangs on it; refuse when something of somebody else does."""
    if kind == "routine":
        _drop_routines(connection, name, _routine_ids(connection, name))
    else:
        for statement in _drops_of_view(connection, name):
            _drop_alone(connection, name, statement)
    connection.execute("DELETE FROM ops.installed_object WHERE kind = %s AND object_name = %s", (kind, name))


def _drops_of_view(connection: psycopg.Connection[Any], name: str) -> list[str]:
    """Return statements that drop a view and those of the pipeline's own that read it, the outermost first."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            """
            WITH RECURSIVE reader (view_id, depth) AS (
                SELECT to_regclass(%s)::oid, 0
                UNION
                SELECT w.ev_class, reader.depth + 1
                FROM reader
                INNER JOIN pg_depend AS d
                    ON reader.view_id = d.refobjid AND d.refclassid = 'pg_class'::regclass
                    AND d.classid = 'pg_rewrite'::regclass
                INNER JOIN pg_rewrite AS w ON d.objid = w.oid AND reader.view_id <> w.ev_class
            )
            SELECT
                format('DROP %%sVIEW %%s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' END, c.oid::regclass)
            FROM reader
            INNER JOIN pg_class AS c ON reader.view_id = c.oid
            INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
            WHERE
                reader.depth = 0
                OR EXISTS (
                    SELECT FROM ops.installed_object AS i WHERE i.object_name = format('%%s.%%s', n.nspname, c.relname)
                )
                OR n.nspname = 'bi'
                AND EXISTS (SELECT FROM pg_matviews AS m WHERE m.schemaname = 'analytics' AND m.matviewname = c.relname)
            GROUP BY c.oid, c.relkind
            ORDER BY max(reader.depth) DESC
            """,
            (name,),
        ).fetchall()


def _drop_alone(connection: psycopg.Connection[Any], name: str, statement: str) -> None:
    """Run a DROP that does not cascade, for the sake of an object; refuse when something else hangs on it."""
    try:
        connection.execute(statement.encode())
    except psycopg.errors.DependentObjectsStillExist as error:
        dependent = (error.diag.message_detail or str(error)).splitlines()[0]
        raise WorkFailedError(
            f"{name} must be replaced, but {dependent}",
            "Drop what depends on it, run the migration, and create it again.",
        ) from error


def _create(
    connection: psycopg.Connection[Any], files: list[ObjectFile], later: list[ObjectFile] | None = None
) -> list[ObjectFile]:
    """Create objects; one that needs another which is not there yet waits for it. Return those that wait for later ones."""
    waiting = dict.fromkeys(files)
    while waiting:
        still_waiting: dict[ObjectFile, psycopg.Error] = {}
        for file in waiting:
            try:
                with connection.transaction():
                    if file.kind == "routine":
                        _replace_routine(connection, file)
                    else:
                        connection.execute(file.text.encode())
            except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction) as error:
                still_waiting[file] = error
            except psycopg.Error as error:
                raise from_statement(_place(file, error), error) from error
        if len(still_waiting) == len(waiting):
            if later:
                break
            culprit, reason = _culprit(still_waiting)
            raise from_statement(_place(culprit, reason), reason) from reason
        waiting = dict.fromkeys(still_waiting)
    return list(waiting)


def _culprit(waiting: dict[ObjectFile, psycopg.Error]) -> tuple[ObjectFile, psycopg.Error]:
    """Return the first file that does not just wait for another one of them."""
    for file, error in waiting.items():
        if not any(other.name in str(error) for other in waiting if other is not file):
            return file, error
    return next(iter(waiting.items()))


def _place(file: ObjectFile, error: psycopg.Error) -> str:
    """Return the file and, where the server tells it, the line of a mistake."""
    name = f"{file.path.parent.name}/{file.path.name}"
    position = error.diag.statement_position
    return f"{name}, line {file.text.count(chr(10), 0, int(position) - 1) + 1}" if position else name


def _pin(connection: psycopg.Connection[Any], files: list[ObjectFile]) -> None:
    """Note what each file held when it was installed."""
    for file in files:
        connection.execute(
            "INSERT INTO ops.installed_object (kind, object_name, digest) VALUES (%s, %s, %s)"
            " ON CONFLICT (kind, object_name) DO UPDATE SET digest = excluded.digest, installed_at = now()",
            (file.kind, file.name, file.digest),
        )
