"""Installing and upgrading: guarded, repeatable, all or nothing, and the same wherever it began."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from runner import install
from runner.errors import ConfigurationError, PipelineError, WorkFailedError
from tests import shop
from tests.conftest import Db, database_url
from tests.test_rollup_law import differences

OUR_SCHEMAS = ("landing", "staging", "rollup", "predict", "analytics", "bi", "assertions", "config", "ops", "public")

CATALOG = {
    "schemas": """
        SELECT n.nspname, n.nspacl::text, obj_description(n.oid, 'pg_namespace')
        FROM pg_namespace AS n WHERE n.nspname = ANY (%(schemas)s)
    """,
    "relations": """
        SELECT n.nspname, c.relname, c.relkind, c.relpersistence, c.relispopulated, c.reloptions, c.relacl::text,
            obj_description(c.oid, 'pg_class')
        FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid WHERE n.nspname = ANY (%(schemas)s)
    """,
    "columns": """
        SELECT n.nspname, c.relname, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname,
            format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation::text, a.attnotnull, a.attidentity,
            a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attacl::text, col_description(c.oid, a.attnum)
        FROM pg_class AS c
        INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
        INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE n.nspname = ANY (%(schemas)s)
    """,
    "constraints": """
        SELECT k.conrelid::regclass::text, k.conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint AS k INNER JOIN pg_namespace AS n ON k.connamespace = n.oid
        WHERE n.nspname = ANY (%(schemas)s)
    """,
    "indexes": """
        SELECT pg_get_indexdef(i.indexrelid)
        FROM pg_index AS i
        INNER JOIN pg_class AS c ON i.indexrelid = c.oid
        INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
        WHERE n.nspname = ANY (%(schemas)s)
    """,
    "views": """
        SELECT n.nspname, c.relname, pg_get_viewdef(c.oid)
        FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
        WHERE n.nspname = ANY (%(schemas)s) AND c.relkind IN ('v', 'm')
    """,
    "routines": """
        SELECT pg_get_functiondef(p.oid), p.proacl::text, obj_description(p.oid, 'pg_proc')
        FROM pg_proc AS p INNER JOIN pg_namespace AS n ON p.pronamespace = n.oid WHERE n.nspname = ANY (%(schemas)s)
    """,
    "triggers": "SELECT pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger AS t WHERE NOT t.tgisinternal",
    "installed": "SELECT kind, object_name, digest FROM ops.installed_object",
}

OIDS = """
    SELECT c.oid, c.relfilenode, c.xmin::text FROM pg_class AS c
    WHERE c.relnamespace = ANY (%(schemas)s::regnamespace[]) AND c.relname !~ 'yoyo'
    UNION ALL
    SELECT p.oid, 0, p.xmin::text FROM pg_proc AS p WHERE p.pronamespace = ANY (%(schemas)s::regnamespace[])
    UNION ALL
    SELECT t.oid, 0, t.xmin::text FROM pg_trigger AS t
    UNION ALL
    SELECT d.objoid, d.objsubid, d.xmin::text FROM pg_description AS d
    ORDER BY 1, 2, 3
