"""Laws that every object of the database keeps: found by asking the catalog, so that a new object is held to them too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_postgresql.executors import NoopExecutor

from runner import install
from tests.conftest import SERVER, Db

SCHEMAS = ("landing", "staging", "rollup", "predict", "analytics", "bi", "assertions", "config", "ops")
OURS = "(" + ", ".join(f"'{schema}'" for schema in SCHEMAS) + ")"
LONGEST_ROUTINE = 100  # lines; the median is to stay below 40


def found(db: Db, query: str) -> list[str]:
    """Return the first column of a query that looks for breaches."""
    return [str(next(iter(row.values()))) for row in db.execute(query.encode()).fetchall()]


def test_every_relation_says_what_a_row_is(db: Db) -> None:
    assert not found(
        db,
        f"""
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text IN {OURS} AND c.relkind IN ('r', 'v', 'm')
        AND c.relname NOT LIKE '%yoyo%' AND obj_description(c.oid, 'pg_class') IS NULL
        """,
    )


def test_every_schema_has_a_comment(db: Db) -> None:
    assert not found(
        db,
        f"SELECT nspname FROM pg_namespace WHERE nspname IN {OURS} AND obj_description(oid, 'pg_namespace') IS NULL",
    )


def test_every_published_column_has_a_comment(db: Db) -> None:
    assert not found(
        db,
        """
        SELECT format('%s.%s', c.oid::regclass, a.attname) FROM pg_class AS c
        INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace::regnamespace::text IN ('analytics', 'bi') AND c.relkind IN ('v', 'm')
        AND col_description(a.attrelid, a.attnum) IS NULL
        """,
    )


def test_every_setting_has_a_comment(db: Db) -> None:
    assert not found(
        db,
        """
        SELECT format('%s.%s', c.oid::regclass, a.attname) FROM pg_class AS c
        INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'config'::regnamespace AND c.relkind = 'r' AND col_description(a.attrelid, a.attnum) IS NULL
        """,
    )


def test_every_routine_opens_with_a_doc_block(db: Db) -> None:
    for name, source in [
        (row["name"], row["source"])
        for row in db.execute(
            f"SELECT oid::regprocedure::text AS name, prosrc AS source FROM pg_proc"
            f" WHERE pronamespace::regnamespace::text IN {OURS} OR oid = 'public.refresh_analytics'::regproc".encode()
        )
    ]:
        body = source.split("BEGIN\n", 1)[-1] if "BEGIN\n" in source else source
        assert re.match(r"\s*-- \w", body), name
        assert source.count("\n") <= LONGEST_ROUTINE, name


def test_every_published_relation_can_be_refreshed_concurrently(db: Db) -> None:
    """A materialized view with a unique index over plain columns that are never NULL in it."""
    assert not found(
        db,
        """
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind IN ('r', 'v', 'm') AND NOT (
            c.relkind = 'm' AND EXISTS (
                SELECT FROM pg_index AS i
                WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
            )
        )
        """,
    )


def test_the_keys_of_published_views_are_never_null(sample: Db) -> None:
    keys = sample.execute(
        "SELECT i.indrelid::regclass::text AS view, a.attname AS column FROM pg_index AS i"
        " INNER JOIN pg_class AS c ON i.indrelid = c.oid AND c.relnamespace = 'analytics'::regnamespace"
        " INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) WHERE i.indisunique"
    ).fetchall()
    assert keys
    for key in keys:
        assert not found(sample, f"SELECT 1 FROM {key['view']} WHERE {key['column']} IS NULL"), key


def test_bi_mirrors_analytics_column_by_column(db: Db) -> None:
    query = """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type,
            col_description(a.attrelid, a.attnum) AS comment
        FROM pg_class AS c
        INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = '{}'::regnamespace AND c.relkind = '{}'
        AND col_description(a.attrelid, a.attnum) NOT LIKE 'Internal: %' ORDER BY c.relname, a.attnum
        """
    published = db.execute(query.format("analytics", "m").encode()).fetchall()
    written = {file.stem for file in install.DB.glob("views/bi/*.sql")}
    shown = db.execute(query.format("bi", "v").encode()).fetchall()
    assert published
    assert [row for row in shown if row["relname"] not in written] == [
        row for row in published if row["relname"] not in written
    ]

    # A view by hand under the name of a materialized view shows all of it, and columns of others in their words.
    assert not [row for row in published if row not in shown]
    columns = [(row["attname"], row["type"], row["comment"]) for row in published]
    names = {row["relname"] for row in published}
    added = [row for row in shown if row["relname"] in names and row not in published]
    assert [row for row in added if (row["attname"], row["type"], row["comment"]) not in columns] == []


def test_bi_tools_can_hold_every_number(db: Db) -> None:
    """Power BI and Tableau round what has more than 28 digits or no declared precision."""
    assert not found(
        db,
        """
        SELECT format('%I.%I', table_name, column_name) FROM information_schema.columns
        WHERE table_schema = 'bi' AND data_type = 'numeric' AND coalesce(numeric_precision, 99) > 28
        """,
    )


def test_nothing_is_a_float_but_what_a_fit_finds(db: Db) -> None:
    assert not found(
        db,
        f"""
        SELECT format('%s.%s', a.attrelid::regclass, a.attname) FROM pg_attribute AS a
        INNER JOIN pg_class AS c ON a.attrelid = c.oid
        WHERE c.relnamespace::regnamespace::text IN {OURS} AND c.relnamespace <> 'predict'::regnamespace AND a.attnum > 0
        AND a.atttypid IN ('real'::regtype, 'double precision'::regtype)
        """,
    )


def test_constraints_and_indexes_are_named_after_their_table_and_kind(db: Db) -> None:
    endings = "CASE k.contype WHEN 'p' THEN 'pkey' WHEN 'u' THEN '.+_key' WHEN 'f' THEN '.+_fkey' WHEN 'c' THEN '.+_check' END"
    assert not found(
        db,
        f"""
        SELECT format('%s: %s', k.conrelid::regclass, k.conname) FROM pg_constraint AS k
        INNER JOIN pg_class AS c ON k.conrelid = c.oid
        WHERE k.connamespace::regnamespace::text IN {OURS} AND c.relname NOT LIKE '%yoyo%' AND k.contype IN ('p', 'u', 'f', 'c')
        AND k.conname !~ ('^' || c.relname || '_' || {endings} || '$')
        """,
    )
    assert not found(
        db,
        f"""
        SELECT i.indexrelid::regclass::text FROM pg_index AS i
        INNER JOIN pg_class AS t ON i.indrelid = t.oid INNER JOIN pg_class AS x ON i.indexrelid = x.oid
        WHERE t.relnamespace::regnamespace::text IN {OURS} AND t.relname NOT LIKE '%yoyo%'
        AND x.relname !~ ('^' || t.relname || '_(.+_)?(pkey|key|idx)$')
        """,
    )


def test_routines_that_run_with_their_owners_rights_are_pinned_and_closed(db: Db) -> None:
    assert not found(
        db,
        """
        SELECT p.oid::regprocedure::text FROM pg_proc AS p
        WHERE p.prosecdef AND p.pronamespace::regnamespace::text !~ '^(pg_|information_schema|cron)'
        AND (
            NOT coalesce(p.proconfig, '{}')::text LIKE '%search_path=%'
            OR has_function_privilege('public', p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype
        )
        """,
    )


def test_every_table_that_a_published_view_reads_is_watched(db: Db) -> None:
    unwatched = """
        SELECT t::regclass::text FROM ops.view_input AS o CROSS JOIN unnest(o.input_tables) AS t
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger AS g WHERE g.tgrelid = t::regclass AND g.tgfoid = 'ops.note_change'::regproc
            AND g.tgtype & 1 = 0 AND g.tgenabled = 'O'
        )
    """
    assert not found(db, unwatched)
    db.execute("DROP TRIGGER note_change ON staging.customers")
    assert found(db, unwatched)


def test_no_figure_depends_on_the_wall_clock(db: Db) -> None:
    assert not found(
        db,
        r"""
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text IN ('analytics', 'bi', 'assertions', 'rollup') AND c.relkind IN ('v', 'm')
        AND pg_get_viewdef(c.oid) ~* '\m(now|current_date|current_timestamp|localtimestamp|clock_timestamp|timeofday)\M'
        """,
    )


def test_views_do_not_call_our_routines(db: Db) -> None:
    assert not found(
        db,
        f"""
        SELECT w.ev_class::regclass::text FROM pg_depend AS d
        INNER JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        INNER JOIN pg_proc AS p ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
        WHERE p.pronamespace::regnamespace::text IN {OURS}
        """,
    )


def test_the_reader_may_read_bi_and_nothing_else(db: Db) -> None:
    readable = found(
        db,
        f"""
        SELECT DISTINCT c.relnamespace::regnamespace::text FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text IN {OURS} AND c.relkind IN ('r', 'v', 'm')
        AND has_schema_privilege('pipeline_reader', c.relnamespace, 'USAGE')
        AND has_table_privilege('pipeline_reader', c.oid, 'SELECT')
        """,
    )
    assert readable == ["bi"]
    assert not found(
        db,
        f"""
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text IN {OURS} AND c.relkind IN ('r', 'v', 'm') AND (
            has_table_privilege('pipeline_reader', c.oid, 'INSERT') OR has_table_privilege('pipeline_reader', c.oid, 'UPDATE')
            OR has_table_privilege('pipeline_reader', c.oid, 'DELETE')
        )
        """,
    )
    db.execute("SET ROLE pipeline_reader")
    assert db.execute("SELECT total_orders FROM bi.kpi_summary").fetchall() == [{"total_orders": 0}]


def test_order_items_keep_the_keys_that_a_scale_out_needs(db: Db) -> None:
    assert found(
        db,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'staging.order_items'::regclass AND contype IN ('p', 'u') ORDER BY contype",
    ) == ["PRIMARY KEY (order_id, order_item_id)", "UNIQUE (order_item_id)"]


def test_published_views_read_rollups_and_dimensions_not_facts(db: Db) -> None:
    assert not found(
        db,
        "SELECT view_name FROM ops.view_input WHERE schema_name = 'analytics'"
        " AND input_tables && '{staging.orders, staging.order_items}'",
    )


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(install.DB.glob("*/**/*.sql")) if file.parent.name != "migrations"],
    ids=lambda file: str(file.relative_to(install.DB)),
)
def test_a_file_makes_the_object_that_its_path_names(file: Path) -> None:
    schema = {"matviews": "analytics", "assertions": "assertions"}.get(file.parent.name, file.parent.name)
    made = re.findall(
        r"^CREATE (?:OR REPLACE )?(?:MATERIALIZED VIEW|VIEW|FUNCTION|PROCEDURE) ([\w.]+)",
        file.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert made == [f"{schema}.{file.stem}"]


def make_what_routines_find(db: Db) -> None:
    """Make plpgsql_check, the temporary tables that routines find, and what they use of pg_cron, where it is."""
    db.execute("CREATE EXTENSION plpgsql_check")
    db.execute("CREATE TEMPORARY TABLE pending_row AS SELECT o.*, true AS is_new FROM landing.orders AS o")
    db.execute(
        "CREATE TEMPORARY TABLE day_rate AS SELECT currency, order_day, exchange_rate AS rate FROM staging.orders"
    )
    db.execute("CREATE TEMPORARY TABLE foreign_order AS SELECT order_id, exchange_rate FROM staging.orders")
    db.execute(
        "CREATE TEMPORARY TABLE changed_rows AS SELECT * FROM staging.product_prices"
    )  # of one that has three names
    db.execute(
        "CREATE TEMPORARY TABLE purchase_history (customer_id text, repeat_days int, last_day int, age_days int,"
        " repeat_revenue numeric)"
    )
    for table in ("purchase_cell (x, t_x, t_total, customers)", "purchase_tail (i, customers, sampled)"):
        db.execute(f"CREATE TEMPORARY TABLE {table.replace(',', ' float8,').replace(')', ' float8)')}".encode())
    db.execute("CREATE TEMPORARY TABLE value_cell (x float8, mean_value float8, customers float8)")
    db.execute(
        "CREATE TEMPORARY TABLE price_week"
        " (product_id text, week int, units float8, price numeric, y float8, x float8, s float8)"
    )
    db.execute("CREATE TEMPORARY TABLE pair_count (product_id text, other_product_id text, orders bigint)")
    db.execute("CREATE TEMPORARY TABLE buyer_count (country text, product_id text, customers bigint)")
    # What routines use of pg_cron, where it is.
    db.execute("CREATE SCHEMA cron")
    db.execute(
        "CREATE TABLE cron.job (jobid bigint, jobname text, schedule text, command text, database text, active boolean)"
    )
    db.execute(
        "CREATE TABLE cron.job_run_details"
        " (runid bigint, jobid bigint, status text, return_message text, end_time timestamptz)"
    )
    db.execute("CREATE FUNCTION cron.schedule(text, text, text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'")
    db.execute("CREATE FUNCTION cron.unschedule(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'")


@pytest.mark.skipif(SERVER != "15", reason="plpgsql_check comes with Debian's PostgreSQL 15")
def test_plpgsql_check_finds_nothing(db: Db) -> None:
    """A trigger's routine is checked on a table that has it."""
    make_what_routines_find(db)
    assert not found(
        db,
        f"""
        SELECT format('%s, line %s: %s', p.oid::regprocedure, f.lineno, f.message)
        FROM pg_proc AS p
        INNER JOIN pg_language AS l ON p.prolang = l.oid AND l.lanname = 'plpgsql'
        LEFT JOIN (
            SELECT tgfoid, max(tgrelid::bigint)::oid AS relation, max(tgnewtable::text) AS new, max(tgoldtable::text) AS old
            FROM pg_trigger GROUP BY tgfoid
        ) AS t ON p.oid = t.tgfoid
        CROSS JOIN LATERAL plpgsql_check_function_tb(
            p.oid, coalesce(t.relation, 0), newtable => t.new::name, oldtable => nullif(t.old, t.new)::name
        ) AS f
        WHERE p.pronamespace::regnamespace::text IN {OURS} OR p.oid = 'public.refresh_analytics'::regproc
        """,
    )


def test_the_median_routine_is_short(installed: NoopExecutor) -> None:
    lengths = sorted(file.read_text(encoding="utf-8").count("\n") for file in install.DB.glob("procedures/*/*.sql"))
    assert lengths[len(lengths) // 2] <= 40