"""


def catalog(connection: Any, without: tuple[str, ...] = ()) -> dict[str, list[Any]]:
    """Return what is installed, comparable between databases: definitions, comments and rights, no oids."""
    found = {}
    with psycopg.connect(connection if isinstance(connection, str) else database_url(connection)) as own:
        for name, query in CATALOG.items():
            if name in without:
                continue
            found[name] = sorted(own.execute(query.encode(), {"schemas": list(OUR_SCHEMAS)}).fetchall(), key=repr)
    return found


def oids(connection: Any) -> list[Any]:
    """Return the identity and version of every catalog row of ours: any DDL at all changes it."""
    with psycopg.connect(connection if isinstance(connection, str) else database_url(connection)) as own:
        return own.execute(OIDS.encode(), {"schemas": list(OUR_SCHEMAS)}).fetchall()


def oid(db: Db, name: str) -> int | None:
    row = db.execute("SELECT to_regclass(%s)::oid::bigint AS oid", (name,)).fetchone()
    assert row is not None
    found: int | None = row["oid"]
    return found


def signatures(db: Db, name: str) -> list[str]:
    """Return kind, result and named arguments of every routine of a qualified name."""
    rows = db.execute(
        "SELECT concat_ws(' ', p.prokind, pg_get_function_result(p.oid), pg_get_function_arguments(p.oid)) AS signature"
        " FROM pg_proc AS p WHERE p.pronamespace::regnamespace::text || '.' || p.proname = %s ORDER BY 1",
        (name,),
    )
    return [row["signature"] for row in rows]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of db/, for a test to change."""
    return shutil.copytree(install.DB, tmp_path / "db", ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture
def upgrade(db: Db, root: Path) -> Callable[[], install.Plan]:
    """Install the copy of db/ over the installed database."""
    return lambda: install.migrate(database_url(db), root=root)


LAYERS = {
    "matviews/lower.sql": """
        CREATE MATERIALIZED VIEW analytics.lower AS SELECT 1 AS key;
        CREATE UNIQUE INDEX lower_key ON analytics.lower (key);
        COMMENT ON MATERIALIZED VIEW analytics.lower IS 'One row.';
        COMMENT ON COLUMN analytics.lower.key IS 'Key.';
    """,
    "matviews/upper.sql": """
        CREATE MATERIALIZED VIEW analytics.upper AS SELECT key FROM analytics.lower;
        CREATE UNIQUE INDEX upper_key ON analytics.upper (key);
        COMMENT ON MATERIALIZED VIEW analytics.upper IS 'One row.';
        COMMENT ON COLUMN analytics.upper.key IS 'Key.';
    """,
    "assertions/upper_agrees.sql": """
        CREATE VIEW assertions.upper_agrees AS SELECT key FROM analytics.upper WHERE key <> 1;
        COMMENT ON VIEW assertions.upper_agrees IS 'error: the key is 1.';
    """,
}
LAYER_NAMES = ["analytics.lower", "analytics.upper", "assertions.upper_agrees"]


@pytest.fixture
def layers(root: Path, upgrade: Callable[[], install.Plan]) -> Path:
    """A copy of db/, installed, with a materialized view, one that reads it, and an assertion that reads that one."""
    for name, text in LAYERS.items():
        (root / name).write_text(text, encoding="utf-8")
    assert sorted(upgrade().created) == LAYER_NAMES
    return root


def edit(path: Path, old: str, new: str) -> None:
    """Replace text that the file must hold."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- migrations -------------------------------------------------------------------------------------------------------


def test_an_edited_migration_is_refused_by_its_name(db: Db, root: Path, upgrade: Callable[[], install.Plan]) -> None:
    edit(root / "migrations" / "0002.config.sql", "DEFAULT 'USD'", "DEFAULT 'EUR'")
    before = oids(db)
    with pytest.raises(ConfigurationError, match=r"migration 0002\.config was edited") as caught:
        upgrade()
    assert caught.value.remedy is not None
    assert "new migration" in caught.value.remedy
    with pytest.raises(ConfigurationError, match=r"0002\.config"):
        install.plan(database_url(db), root=root)
    assert oids(db) == before


def test_a_migration_that_was_applied_but_has_no_file_is_refused_by_its_name(
    db: Db, root: Path, upgrade: Callable[[], install.Plan]
) -> None:
    (root / "migrations" / "0099.from-the-future.sql").write_text("CREATE TABLE IF NOT EXISTS staging.future ();")
    upgrade()
    (root / "migrations" / "0099.from-the-future.sql").unlink()
    before = oids(db)
    with pytest.raises(ConfigurationError, match=r"0099\.from-the-future was applied but has no file"):
        upgrade()
    assert oids(db) == before


def test_a_new_migration_is_planned_and_applied_once(db: Db, root: Path, upgrade: Callable[[], install.Plan]) -> None:
    (root / "migrations" / "0099.more.sql").write_text("CREATE TABLE staging.more ();")
    assert install.plan(database_url(db), root=root) == install.Plan(["0099.more"], [], [])
    assert oid(db, "staging.more") is None, "a plan must do nothing"
    assert upgrade() == install.Plan(["0099.more"], [], [])
    assert upgrade().is_empty


def test_a_broken_migration_is_named_and_can_be_mended(db: Db, root: Path, upgrade: Callable[[], install.Plan]) -> None:
    broken = root / "migrations" / "0099.broken.sql"
    broken.write_text("CREATE TABLE staging.half (); CREATE TABLE staging.orders ();")
    before = catalog(db)
    with pytest.raises(WorkFailedError, match=r'migration 0099\.broken failed: relation "orders" already exists'):
        upgrade()
    assert catalog(db) == before
    broken.write_text("CREATE TABLE staging.whole ();")
    assert upgrade().migrations == ["0099.broken"]


def test_a_migration_killed_before_it_was_marked_can_run_again(empty_database: str) -> None:
    """yoyo applies and marks in two transactions: whatever stands between them must be repeatable."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for path in sorted((install.DB / "migrations").glob("0*.sql")):
            connection.execute(path.read_bytes())
            once = catalog(empty_database, without=("installed",))
            connection.execute(path.read_bytes())
            assert catalog(empty_database, without=("installed",)) == once, path.name


def test_a_migration_keeps_the_settings_that_a_shop_changed(empty_database: str) -> None:
    migrations = sorted((install.DB / "migrations").glob("0*.sql"))
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for path in migrations:
            connection.execute(path.read_bytes())
        connection.execute("UPDATE config.shop SET shop_name = 'Tea & Co'")
        connection.execute("UPDATE config.customer_tier SET min_orders = 12 WHERE customer_tier = 'VIP'")
        for path in migrations:
            connection.execute(path.read_bytes())
        row = connection.execute(
            "SELECT shop_name, min_orders FROM config.shop, config.customer_tier WHERE customer_tier = 'VIP'"
        ).fetchone()
    assert row == ("Tea & Co", 12)


def test_a_column_that_a_rollup_gives_no_more_goes_and_nothing_of_somebody_elses(
    db: Db, root: Path, upgrade: Callable[[], install.Plan]
) -> None:
    """A view of somebody else's on the column stops the upgrade, and the old version stays whole."""
    shop.fill(db)
    db.execute("CALL refresh_analytics()")
    path = root / "views" / "rollup" / "refund_days_recounted.sql"
    text = path.read_text()
    assert "    count(*) AS refunded_orders,\n" in text
    path.write_text(text.replace("    count(*) AS refunded_orders,\n", ""))
    db.execute("CREATE VIEW public.theirs AS SELECT refunded_orders FROM rollup.refund_days")
    with pytest.raises(WorkFailedError, match=r"cannot drop column refunded_orders of table rollup\.refund_days"):
        upgrade()
    db.execute("TABLE public.theirs")
    db.execute("CALL refresh_analytics(p_full => true)")  # the old view is there, and its table has all its columns
    db.execute("DROP VIEW public.theirs")
    upgrade()
    with pytest.raises(psycopg.errors.UndefinedColumn):
        db.execute("SELECT refunded_orders FROM rollup.refund_days")
    db.execute("UPDATE staging.orders SET refunded_amount = 1, refunded_at = '2024-03-02'")
    db.execute("CALL refresh_analytics()")
    assert db.execute("TABLE rollup.refund_days").rowcount == 1


def test_an_installation_notes_when_a_rollup_is_kept_and_mends_what_is_noted(
    db: Db, root: Path, upgrade: Callable[[], install.Plan]
) -> None:
    def occasion(relation: str) -> str:
        row = db.execute(
            f"SELECT occasion FROM rollup.{relation} WHERE table_name = 'category_days'".encode()
        ).fetchone()
        assert row is not None
        return str(row["occasion"])

    shop.fill(db)
    edit(root / "views" / "rollup" / "category_days_recounted.sql", "'at refresh: ", "'after product_days: ")
    upgrade()
    assert occasion("known_table") == occasion("maintained_table") == "after product_days"
    db.execute("UPDATE staging.order_items SET total_amount = total_amount + 1")
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    assert differences(db) == {}

    edit(root / "views" / "rollup" / "item_days_recounted.sql", "'at refresh: ", "'after lunch: ")
    with pytest.raises(WorkFailedError, match=r'rollup\.item_days would never be counted: "after lunch"'):
        upgrade()
    edit(root / "views" / "rollup" / "item_days_recounted.sql", "'after lunch: ", "'at refresh: ")

    db.execute("CALL refresh_analytics()")
    db.execute("DELETE FROM rollup.known_table WHERE occasion = 'customer_id at refresh'")
    db.execute("UPDATE staging.orders SET total_amount = total_amount + 1")
    with pytest.raises(
        psycopg.errors.ObjectNotInPrerequisiteState, match='no rollup "customer_id at refresh"'
    ) as error:
        db.execute("CALL refresh_analytics()")
    assert error.value.diag.message_hint == "Run: runner migrate"
    upgrade()
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    assert differences(db) == {}


# --- once, twice, at once, killed -------------------------------------------------------------------------------------


def test_installing_twice_does_nothing(db: Db) -> None:
    before = oids(db)
    assert install.plan(database_url(db)).is_empty
    assert install.migrate(database_url(db)) == install.Plan([], [], [])
    assert oids(db) == before


def test_the_plan_of_an_empty_database_is_what_the_installation_then_does(empty_database: str) -> None:
    planned = install.plan(empty_database)
    with psycopg.connect(empty_database) as connection:
        ours = "SELECT FROM pg_namespace WHERE nspname = ANY (%s) AND nspname <> 'public'"
        assert connection.execute(ours, (list(OUR_SCHEMAS),)).rowcount == 0, "a plan must do nothing"
    assert planned.migrations[0].startswith("0001")
    assert "public.refresh_analytics" in planned.created
    assert install.migrate(empty_database) == planned


def test_the_lock_of_the_installer_is_the_one_that_the_database_knows(db: Db) -> None:
    keys = db.execute("SELECT ops.lock_key('install') AS install, ops.lock_key('data') AS data").fetchone()
    assert keys == {"install": install._INSTALL_LOCK, "data": install._DATA_LOCK}


def test_a_lock_row_that_a_killed_installer_left_blocks_nobody(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: float) -> None:
        pytest.fail("yoyo waits for a lock row")

    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ops")
        connection.execute(
            "CREATE TABLE ops.yoyo_lock (locked integer DEFAULT 1, ctime timestamp, pid integer NOT NULL,"
            " PRIMARY KEY (locked))"
        )
        connection.execute("INSERT INTO ops.yoyo_lock VALUES (1, now(), 1)")
    monkeypatch.setattr("yoyo.backends.base.time.sleep", refuse)
    assert install.migrate(empty_database).migrations


INSTALL = (
    "import sys, pathlib; from runner import install; install.migrate(sys.argv[1], root=pathlib.Path(sys.argv[2]))"
)


@contextmanager
def installer(url: str, root: Path) -> Iterator[subprocess.Popen[str]]:
    """Run an installer as a process of its own; it is killed at the end at the latest."""
    process = subprocess.Popen(
        [sys.executable, "-c", INSTALL, url, str(root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(url: str, condition: str, count: int = 1) -> None:
    """Wait until so many other backends of the database meet a condition on pg_stat_activity."""
    query = (
        f"SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND {condition}"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(500):
            if connection.execute(query.encode()).rowcount == count:
                return
            time.sleep(0.02)
    pytest.fail(f"never {count} backends with {condition}")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("migrations/0099.slow.sql", "CREATE TABLE staging.slow ();\nSELECT pg_sleep(60);\n"),
        ("procedures/ops/slow.sql", "CREATE FUNCTION ops.slow() RETURNS int LANGUAGE sql AS 'SELECT 1';\nSELECT pg_sleep(60);\n"),
    ],
    ids=["in a migration", "in an object"],
)  # fmt: skip
def test_an_installer_killed_in_the_middle_blocks_nobody(db: Db, root: Path, file: str, text: str) -> None:
    url = database_url(db)
    (root / file).write_text(text)
    with installer(url, root) as process:
        wait_for(url, "wait_event = 'PgSleep'")
        process.send_signal(signal.SIGKILL)
        process.wait()
        (root / file).write_text(text.splitlines()[0])
        started = time.monotonic()
        done = install.migrate(url, root=root)
    assert time.monotonic() - started < 10
    assert [*done.migrations, *done.created] == [Path(file).stem if "migrations" in file else "ops.slow"]
    assert install.plan(url, root=root).is_empty


def test_two_installers_at_once_both_end_well(empty_database: str, db: Db, root: Path) -> None:
    with psycopg.connect(empty_database, autocommit=True) as gate:
        gate.execute("SELECT pg_advisory_lock(%s)", (install._INSTALL_LOCK,))
        with installer(empty_database, root) as one, installer(empty_database, root) as other:
            wait_for(empty_database, "wait_event_type = 'Lock' AND wait_event = 'advisory'", count=2)
            gate.execute("SELECT pg_advisory_unlock(%s)", (install._INSTALL_LOCK,))
            for process in (one, other):
                _, errors = process.communicate(timeout=60)
                assert (process.returncode, errors) == (0, "")
    assert catalog(empty_database) == catalog(db)
    with psycopg.connect(empty_database) as connection:
        applied = connection.execute(
            "SELECT count(*), count(DISTINCT migration_id) FROM ops._yoyo_migration"
        ).fetchone()
    assert applied is not None
    assert applied[0] == applied[1] == len(list((root / "migrations").glob("0*.sql")))


# --- objects that come, change and go ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "file", "name", "text"),
    [
        ("routine", "procedures/ops/spare.sql", "ops.spare",
         "CREATE FUNCTION ops.spare() RETURNS integer LANGUAGE sql AS 'SELECT 1';"),
        ("view", "views/ops/spare.sql", "ops.spare", "CREATE VIEW ops.spare AS SELECT 1 AS x;"),
        ("matview", "matviews/spare.sql", "analytics.spare",
         "CREATE MATERIALIZED VIEW analytics.spare AS SELECT 1 AS x; CREATE UNIQUE INDEX spare_x_key ON analytics.spare (x);"),
        ("assertion", "assertions/spare.sql", "assertions.spare",
         "CREATE VIEW assertions.spare AS SELECT 1 AS x WHERE false; COMMENT ON VIEW assertions.spare IS 'warn: Spare.';"),
    ],
)  # fmt: skip
def test_what_a_new_file_brings_goes_with_the_file(
    db: Db, root: Path, upgrade: Callable[[], install.Plan], kind: str, file: str, name: str, text: str
) -> None:
    before = catalog(db)
    (root / file).write_text(text)
    assert upgrade() == install.Plan([], [name], [])
    there = db.execute("SELECT to_regclass(%s) IS NOT NULL OR to_regproc(%s) IS NOT NULL AS there", (name, name))
    assert there.fetchone() == {"there": True}
    assert (oid(db, "bi.spare") is not None) == (kind == "matview")
    (root / file).unlink()
    assert install.plan(database_url(db), root=root) == install.Plan([], [], [name])
    assert upgrade() == install.Plan([], [], [name])
    assert catalog(db) == before


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("procedures/rollup/rebuild.sql", "rollup.rebuild"),
        ("views/staging/bulk_definition.sql", "staging.bulk_definition"),
        ("assertions/data_fresh.sql", "assertions.data_fresh"),
    ],
)
def test_an_object_whose_file_is_deleted_disappears(
    db: Db, root: Path, upgrade: Callable[[], install.Plan], file: str, name: str
) -> None:
    (root / file).unlink()
    assert upgrade() == install.Plan([], [], [name])
    assert oid(db, name) is None
    assert signatures(db, name) == []
    pinned = db.execute("SELECT FROM ops.installed_object WHERE object_name = %s", (name,))
    assert pinned.rowcount == 0


def test_a_deleted_materialized_view_takes_its_plain_view_along(
    db: Db, layers: Path, upgrade: Callable[[], install.Plan]
) -> None:
    (layers / "matviews" / "upper.sql").unlink()
    (layers / "assertions" / "upper_agrees.sql").unlink()
    assert upgrade().dropped == LAYER_NAMES[1:]
    assert (oid(db, "analytics.upper"), oid(db, "bi.upper")) == (None, None)
    assert oid(db, "bi.lower") is not None


def test_what_users_made_in_our_schemas_is_left_alone(db: Db, root: Path, upgrade: Callable[[], install.Plan]) -> None:
    db.execute("CREATE FUNCTION ops.mine() RETURNS integer LANGUAGE sql AS 'SELECT 42'")
    db.execute("CREATE VIEW bi.mine AS SELECT 42 AS answer")
    db.execute("CREATE MATERIALIZED VIEW analytics.mine AS SELECT 42 AS answer")
    db.execute("CREATE TABLE staging.mine (answer integer)")
    edit(root / "procedures" / "ops" / "unlock.sql", "Gives back", "Returns")
    edit(root / "matviews" / "daily_sales.sql", "Orders in any status.", "All orders.")
    upgrade()
    assert db.execute("SELECT ops.mine() AS answer FROM staging.mine RIGHT JOIN bi.mine ON true").fetchone() == {
        "answer": 42
    }
    assert db.execute("SELECT * FROM analytics.mine").fetchone() == {"answer": 42}


def test_an_object_that_somebody_dropped_comes_back(db: Db, layers: Path, upgrade: Callable[[], install.Plan]) -> None:
    before = catalog(db)
    db.execute("DROP FUNCTION ops.unlock(text)")
    db.execute("DROP VIEW assertions.data_fresh")
    db.execute("DROP MATERIALIZED VIEW analytics.lower CASCADE")
    db.execute("DROP VIEW bi.daily_sales")
    assert set(upgrade().created) == {"ops.unlock", "assertions.data_fresh", *LAYER_NAMES}
    assert catalog(db) == before


SUM = "CREATE OR REPLACE {kind} ops.total({arguments}) {returns} LANGUAGE sql AS $$ SELECT {body} $$;"


@pytest.mark.parametrize(
    ("kind", "arguments", "returns", "body", "signature"),
    [
        ("FUNCTION", "p_first integer, p_other integer", "RETURNS integer", "p_first + p_other",
         "f integer p_first integer, p_other integer"),
        ("FUNCTION", "p_left integer, p_right integer", "RETURNS bigint", "(p_left + p_right)::bigint",
         "f bigint p_left integer, p_right integer"),
        ("FUNCTION", "p_left integer, p_right integer, p_more integer", "RETURNS integer", "p_left + p_right + p_more",
         "f integer p_left integer, p_right integer, p_more integer"),
        ("FUNCTION", "p_left bigint", "RETURNS integer", "p_left::integer", "f integer p_left bigint"),
        ("PROCEDURE", "p_left integer, p_right integer", "", "p_left + p_right", "p IN p_left integer, IN p_right integer"),
    ],
    ids=["renamed parameter", "changed return type", "one argument more", "other arguments", "now a procedure"],
)  # fmt: skip
def test_a_routine_with_another_signature_replaces_the_old_one(
    db: Db,
    root: Path,
    upgrade: Callable[[], install.Plan],
    kind: str,
    arguments: str,
    returns: str,
    body: str,
    signature: str,
) -> None:
    file = root / "procedures" / "ops" / "total.sql"
    first = {"kind": "FUNCTION", "arguments": "p_left integer, p_right integer", "returns": "RETURNS integer"}
    file.write_text(SUM.format(**first, body="p_left + p_right"))
    upgrade()
    assert signatures(db, "ops.total") == ["f integer p_left integer, p_right integer"]
    file.write_text(SUM.format(kind=kind, arguments=arguments, returns=returns, body=body))
    assert upgrade() == install.Plan([], ["ops.total"], [])
    assert signatures(db, "ops.total") == [signature]


def test_a_routine_that_changed_inside_keeps_its_oid_and_its_triggers(
    db: Db, root: Path, upgrade: Callable[[], install.Plan]
) -> None:
    query = (
        "SELECT t.oid, 'rollup.mark_everything'::regproc::oid AS routine"
        " FROM pg_trigger AS t WHERE NOT tgisinternal ORDER BY 1"
    )
    before = db.execute(query).fetchall()
    edit(root / "procedures" / "rollup" / "mark_everything.sql", "Marks everything", "Marks each group")
    upgrade()
    assert db.execute(query).fetchall() == before
    source = db.execute("SELECT prosrc FROM pg_proc WHERE oid = 'rollup.mark_everything'::regproc").fetchone()
    assert source is not None
    assert "Marks each group" in source["prosrc"]


def test_a_changed_materialized_view_is_rebuilt_with_what_hangs_on_it(
    db: Db, layers: Path, upgrade: Callable[[], install.Plan]
) -> None:
    before = catalog(db)
    old = {name: oid(db, name) for name in ("analytics.product_performance", "bi.product_performance")}
    hanging = {name: oid(db, name) for name in LAYER_NAMES}
    file = layers / "matviews" / "lower.sql"
    edit(file, "1 AS key", "1 AS key, 1 AS one")
    with file.open("a") as stream:
        stream.write("COMMENT ON COLUMN analytics.lower.one IS 'Always one.';\n")
    assert upgrade() == install.Plan([], ["analytics.lower"], [])

    assert all(oid(db, name) not in (None, hanging[name]) for name in LAYER_NAMES)
    assert {name: oid(db, name) for name in old} == old, "what does not hang on it must stay"
    after = catalog(db)
    new = {name: [row for row in after[name] if row not in before[name]] for name in after}
    gone = {name: [row for row in before[name] if row not in after[name]] for name in after}
    described = [row[3::8] for row in new.pop("columns")]
    assert described == [("one", "Always one."), ("one", "Always one.")]
    assert [row[:2] for row in new.pop("views")] == [("analytics", "lower"), ("bi", "lower")]
    assert [row[:2] for row in new.pop("installed")] == [("matview", "analytics.lower")]
    assert not any(new.values()), new
    assert not any(gone[name] for name in gone if name not in ("views", "installed")), gone

    db.execute("SET ROLE pipeline_reader")
    assert db.execute("SELECT count(one) AS ones FROM bi.lower").fetchone() == {"ones": 1}
    assert db.execute("SELECT total_orders FROM bi.kpi_summary").fetchone() == {"total_orders": 0}


def test_a_changed_plain_view_is_rebuilt_with_what_hangs_on_it(
    db: Db, root: Path, upgrade: Callable[[], install.Plan]
) -> None:
    before = catalog(db)
    edit(
        root / "views" / "ops" / "view_dependency.sql",
        "One row per view and relation",
        "One row for each view and relation",
    )
    assert upgrade() == install.Plan([], ["ops.view_dependency"], [])
    after = catalog(db)
    changed = [row[:2] for row in after.pop("relations") if row not in before["relations"]]
    assert changed == [("ops", "view_dependency")]
    for name in ("views", "columns", "routines"):
        assert after[name] == before[name]


def test_published_figures_are_right_at_once_when_rollups_are_counted_in_another_way(published: Db, root: Path) -> None:
    """As after a migration that makes a new rollup, empty as it is, and views that read it."""
    before = shop.hashes(published)
    published.execute("TRUNCATE rollup.buyer_days, rollup.pairs")
    edit(root / "views" / "rollup" / "buyer_days_recounted.sql", "who bought.", "that bought.")
    for view in ("customer_cohorts", "daily_sales", "daily_country_sales", "weekly_sales", "product_affinity"):
        edit(root / "matviews" / f"{view}.sql", "One row per", "A row per")
    assert "analytics.weekly_sales" in install.migrate(database_url(published), root=root).created
    assert shop.hashes(published) == before


def test_what_somebody_else_reads_is_refused_before_the_first_migration(
    db: Db, root: Path, upgrade: Callable[[], install.Plan]
) -> None:
    db.execute("CREATE SCHEMA reporting; CREATE VIEW reporting.weeks AS SELECT * FROM analytics.weekly_sales")
    edit(root / "matviews" / "weekly_sales.sql", "Orders in any status.", "All orders.")
    (root / "migrations" / "0099.new.sql").write_text("CREATE TABLE staging.new ();\n")
    with pytest.raises(WorkFailedError, match=r"weekly_sales must be replaced, but view reporting\.weeks"):
        upgrade()
    assert oid(db, "staging.new") is None
    assert install.plan(database_url(db), root=root).migrations == ["0099.new"]


FOREIGN = {
    "another schema": "CREATE SCHEMA reporting; CREATE VIEW reporting.days AS SELECT * FROM bi.daily_sales",
    "a schema of ours": "CREATE VIEW bi.days AS SELECT * FROM bi.daily_sales",
    "through another view": "CREATE VIEW bi.inner_days AS SELECT * FROM analytics.daily_sales;"
    "CREATE SCHEMA reporting; CREATE VIEW reporting.days AS SELECT * FROM bi.inner_days",
    "a materialized view": "CREATE SCHEMA reporting; CREATE MATERIALIZED VIEW reporting.days AS SELECT * FROM bi.kpi_summary",
    "a function": "CREATE SCHEMA reporting; CREATE FUNCTION reporting.days() RETURNS bigint LANGUAGE sql"
    " BEGIN ATOMIC SELECT count(*) FROM bi.daily_sales; END",
}


@pytest.mark.parametrize("how", FOREIGN)
@pytest.mark.parametrize("is_deleted", [False, True], ids=["changed", "deleted"])
def test_a_materialized_view_that_somebody_else_reads_is_refused_and_nothing_changes(
    db: Db, root: Path, upgrade: Callable[[], install.Plan], how: str, is_deleted: bool
) -> None:
    db.execute(FOREIGN[how].encode())
    if is_deleted:
        for file in ("matviews/daily_sales", "matviews/kpi_summary", "assertions/kpis_agree"):
            (root / f"{file}.sql").unlink()
        for file in ("order_totals_agree", "revenue_not_negative"):
            (root / "assertions" / f"{file}.sql").unlink()
    else:
        edit(root / "matviews" / "daily_sales.sql", "Orders in any status.", "All orders.")
    before = oids(db)
    with pytest.raises(WorkFailedError, match=r"reporting\.days|bi\.days|bi\.inner_days") as caught:
        upgrade()
    assert "daily_sales" in caught.value.message or "kpi_summary" in caught.value.message
    assert caught.value.remedy is not None
    assert oids(db) == before


def test_a_routine_that_somebody_elses_view_calls_is_refused_and_nothing_changes(
    db: Db, root: Path, upgrade: Callable[[], install.Plan]
) -> None:
    db.execute("CREATE SCHEMA reporting; CREATE VIEW reporting.keys AS SELECT ops.lock_key('run') AS key")
    edit(root / "procedures" / "ops" / "lock_key.sql", "p_name", "p_other_name")
    before = oids(db)
    with pytest.raises(WorkFailedError, match=r"ops\.lock_key.*reporting\.keys"):
        upgrade()
    assert oids(db) == before


BROKEN = {
    "procedures/ops/unlock.sql": "CREATE OR REPLACE FUNCTION ops.unlock(p_name text) RETURN bigint;",
    "procedures/config/set_clock.sql": "CREATE OR REPLACE PROCEDURE config.set_clock(p_as_of no_such_type) LANGUAGE sql AS '';",
    "views/ops/refresh_order.sql": "CREATE VIEW ops.refresh_order AS SELECT no_such_column FROM ops.run;",
    "matviews/daily_sales.sql": "CREATE MATERIALIZED VIEW analytics.daily_sales AS SELECT * FROM rollup.no_such_table;",
    "matviews/product_performance.sql": "CREATE MATERIALIZED VIEW analytics.product_performance AS SELECT 1/0 AS x;",
    "assertions/data_fresh.sql": "CREATE VIEW assertions.data_fresh AS SELECT no_such_function();",
}  # fmt: skip


@pytest.mark.parametrize("file", BROKEN)
def test_a_broken_file_is_named_and_everything_stays_as_it_was(
    db: Db, root: Path, upgrade: Callable[[], install.Plan], file: str
) -> None:
    edit(root / "procedures" / "ops" / "is_transient.sql", "worth another try", "worth one more try")
    edit(root / "matviews" / "customer_metrics.sql", "Orders in any status.", "All orders.")
    (root / file).write_text(f"-- Broken.\n\n{BROKEN[file]}\n")
    before = oids(db)
    with pytest.raises(PipelineError) as caught:
        upgrade()
    assert isinstance(caught.value, WorkFailedError)
    assert Path(file).name in caught.value.message
    assert "\n" not in caught.value.message
    assert oids(db) == before


def test_the_line_of_a_mistake_is_named(root: Path, upgrade: Callable[[], install.Plan]) -> None:
    (root / "assertions" / "wrong.sql").write_text("CREATE VIEW assertions.wrong AS\nSELECT\n    1 AS one,\n    two;\n")
    with pytest.raises(WorkFailedError, match=r"wrong\.sql, line 4: .*two"):
        upgrade()


def test_an_upgraded_database_equals_a_fresh_one(db: Db, empty_database: str, root: Path) -> None:
    """Install another state of every kind of object, then upgrade to the real one."""
    edit(
        root / "matviews" / "daily_sales.sql",
        "    t.category AS top_category",
        "    t.category AS top_category, 1 AS one",
    )
    edit(root / "matviews" / "product_performance.sql", "product_performance_product_id_key", "another_name")
    edit(root / "matviews" / "customer_metrics.sql", "Orders in any status.", "All orders.")
    edit(root / "assertions" / "data_fresh.sql", "'error: ", "'warn: ")
    edit(root / "assertions" / "kpis_agree.sql", "    k.total_revenue,\n", "    k.total_revenue,\n    k.as_of,\n")
    edit(root / "views" / "rollup" / "maintained_table.sql", "'One row per rollup table", "'A row per rollup table")
    edit(root / "procedures" / "ops" / "lock_key.sql", "p_name", "p_key_name")
    edit(root / "procedures" / "ops" / "skip_run.sql", "skip_run()", "skip_run(p_reason text DEFAULT '')")
    edit(
        root / "procedures" / "ops" / "step_done.sql",
        "    p_step_name text,\n",
        "    p_step_name text,\n    p_extra text,\n",
    )
    edit(root / "procedures" / "landing" / "refuse_orphans.sql", "RETURNS bigint", "RETURNS integer")
    edit(root / "procedures" / "ops" / "note_change.sql", "REVOKE ALL", "-- REVOKE ALL")
    (root / "matviews" / "old.sql").write_text(
        "CREATE MATERIALIZED VIEW analytics.old AS SELECT s.sale_date, r.reason FROM analytics.daily_sales AS s"
        " CROSS JOIN ops.rejected_row AS r; CREATE UNIQUE INDEX old_key ON analytics.old (sale_date, reason);"
    )
    (root / "assertions" / "old.sql").write_text("CREATE VIEW assertions.old AS SELECT * FROM analytics.old;")
    (root / "procedures" / "ops" / "old.sql").write_text(
        "CREATE OR REPLACE FUNCTION ops.old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        "CREATE OR REPLACE TRIGGER old AFTER INSERT ON staging.orders EXECUTE FUNCTION ops.old();"
    )
    (root / "procedures" / "staging" / "merge_file.sql").unlink()
    (root / "views" / "staging" / "bulk_definition.sql").unlink()

    install.migrate(empty_database, root=root)
    altered, fresh = catalog(empty_database), catalog(db)
    for name in ("relations", "columns", "indexes", "views", "routines", "triggers", "installed"):
        assert altered[name] != fresh[name], f"the other state must differ in {name}"
    install.migrate(empty_database)
    upgraded = catalog(empty_database)
    assert upgraded == fresh


# --- servers that will not do -----------------------------------------------------------------------------------------


def test_a_database_that_does_not_hold_utf8_is_refused(server: str, empty_database: str) -> None:
    name = f"ascii_{os.getpid()}"
    with psycopg.connect(empty_database, autocommit=True) as admin:
        admin.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'".encode()
        )
        try:
            url = empty_database.replace("/empty?", f"/{name}?")
            for work in (install.migrate, install.plan):
                with pytest.raises(ConfigurationError, match=rf"{name} is encoded as SQL_ASCII") as caught:
                    work(url)
                assert caught.value.remedy is not None
                assert "UTF8" in caught.value.remedy
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_a_server_that_is_too_old_is_refused() -> None:
    class Info:
        server_version = 140012

    class Old:
        info = Info()

    with pytest.raises(ConfigurationError, match="PostgreSQL 14") as caught:
        install.check_server(Old())  # type: ignore[arg-type]
    assert caught.value.remedy is not None
    assert "15" in caught.value.remedy


def test_a_role_that_an_installation_makes_is_in_the_audit(db: Db, empty_database: str) -> None:
    db.execute("ALTER ROLE pipeline_pii RENAME TO other_pii")
    try:
        install.migrate(empty_database)
        with psycopg.connect(empty_database) as connection:
            made = "SELECT object_name, statement FROM ops.audit WHERE kind = 'role' AND action = 'CREATE'"
            assert connection.execute(made.encode()).fetchall() == [
                ("pipeline_pii", "CREATE ROLE pipeline_pii NOLOGIN")
            ]
            connection.execute("DROP OWNED BY pipeline_pii")
    finally:
        db.execute("DROP ROLE IF EXISTS pipeline_pii; ALTER ROLE other_pii RENAME TO pipeline_pii")


def test_a_role_that_may_not_install_is_told_so(db: Db) -> None:
    role = f"guest_{os.getpid()}"
    db.execute(f"CREATE ROLE {role} LOGIN".encode())
    try:
        url = database_url(db).replace("postgres@", f"{role}@")
        db.execute("DROP SCHEMA ops CASCADE")
        with pytest.raises(ConfigurationError, match="permission denied for database"):
            install.migrate(url)
    finally:
        db.execute(f"DROP ROLE {role}".encode())


def test_the_plan_is_plain_data(db: Db) -> None:
    assert json.loads(json.dumps(vars(install.plan(database_url(db))))) == {
        "migrations": [],
        "created": [],
        "dropped": [],
        "settled": [],
    }


def test_the_installer_leaves_no_connection_behind(empty_database: str) -> None:
    """An open connection would keep the database from being cloned or dropped."""
    install.migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True, row_factory=dict_row) as connection:
        for _ in range(50):
            others = connection.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
            if others.rowcount == 0:
                return
            time.sleep(0.02)
    pytest.fail("a connection was left open")
