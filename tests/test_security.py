"""Who may do what, what is masked, what is refused, and what an attacker gets: nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import errors as pg
from psycopg.rows import dict_row

from runner import cli, install
from runner.dashboard import render
from tests import shop
from tests.conftest import ROOT, Db, database_url, url_of

ROLES = {"reader": "pipeline_reader", "pii": "pipeline_pii", "analyst": "pipeline_analyst", "runner": "pipeline_runner"}
PERSONAL = ("full_name", "first_name", "last_name", "email")
FOREIGN = "^(pg_|information_schema$|cron$)"  # schemas that are not ours to judge


@contextmanager
def login(db: Db, *roles: str) -> Iterator[Db]:
    """Yield a connection of a new user who has roles, and drop the user."""
    name = f"user_{os.getpid()}"
    db.execute(f"CREATE ROLE {name} LOGIN {'IN ROLE ' if roles else ''}{', '.join(roles)}".encode())
    try:
        with psycopg.connect(database_url(db), user=name, autocommit=True, row_factory=dict_row) as connection:
            yield connection
    finally:
        db.execute(f"DROP OWNED BY {name}".encode())
        db.execute(f"DROP ROLE {name}".encode())


def as_user(db: Db, user: Db) -> str:
    """Return the URL of a database for a user."""
    return database_url(db).replace("postgres@", f"{user.info.user}@")


def one(db: Db, query: str, *arguments: Any) -> Any:
    """Return the first value of a query."""
    row = db.execute(query.encode(), arguments or None).fetchone()
    assert row is not None
    return next(iter(row.values()))


def run(*arguments: str) -> int:
    """Run the command line in this process and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments])
    return int(ended.value.code or 0)


# --- rights -----------------------------------------------------------------------------------------------------------


@cache
def matrix() -> list[tuple[str, str, dict[str, set[str]]]]:
    """Return the rows of the table of docs/security.md: kind, pattern, and the rights of each role."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    head, *lines = text.split("\n| kind | objects")[1].split("\n\n")[0].splitlines()
    roles = [cell.strip() for cell in head.strip("| ").split("|")]
    rows = []
    for line in lines[1:]:
        kind, objects, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rights = {ROLES[role]: set(cell.split()) for role, cell in zip(roles, cells, strict=True)}
        rows.append((kind, objects.strip("`"), rights))
    return rows


def allowed(kind: str, name: str, role: str) -> set[str]:
    """Return the rights that the table gives a role: those of the last row that fits."""
    found: set[str] = set()
    for row_kind, pattern, rights in matrix():
        if row_kind == kind and fnmatchcase(name, pattern):
            found = rights.get(role, set())
    return found


WALK = f"""
    WITH
    party AS (SELECT rolname::text AS role, oid AS role_id FROM pg_roles WHERE rolname = ANY (%(roles)s)),
    object AS (
        SELECT n.oid AS id, 'schema' AS kind, n.nspname::text AS name, '{{USAGE,CREATE}}'::text[] AS rights
        FROM pg_namespace AS n WHERE n.nspname !~ '{FOREIGN}' AND n.nspname <> 'public'
        UNION ALL
        SELECT
            c.oid,
            CASE
                WHEN c.relkind = 'S' THEN 'sequence'
                WHEN c.relkind IN ('v', 'm') THEN 'view'
                WHEN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'is_only_row')
                THEN 'one-row table'
                ELSE 'table'
            END,
            n.nspname || '.' || c.relname,
            CASE WHEN c.relkind = 'S' THEN '{{USAGE,SELECT,UPDATE}}'
                ELSE '{{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}}' END::text[]
        FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
        WHERE n.nspname !~ '{FOREIGN}' AND n.nspname <> 'analytics' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        UNION ALL
        SELECT p.oid, 'routine', n.nspname || '.' || p.proname, '{{EXECUTE}}'
        FROM pg_proc AS p INNER JOIN pg_namespace AS n ON p.pronamespace = n.oid WHERE n.nspname !~ '{FOREIGN}'
    )
    SELECT y.role, o.kind, o.name, r.privilege,
        CASE o.kind
            WHEN 'schema' THEN has_schema_privilege(y.role_id, o.id, r.privilege)
            WHEN 'routine' THEN has_function_privilege(y.role_id, o.id, r.privilege)
            WHEN 'sequence' THEN has_sequence_privilege(y.role_id, o.id, r.privilege)
            WHEN 'table' THEN has_table_privilege(y.role_id, o.id, r.privilege)
            WHEN 'one-row table' THEN has_table_privilege(y.role_id, o.id, r.privilege)
            WHEN 'view' THEN has_table_privilege(y.role_id, o.id, r.privilege)
        END AS is_given
    FROM party AS y CROSS JOIN object AS o CROSS JOIN unnest(o.rights) AS r (privilege)
    UNION ALL
    SELECT y.role,
        CASE WHEN c.relnamespace <> 'analytics'::regnamespace THEN 'column of no right'
            WHEN a.attname = ANY (%(personal)s) THEN 'personal column' ELSE 'column' END,
        n.nspname || '.' || c.relname || '.' || a.attname, r.privilege,
        CASE WHEN c.relnamespace = 'analytics'::regnamespace
            THEN has_column_privilege(y.role_id, c.oid, a.attnum, r.privilege)
            ELSE has_column_privilege(y.role_id, c.oid, a.attnum, r.privilege)
                AND NOT has_table_privilege(y.role_id, c.oid, r.privilege) END
    FROM party AS y
    CROSS JOIN pg_class AS c
    INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid AND n.nspname !~ '{FOREIGN}'
    INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
    CROSS JOIN unnest('{{SELECT,INSERT,UPDATE,REFERENCES}}'::text[]) AS r (privilege)
    WHERE c.relkind IN ('r', 'p', 'v', 'm')
"""


def differences(db: Db, *roles: str) -> list[str]:
    """Return every right that a role has and should not, or the other way round."""
    walked = db.execute(WALK.encode(), {"roles": [*roles], "personal": [*PERSONAL]}).fetchall()
    assert len(walked) > 2000 * len(roles)
    told = {key: allowed(*key) for key in {(row["kind"], row["name"], row["role"]) for row in walked}}
    return [
        f"{row['role']}: {row['privilege']} on {row['kind']} {row['name']} is {row['is_given']}"
        for row in walked
        if row["is_given"] != (row["privilege"] in told[row["kind"], row["name"], row["role"]])
    ]


def test_every_role_has_exactly_the_rights_of_the_written_table(db: Db) -> None:
    with login(db) as nobody:  # who has what PUBLIC has
        assert not differences(db, *ROLES.values(), nobody.info.user)


def test_the_walk_finds_a_right_too_much_and_one_too_few_and_the_installer_settles_both(db: Db) -> None:
    db.execute(
        "CREATE TABLE ops.later (note text); CREATE FUNCTION rollup.later() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
    )
    db.execute(
        "GRANT SELECT ON staging.customers TO PUBLIC; GRANT UPDATE (country) ON staging.customers TO pipeline_analyst"
    )
    db.execute("REVOKE SELECT ON bi.kpi_summary FROM pipeline_reader; GRANT CREATE ON SCHEMA bi TO pipeline_reader")
    db.execute("GRANT EXECUTE ON PROCEDURE ops.forget_customer TO pipeline_runner")
    found = "\n".join(differences(db, *ROLES.values()))
    for part in (
        "pipeline_reader: SELECT on table staging.customers is True",
        "pipeline_analyst: UPDATE on column of no right staging.customers.country is True",
        "pipeline_reader: SELECT on view bi.kpi_summary is False",
        "pipeline_reader: CREATE on schema bi is True",
        "pipeline_runner: EXECUTE on routine ops.forget_customer is True",
        "pipeline_reader: EXECUTE on routine rollup.later is True",
        "pipeline_runner: INSERT on table ops.later is False",
    ):
        assert part in found, part
    install.migrate(database_url(db))
    assert {line.rsplit(" on ")[1] for line in differences(db, *ROLES.values())} == {"routine rollup.later is True"}, (
        "what somebody else made is left alone"
    )


def test_all_that_is_installed_belongs_to_an_owner_who_is_nobody(db: Db) -> None:
    owner = db.execute("SELECT * FROM pg_roles WHERE rolname = 'pipeline_owner'").fetchone()
    assert owner is not None
    for power in ("rolsuper", "rolcanlogin", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls"):
        assert not owner[power], power
    others = f"""
        SELECT c.oid::regclass::text AS name FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text !~ '{FOREIGN}' AND c.relkind <> 't' AND c.relowner <> %(owner)s
        UNION ALL
        SELECT p.oid::regprocedure::text FROM pg_proc AS p
        WHERE p.pronamespace::regnamespace::text !~ '{FOREIGN}' AND p.proowner <> %(owner)s
        UNION ALL
        SELECT n.nspname FROM pg_namespace AS n
        WHERE n.nspname !~ '{FOREIGN}' AND n.nspname <> 'public' AND n.nspowner <> %(owner)s
    """
    assert db.execute(others.encode(), {"owner": owner["oid"]}).fetchall() == []


def forbidden(db: Db) -> list[str]:
    """Return statements that a reader must not get through, made over all objects, then the well-known ways out."""
    relations = db.execute(
        f"SELECT n.nspname AS schema, c.oid::regclass::text AS name FROM pg_class AS c INNER JOIN pg_namespace AS n"
        f" ON c.relnamespace = n.oid WHERE n.nspname !~ '{FOREIGN}' AND c.relkind IN ('r', 'v', 'm') ORDER BY 2".encode()
    ).fetchall()
    routines = db.execute(
        f"SELECT CASE p.prokind WHEN 'p' THEN 'CALL ' ELSE 'SELECT ' END || format('%%I.%%I(%%s)', n.nspname, p.proname,"
        f" (SELECT string_agg(format('NULL::%%s', t), ', ') FROM unnest(p.proargtypes::regtype[]) AS t)) AS call"
        f" FROM pg_proc AS p INNER JOIN pg_namespace AS n ON p.pronamespace = n.oid"
        f" WHERE n.nspname !~ '{FOREIGN}' AND p.prorettype <> 'trigger'::regtype"
        f" AND NOT 'anyarray'::regtype = ANY (p.proargtypes) ORDER BY 1".replace("%%", "%").encode()
    ).fetchall()
    made = [row["call"] for row in routines]
    for row in relations:
        name = row["name"]
        if row["schema"] in ("bi", "live"):
            made += [
                f"DELETE FROM {name}",
                f"DROP VIEW {name} CASCADE",
                f"CREATE RULE r AS ON INSERT TO {name} DO NOTHING",
            ]
        else:
            made += [f"SELECT * FROM {name}", f"INSERT INTO {name} DEFAULT VALUES"]
    return [
        *made,
        *(f"CREATE TABLE {schema}.mine (a integer)" for schema in ("bi", "live", "ops", "analytics", "public")),
        *(f"SET ROLE {role}" for role in (*ROLES.values(), "pipeline_owner", "postgres") if role != "pipeline_reader"),
        *(f"GRANT {role} TO CURRENT_USER" for role in ("pipeline_owner", "pipeline_pii", "pg_read_all_data")),
        "SET SESSION AUTHORIZATION postgres",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE EXTENSION plpgsql_check",
        "CREATE FUNCTION bi.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TRIGGER mine AFTER INSERT ON staging.orders EXECUTE FUNCTION ops.note_change()",
        "ALTER VIEW bi.customer_metrics OWNER TO CURRENT_USER",
        "ALTER SYSTEM SET fsync = off",
        "ALTER ROLE pipeline_reader SUPERUSER",
        "ALTER DEFAULT PRIVILEGES FOR ROLE pipeline_owner GRANT SELECT ON TABLES TO PUBLIC",
        "COPY staging.customers TO STDOUT",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY (SELECT 1) TO '/tmp/mine'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_ls_dir('.')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_reload_conf()",
        "SELECT rolpassword FROM pg_authid",
        "SELECT passwd FROM pg_shadow",
        "DO $$ BEGIN LOCK TABLE staging.orders; END $$",
        "REFRESH MATERIALIZED VIEW analytics.kpi_summary",
        "CREATE PUBLICATION mine FOR ALL TABLES",
        "COMMENT ON VIEW bi.kpi_summary IS 'mine'",
        "CREATE LANGUAGE plpython3u",
    ]


def test_a_reader_tries_two_hundred_forbidden_statements_and_all_are_refused(published: Db) -> None:
    before = shop.hashes(published)
    statements = forbidden(published)
    assert len(statements) >= 200
    refused = (pg.InsufficientPrivilege, pg.ObjectNotInPrerequisiteState, pg.InvalidObjectDefinition)
    not_there = (pg.UndefinedFile, pg.FeatureNotSupported)  # an extension or language that this server lacks
    with login(published, "pipeline_reader") as reader:
        assert one(reader, "SELECT total_revenue FROM bi.kpi_summary") == 32
        for statement in statements:
            with pytest.raises((*refused, *not_there)) as caught:
                reader.execute(statement.encode())
            assert not isinstance(caught.value, not_there) or "CREATE" in statement
    assert shop.hashes(published) == before


def test_an_analyst_changes_settings_within_their_checks_and_reads_no_personal_data(published: Db) -> None:
    with login(published, "pipeline_analyst") as analyst:
        analyst.execute("UPDATE config.customer_tier SET min_orders = 12 WHERE customer_tier = 'VIP'")
        analyst.execute("UPDATE config.shop SET shop_name = 'Tea'")
        with pytest.raises(pg.CheckViolation):
            analyst.execute("UPDATE config.shop SET currency = 'gold'")
        assert one(analyst, "SELECT total_revenue FROM analytics.customer_metrics WHERE customer_id = 'C1'") == 18
        for statement in (
            "SELECT full_name FROM analytics.customer_metrics",
            "SELECT count(*) FROM analytics.customer_metrics AS m WHERE m::text LIKE '%Ada%'",
            "DELETE FROM config.shop",
            "UPDATE config.input_column SET value_if_empty = '1; DROP TABLE staging.orders'",
            "INSERT INTO config.assertion_severity VALUES ('rollups_agree', 'warn', '')",
            "UPDATE config.retention SET audit_days = 1",
            "UPDATE config.retention SET run_days = run_days",
            "UPDATE staging.orders SET total_amount = 0",
        ):
            with pytest.raises(pg.InsufficientPrivilege):
                analyst.execute(statement.encode())


def test_a_runner_loads_refreshes_and_can_do_nothing_else(
    db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with login(db, "pipeline_runner") as runner:
        monkeypatch.setenv("DATABASE_URL", as_user(db, runner))
        folder = shop.write(tmp_path / "shop", orders=[*shop.ROWS["orders"], "O5,C9,2024-03-03,completed,1.00"])
        assert run("load", str(folder), "--as-of", shop.AS_OF) == 0
        assert run("refresh") == 0
        runner.execute("CALL refresh_analytics(p_full => true)")
        runner.execute("CALL apply_changes()")
        shop.write(folder, products=["P1,Tea,Food,5.00,1.00", "P2,Cup,Home,10.00,6.00"])
        assert run("load", str(folder), "--full", "--yes") == 0
        assert run("refresh", "--full") == 0
        assert run("check") == 0
        assert run("status") == 0
        assert run("rejects", "--load", "1") == 0
        assert "denied" not in capsys.readouterr().err
        assert one(db, "SELECT total_revenue FROM bi.kpi_summary") == 32
        for statement in (
            "SELECT salt FROM ops.salt",
            "SELECT salt FROM ops.sight",
            "CALL ops.forget_customer('C1')",
            "DROP MATERIALIZED VIEW analytics.kpi_summary",
            "ALTER TABLE staging.orders DISABLE TRIGGER ALL",
            "CREATE OR REPLACE FUNCTION ops.lock_key(p_name text) RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
            "UPDATE config.shop SET currency = 'EUR'",
            "UPDATE config.input_column SET value_if_empty = '1'",
            "UPDATE ops.installed_object SET digest = ''",
            "UPDATE rollup.known_table SET new_values = 'excluded.total_orders, 0'",
            "INSERT INTO rollup.known_table SELECT * FROM rollup.known_table",
            "DELETE FROM rollup.known_table",
            "CALL rollup.note_tables()",
            "TRUNCATE staging.orders",
        ):
            with pytest.raises(pg.InsufficientPrivilege):
                runner.execute(statement.encode())
        for routine in ("refresh_as_owner", "analyze_table"):
            with pytest.raises(pg.WrongObjectType):
                runner.execute(f"CALL ops.{routine}('pg_catalog.pg_authid')".encode())


def test_a_runner_does_all_that_the_schedule_calls(
    published: Db, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published.execute(
        "INSERT INTO ops.audit (happened_at, kind, object_name, action) VALUES ('2020-01-01', 'operation', 'old', 'done')"
    )
    published.execute("UPDATE ops.run SET started_at = started_at - interval '2 days'")
    jobs = published.execute("SELECT command FROM config.job ORDER BY job_name <> 'refresh_if_overdue', job_name")
    told: list[str] = []
    with login(published, "pipeline_runner") as runner:
        runner.add_notice_handler(
            lambda notice: told.append(f"{notice.severity_nonlocalized} {notice.message_primary}")
        )
        runner.execute("INSERT INTO staging.orders VALUES ('O9', 'C2', '2024-03-03', 'completed', 5.00)")
        for job in jobs.fetchall():
            runner.execute(job["command"])
        monkeypatch.setenv("DATABASE_URL", as_user(published, runner))
        assert run("maintain") == 0
        assert "left to autovacuum" in capsys.readouterr().err
    assert not [line for line in told if line.startswith("WARNING")], "such as of tables that were skipped"
    assert one(published, "SELECT count(*) FROM ops.run WHERE status = 'succeeded'") == 3, (
        "one was due, one is every day's"
    )
    assert one(published, "SELECT total_revenue FROM bi.kpi_summary") == 37
    assert one(published, "SELECT count(*) FROM ops.full_check WHERE differences = '[]' AND violations = '[]'") == 1
    assert one(published, "SELECT count(*) FROM ops.audit WHERE object_name = 'old'") == 0
    assert (
        one(
            published,
            "SELECT (new_rows ->> 'audit')::int FROM ops.audit WHERE object_name = 'ops.maintain()' ORDER BY audit_id LIMIT 1",
        )
        == 1
    )
    assert (
        one(
            published,
            "SELECT count(*) FROM ops.own_table AS t, pg_class AS c WHERE c.oid = t.table_id AND reltuples < 0",
        )
        == 0
    )


def test_a_runner_adds_to_the_audit_in_its_own_name_and_now(published: Db) -> None:
    forged = (
        "INSERT INTO ops.audit (kind, object_name, action, user_name, acted_as, happened_at)"
        " VALUES ('{}', 'x', 'done', 'postgres', 'pipeline_owner', '2020-01-01')"
    )
    with login(published, "pipeline_runner") as runner:
        for kind in ("setting", "staging", "load write", "role"):
            with pytest.raises(pg.InsufficientPrivilege, match="by the pipeline alone"):
                runner.execute(forged.format(kind).encode())
        runner.execute(forged.format("load").encode())
        runner.execute("SET ROLE pipeline_runner")
        runner.execute(forged.format("operation").encode())
        rows = runner.execute(
            "SELECT user_name, acted_as, happened_at > now() - interval '1 hour' AS is_now FROM ops.audit"
            " WHERE object_name = 'x' ORDER BY audit_id"
        ).fetchall()
        assert rows == [
            {"user_name": runner.info.user, "acted_as": acted_as, "is_now": True}
            for acted_as in (None, "pipeline_runner")
        ]


def test_nobody_lets_the_audit_forget_what_is_younger_than_a_year(published: Db) -> None:
    with pytest.raises(pg.CheckViolation, match="retention_audit_days_check"):
        published.execute("UPDATE config.retention SET audit_days = 364")
    published.execute("ALTER TABLE config.retention DROP CONSTRAINT retention_audit_days_check")
    published.execute("UPDATE config.retention SET audit_days = 30")
    published.execute((install.DB / "migrations" / "0031.audit.sql").read_bytes())
    assert one(published, "SELECT audit_days FROM config.retention") == 365


ROLE_ROWS = (
    "SELECT object_name, action, statement FROM ops.audit WHERE kind = 'role' AND audit_id > %s ORDER BY audit_id"
)


def test_each_statement_that_settles_rights_is_in_the_audit_and_none_when_all_are_settled(db: Db) -> None:
    assert one(db, "SELECT count(*) FROM ops.audit WHERE action = 'GRANT' AND object_name = 'pipeline_reader'") > 20
    last = one(db, "SELECT max(audit_id) FROM ops.audit")
    install.migrate(database_url(db))
    db.execute("CALL ops.settle_rights()")
    assert db.execute(ROLE_ROWS.encode(), (last,)).fetchall() == []
    db.execute("GRANT UPDATE (country) ON staging.customers TO PUBLIC")
    db.execute("REVOKE SELECT ON bi.kpi_summary FROM pipeline_reader; CREATE TABLE ops.later (note text)")
    db.execute("ALTER VIEW bi.daily_sales OWNER TO CURRENT_USER")
    db.execute("CALL ops.settle_rights()")
    rows = [tuple(row.values()) for row in db.execute(ROLE_ROWS.encode(), (last,))]
    assert rows[:2] == [
        ("pipeline_owner", "ALTER", "ALTER TABLE bi.daily_sales OWNER TO pipeline_owner"),
        ("pipeline_owner", "ALTER", "ALTER TABLE ops.later OWNER TO pipeline_owner"),
    ]
    assert ("PUBLIC", "REVOKE", "REVOKE UPDATE (country) ON TABLE staging.customers FROM PUBLIC") in rows
    assert ("pipeline_reader", "GRANT", "GRANT SELECT ON TABLE bi.kpi_summary TO pipeline_reader") in rows
    assert ("pipeline_runner", "GRANT", "GRANT SELECT ON TABLE ops.later TO pipeline_runner") in rows


KEYS = """
    SELECT jsonb_object_agg(conname, oid::bigint) FROM pg_constraint
    WHERE connamespace = 'staging'::regnamespace AND contype IN ('p', 'u', 'f')
"""


def test_a_first_load_by_a_runner_builds_each_key_once_over_all_rows(
    db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, definitions = one(db, KEYS), "SELECT jsonb_agg(d.redo ORDER BY d.redo) FROM staging.bulk_definition AS d"
    defined = one(db, definitions)
    with login(db, "pipeline_runner") as runner:
        monkeypatch.setenv("DATABASE_URL", as_user(db, runner))
        assert run("load", str(shop.write(tmp_path / "shop"))) == 0
        after = one(db, KEYS)
        assert run("load", str(shop.write(tmp_path / "shop", products=["P1,Tea,Food,5.00,1.00"]))) == 0
    assert one(db, KEYS) == after, "a later load leaves them alone"
    assert after.keys() == before.keys()
    kept = {name for name in before if before[name] == after[name]}
    assert kept == {f"product_prices_{name}" for name in ("pkey", "valid_to_key", "valid_to_fkey")}, (
        "of no file's table"
    )
    assert one(db, definitions) == defined
    assert one(db, "SELECT count(*) FROM staging.order_items") == 5
    assert one(db, "SELECT count(*) FROM ops.bulk_step") == 0


def test_a_runner_takes_no_key_away_for_good_and_has_nothing_run_as_the_owner(db: Db) -> None:
    before = one(db, KEYS)
    evil = "INSERT INTO {}bulk_step (step_number, undo, redo) VALUES (0, '', 'ALTER TABLE staging.orders DISABLE TRIGGER ALL')"
    with login(db, "pipeline_runner") as runner:
        runner.execute("CREATE TEMPORARY TABLE bulk_step (step_number bigint, undo text, redo text)")
        runner.execute("SET search_path = pg_temp")
        for statement, refusal in (
            ("SELECT staging.begin_bulk(1)", pg.IntegrityConstraintViolation),
            ("BEGIN; SELECT staging.begin_bulk(1); SET CONSTRAINTS ALL IMMEDIATE", pg.IntegrityConstraintViolation),
            ("BEGIN; SELECT staging.begin_bulk(1); SELECT staging.begin_bulk(1)", pg.UndefinedObject),
            (
                "BEGIN; SELECT staging.begin_bulk(1); CALL staging.empty_for_copy('config.shop')",
                pg.ObjectNotInPrerequisiteState,
            ),
            ("BEGIN; SELECT staging.begin_bulk(1); TRUNCATE staging.orders", pg.InsufficientPrivilege),
            (f"BEGIN; SELECT staging.begin_bulk(1); {evil.format('ops.')}", pg.InsufficientPrivilege),
            (f"{evil.format('pg_temp.')}; CALL staging.end_bulk()", pg.ObjectNotInPrerequisiteState),
            ("CALL staging.empty_for_copy('staging.orders')", pg.ObjectNotInPrerequisiteState),
        ):
            with pytest.raises(refusal):
                runner.execute(statement.encode())
            runner.rollback()
            assert one(db, KEYS) == before, statement


# --- personal data ----------------------------------------------------------------------------------------------------


def shown(reader: Db) -> str:
    """Return all that a reader gets from bi and live."""
    views = reader.execute(
        "SELECT c.oid::regclass::text AS name FROM pg_class AS c"
        " WHERE c.relnamespace::regnamespace::text IN ('bi', 'live') AND c.relkind = 'v' ORDER BY 1"
    ).fetchall()
    assert len(views) > 25
    return "\n".join(
        str(one(reader, f"SELECT coalesce(string_agg(v::text, E'\\n'), '') FROM {view['name']} AS v")) for view in views
    )


def test_nobody_but_pii_sees_names_and_addresses_in_bi_and_live(published: Db) -> None:
    salt = one(published, "SELECT salt FROM ops.salt")
    masked = hashlib.sha256(f"{salt}ada@example.com".encode()).hexdigest()[:16] + "@example.com"
    published.execute("UPDATE staging.customers SET email = 'ADA@example.com' WHERE customer_id = 'C1'")
    names = ("Lovelace", "Ada", "ada@", "ADA@", "Hopper", "grace@")
    for roles in (("pipeline_reader",), ("pipeline_analyst",), ("pipeline_runner",)):
        with login(published, *roles) as reader:
            text = shown(reader)
            assert not [name for name in names if name in text], roles
            assert text.count("A. L.") == 3  # customer_metrics, dim_customer, live.customers
            assert text.count(masked) == 2, "the same address is the same value everywhere, however it is written"
    with login(published, "pipeline_reader", "pipeline_pii") as trusted:
        text = shown(trusted)
        assert text.count("Ada Lovelace") == 3
        assert "ada@example.com" in text
        trusted.execute("SET ROLE pipeline_reader")  # as the page does
        assert "Lovelace" not in shown(trusted)
    published.execute("CALL refresh_analytics()")
    assert one(published, "SELECT full_name FROM analytics.customer_metrics WHERE customer_id = 'C1'") == "Ada Lovelace"


def test_a_reader_cannot_look_behind_the_mask(published: Db) -> None:
    with login(published, "pipeline_reader") as reader:
        reader.execute(
            "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001"
            " AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"
        )
        heard: list[str] = []
        reader.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        reader.execute("SELECT FROM bi.customer_metrics WHERE pg_temp.leak(full_name) AND pg_temp.leak(email)")
        reader.execute("SELECT FROM live.customers WHERE pg_temp.leak(full_name) AND pg_temp.leak(email)")
        assert any("A. L." in text for text in heard)
        assert "Lovelace" not in "".join(heard)
        assert "ada@" not in "".join(heard)
        assert (
            reader.execute("SELECT FROM pg_stats WHERE schemaname IN ('staging', 'analytics', 'ops')").fetchall() == []
        )


def test_nothing_that_is_kept_or_published_is_made_from_masked_data(db: Db) -> None:
    found = db.execute(
        """
        WITH RECURSIVE masked (view_id) AS (
            SELECT 'ops.sight'::regclass::oid
            UNION
            SELECT d.view_id FROM masked AS m INNER JOIN ops.view_dependency AS d ON m.view_id = d.relation_id
        )
        SELECT DISTINCT c.relnamespace::regnamespace::text AS schema FROM masked AS m
        INNER JOIN pg_class AS c ON m.view_id = c.oid ORDER BY 1
        """
    ).fetchall()
    assert [row["schema"] for row in found] == ["bi", "live", "ops"]


def test_without_the_role_for_it_nobody_sees_personal_data(
    published: Db, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published.execute("ALTER ROLE pipeline_pii RENAME TO other_pii")
    try:
        assert one(published, "SELECT full_name FROM bi.dim_customer WHERE customer_id = 'C1'") == "A. L."
        assert run("migrate") == 0
        shown = capsys.readouterr().err
        assert "pipeline_pii" in shown
        assert "docs/security.md" in shown
    finally:
        published.execute("ALTER ROLE other_pii RENAME TO pipeline_pii")


def kept_texts(db: Db) -> str:
    """Return every row of every table and materialized view of the pipeline, but the log of statements."""
    tables = db.execute(
        f"SELECT c.oid::regclass::text AS name FROM pg_class AS c"
        f" WHERE c.relnamespace::regnamespace::text !~ '{FOREIGN}' AND c.relkind IN ('r', 'm')".encode()
    ).fetchall()
    return "\n".join(
        str(one(db, f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {table['name']} AS t")) for table in tables
    )


def kept_statistics(db: Db) -> str:
    """Return all values that the planner keeps of columns of the pipeline."""
    return str(
        one(
            db,
            "SELECT string_agg(concat_ws(' ', schemaname, tablename, attname, most_common_vals, histogram_bounds,"
            f" most_common_elems), E'\\n') FROM pg_stats WHERE schemaname::text !~ '{FOREIGN}'",
        )
    )


FIGURES = "SELECT to_jsonb(k) - 'published_at' AS figures FROM bi.kpi_summary AS k"


def test_a_forgotten_customer_leaves_no_trace_and_does_not_come_back(
    db: Db, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("Zelda", "Quux", "zelda@")
    line = "{},Zelda,Quux,zelda@example.com,Consumer,UK,{}"
    rows = [
        *shop.ROWS["customers"],
        line.format("17", "2024-01-03"),
        line.format("17", "2024-01-04"),
        line.format("", "x"),
    ]
    orders = [
        *shop.ROWS["orders"],
        "O7,17,2024-03-01,completed,7.00",
        "O8,17,someday,completed,1.00",
        "O9,C1,never,x,17.00",
    ]
    folder = shop.write(tmp_path / "shop", customers=rows, orders=orders)
    assert run("load", str(folder), "--as-of", shop.AS_OF) == 0
    assert run("refresh") == 0
    db.execute("UPDATE staging.customers SET last_name = NULL, first_name = NULL WHERE customer_id = '17'")
    with pytest.raises(psycopg.Error, match="customer_names_present"):  # its row goes into the log
        db.execute("CALL refresh_analytics()")
    db.execute("UPDATE staging.customers SET first_name = 'Zelda', last_name = 'Quux' WHERE customer_id = '17'")
    db.execute("CALL refresh_analytics()")
    db.execute("ANALYZE")
    db.execute("ALTER TABLE staging.customers ALTER COLUMN email SET STATISTICS 0")
    db.execute("CREATE TABLE landing.empty (email text)")
    db.execute("INSERT INTO landing.empty SELECT 'zelda@example.com' FROM generate_series(1, 9)")
    db.execute("ANALYZE landing.empty")
    db.execute("DELETE FROM landing.empty")
    before, figures = kept_texts(db), one(db, FIGURES)
    assert all(name in before for name in names)
    assert all(name in kept_statistics(db) for name in names)
    sums = "SELECT jsonb_agg(jsonb_build_array(rows_read, rows_refused, rows_superseded)) FROM ops.load_file"
    read = one(db, sums)

    with pytest.raises(psycopg.errors.NoDataFound, match="no customer 'C17; DROP'"):
        db.execute("CALL ops.forget_customer('C17; DROP')")
    db.execute("CALL ops.forget_customer('17')")
    after = kept_texts(db)
    assert not [name for name in names if name in after]
    assert not [name for name in names if name in kept_statistics(db)]
    target = (
        "SELECT attstattarget FROM pg_attribute WHERE attrelid = 'staging.customers'::regclass AND attname = 'email'"
    )
    assert one(db, target) == 0, "as it was"
    assert "O8,17," not in after, "a raw row with the id"
    assert "O9,C1,never,x,17.00" in after, "not one where 17 is an amount"
    assert one(db, FIGURES) == figures
    assert one(db, sums) == read
    metrics = "SELECT full_name || ' ' || total_revenue FROM analytics.customer_metrics WHERE customer_id = '17'"
    assert one(db, metrics) == "Forgotten 7.00"

    for extra in ("", "\n"):  # the same bytes again, and others
        (folder / "customers.csv").write_text((folder / "customers.csv").read_text() + extra)
        assert run("load", str(folder)) == 0
        after = kept_texts(db)
        assert not [name for name in names if name in after.replace(line.format("", "x"), "")]
    assert one(db, "SELECT rows_unchanged FROM ops.load_file ORDER BY load_id DESC, table_name LIMIT 1") == 3
    db.execute("TRUNCATE staging.customers CASCADE")
    shop.write(folder, customers=rows[:3], orders=orders[:5])
    assert run("load", str(folder)) == 0, "a first load too"
    assert "Zelda" not in str(one(db, "SELECT string_agg(c::text, '') FROM staging.customers AS c"))
    assert one(db, "SELECT count(*) FROM staging.customers") == 3
    assert capsys.readouterr().err.count("error") == 0


def refused(db: Db) -> list[tuple[str, str, str | None]]:
    """Return table, text and key of the rows that were set aside."""
    found = db.execute("SELECT table_name, raw_text, key_value FROM ops.rejected_row ORDER BY rejected_row_id")
    return [(row["table_name"], row["raw_text"], row["key_value"]) for row in found]


@pytest.mark.parametrize(
    "row",
    [
        ',Zoe,"O""Hara",,,,2024-01-01',  # CSV writes a quote twice
        ',ZOE,O"HARA,,,,2024-01-01',
        ',zoe , o"hara,,,,2024-01-01',
        ",X,Y,Zoe@Example.com,,,2024-01-01",
        "zoe@example.com,X,Y,,,,someday",  # its key is the address
        'X9,"a, zoe@example.com",Y,,,,someday',
    ],
)
def test_a_refused_row_of_a_forgotten_customer_is_found_however_it_is_written(db: Db, tmp_path: Path, row: str) -> None:
    customers = [*shop.ROWS["customers"], 'Z1,Zoe,"O""Hara",zoe@example.com,Consumer,UK,2024-01-03', row]
    assert run("load", str(shop.write(tmp_path / "shop", customers=customers)), "--as-of", shop.AS_OF) == 0
    assert len(refused(db)) == 1
    db.execute("CALL ops.forget_customer('Z1')")
    (_, text, key) = refused(db)[0]
    assert text == "forgotten"
    assert key in (None, "X9")
    assert "zoe" not in kept_texts(db).lower()


def test_an_address_among_the_statuses_is_forgotten_and_the_other_statuses_stay(db: Db, tmp_path: Path) -> None:
    orders = [*shop.ROWS["orders"], "O7,C1,2024-03-01,ada@example.com,0", "O8,C2,2024-03-01,nada@example.com,0"]
    assert run("load", str(shop.write(tmp_path / "shop", orders=orders)), "--as-of", shop.AS_OF) == 0
    db.execute("CALL ops.forget_customer('C1')")
    statuses = "SELECT unknown_statuses FROM ops.load_file WHERE table_name = 'orders'"
    assert one(db, statuses) == ["forgotten", "nada@example.com"]
    assert " ada@" not in re.sub(r"[^\w@.]", " ", kept_texts(db))


def test_forgetting_a_short_name_takes_nothing_of_anybody_else(db: Db, tmp_path: Path) -> None:
    others = [
        ",Alma,Linden,alma@example.com,,,2024-01-01",
        ",Albert,Livingston,al.al@li.example,,,2024-01-01",
        ",Al,Livingston,a-al@li.example,,,2024-01-01",
        ",Al-Hassan,Li,al@li.example.org,,,2024-01-01",
        ",Özal,Li,özal@li.example,,,2024-01-01",
        "C99,Al,Bo,,,,someday",
    ]
    products = [*shop.ROWS["products"], "P9,Alu Licht 2,Home,-1,", "P8,Al Li,Home,-1,", 'P7,"Al,Li",Home,-1,']
    orders = [*shop.ROWS["orders"], "O8,C2,C9 or later,completed,1", "O9,C99,never,completed,9"]
    customers = [*shop.ROWS["customers"], "C9,Al,Li,al@li.example,,UK,2024-01-01", *others, ",al,LI,,,,2024-01-01"]
    folder = shop.write(tmp_path / "shop", customers=customers, products=products, orders=orders)
    assert run("load", str(folder), "--as-of", shop.AS_OF) == 0
    db.execute("UPDATE ops.load SET error_message = 'Val Linden, Al Linden and al@li.example.org'")
    before = refused(db)
    assert len(before) == len(others) + 1 + 3 + 2
    db.execute("CALL ops.forget_customer('C9')")
    after = refused(db)
    assert [row for row in before if row not in after] == [("customers", ",al,LI,,,,2024-01-01", None)]
    assert one(db, "SELECT error_message FROM ops.load") == "Val Linden, Al Linden and al@li.example.org"
    db.execute("UPDATE ops.load SET error_message = 'who is al li?'")
    db.execute("UPDATE staging.customers SET first_name = 'Al', last_name = 'Li' WHERE customer_id = 'C9'")
    db.execute("CALL ops.forget_customer('C9')")
    assert one(db, "SELECT error_message FROM ops.load") == "forgotten"


@pytest.mark.parametrize(
    ("mapping", "file", "bad"),
    [
        ("shopify", "orders_export.csv", {"Created at": "someday"}),
        ("woocommerce", "orders.csv", {"date": "someday", "item_quantity": "none"}),
    ],
)
def test_a_customer_of_a_shipped_mapping_leaves_no_trace(
    db: Db, tmp_path: Path, capsys: pytest.CaptureFixture[str], mapping: str, file: str, bad: dict[str, str]
) -> None:
    export = (ROOT / "tests" / "mappings" / mapping / file).read_text(encoding="utf-8")
    lines = list(csv.DictReader(export.splitlines()))
    key = next(iter(lines[0]))
    lines.append(lines[0] | {key: "N9", "item_id": "N9"} | bad)  # refused as an order, and as an item
    lines = [{column: line[column] for column in lines[0]} for line in lines]
    with (tmp_path / file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    db.execute("UPDATE config.shop SET currency = 'EUR'" if mapping == "shopify" else "SELECT")
    arguments = ("load", str(tmp_path), "--mapping", mapping, "--as-of", shop.AS_OF)
    assert run(*arguments) == 0
    assert "look like" not in capsys.readouterr().err
    assert run("refresh") == 0
    db.execute("ANALYZE")
    names = ("ada@", "Ada", "Lovelace")
    with login(db, "pipeline_reader") as reader:
        assert not [name for name in names if name in shown(reader)], "ids say nothing"
    assert all(name in kept_texts(db) + kept_statistics(db) for name in names)
    figures = one(db, FIGURES)
    db.execute("CALL ops.forget_customer('Ada@example.com')")
    for again in (False, True):
        if again:
            assert run(*arguments) == 0
            assert run("refresh") == 0
            db.execute("ANALYZE")
        assert not [name for name in names if name in kept_texts(db)], again
        assert not [name for name in names if name in kept_statistics(db)], again
        assert one(db, FIGURES) == figures
    assert one(db, "SELECT count(*) FROM staging.customers WHERE first_name = 'Forgotten'") == 1


def test_the_key_of_pseudonyms_is_the_runners_and_unmasks_nothing(db: Db) -> None:
    salt, key = one(db, "SELECT salt FROM ops.salt"), one(db, "SELECT ops.pseudonym_key()")
    assert key.hex() != salt
    assert salt not in key.decode("latin-1")
    for role, may in (("runner", True), ("analyst", False), ("reader", False), ("pii", False)):
        for routine in ("ops.pseudonym_key()", "ops.pseudonym(text)"):
            right = "SELECT has_function_privilege(%s, %s, 'EXECUTE')"
            assert one(db, right, f"pipeline_{role}", routine) == may, (role, routine)


ADDRESS_ROWS = {
    "customers": ["zelda@quux.example,Zelda,Quux,zelda@quux.example,Consumer,UK,2024-01-03", *shop.ROWS["customers"]],
    "orders": [
        "O7,zelda@quux.example,2024-03-01,completed,7.00",
        "O8,zelda@quux.example,someday,completed,1.00",
        *shop.ROWS["orders"],
    ],
}


def test_a_forgotten_customer_whose_id_is_an_address_gets_another_id(
    db: Db, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("Zelda", "zelda@", "quux")
    folder = shop.write(tmp_path / "shop", **ADDRESS_ROWS)
    assert run("load", str(folder), "--as-of", shop.AS_OF) == 0
    told = capsys.readouterr().err
    assert "1 customer ids look like e-mail addresses" in told
    assert "docs/loading.md" in told
    assert run("refresh") == 0
    db.execute(
        "INSERT INTO ops.audit (kind, object_name, action) VALUES ('operation', 'customer Zelda@quux.example', 'x')"
    )
    db.execute("ANALYZE")
    with login(db, "pipeline_reader") as reader:
        assert "zelda@" in shown(reader), "bi shows ids as they are"
    assert all(name in kept_statistics(db) for name in names)
    figures = one(db, FIGURES)
    heard: list[str] = []
    db.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))

    db.execute("CALL ops.forget_customer('zelda@quux.example')")
    assert not [name for name in names if name in kept_texts(db) + kept_statistics(db) + "".join(heard)]
    new_id = one(db, "SELECT customer_id FROM staging.customers WHERE first_name = 'Forgotten'")
    assert re.fullmatch("F[0-9a-f]{20}", new_id)
    assert (
        one(db, "SELECT object_name FROM ops.audit WHERE action = 'forget customer'") == f"staging.customers {new_id}"
    )
    metrics = "SELECT full_name || ' ' || total_revenue FROM analytics.customer_metrics WHERE customer_id = %s"
    assert one(db, metrics, new_id) == "Forgotten 7.00"
    assert one(db, FIGURES) == figures
    assert run("check") == 0

    rows = "SELECT jsonb_agg(to_jsonb(o) - 'load_id' - 'line_number' ORDER BY order_id) FROM staging.orders AS o"
    before = one(db, rows)
    for extra in ("", "\n"):  # the same bytes again, and others
        for name in ("customers.csv", "orders.csv"):
            (folder / name).write_text((folder / name).read_text() + extra)
        assert run("load", str(folder)) == 0
        assert one(db, rows) == before
        assert run("refresh") == 0
        db.execute("ANALYZE")
        assert not [name for name in names if name in kept_texts(db) + kept_statistics(db)], repr(extra)
    db.execute("TRUNCATE staging.customers CASCADE")
    assert run("load", str(folder)) == 0, "a first load too"
    assert one(db, rows) == before
    assert one(db, FIGURES) == figures
    assert not [name for name in names if name in kept_texts(db)]

    db.execute(
        "INSERT INTO staging.customers (customer_id, first_name) VALUES ('zelda@quux.example', 'Zelda')"
    )  # by hand
    db.execute("CALL ops.forget_customer('zelda@quux.example')")
    assert one(db, "SELECT count(*) FROM staging.customers") == 3, "the id of before"
    assert one(db, rows) == before


def test_ids_that_are_addresses_become_pseudonyms_and_who_was_forgotten_stays_so(db: Db, tmp_path: Path) -> None:
    shop.fill(db)
    for address in ("ada@example.com", "Grace@example.com", "grace@example.com"):
        db.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES (%s, 'Forgotten')", (address,))
    db.execute("UPDATE staging.orders SET customer_id = 'ada@example.com' WHERE customer_id = 'C1'")
    db.execute("UPDATE staging.orders SET customer_id = 'grace@example.com' WHERE customer_id = 'C2'")
    db.execute(  # as a release before this one forgot her
        "INSERT INTO ops.forgotten_customer (customer_hash)"
        " SELECT encode(sha256(convert_to(salt || 'ada@example.com', 'UTF8')), 'hex') FROM ops.salt"
    )
    db.execute("CALL refresh_analytics()")
    figures = one(db, FIGURES)
    db.execute("CALL ops.give_pseudonyms()")
    db.execute("CALL refresh_analytics()")
    with login(db, "pipeline_reader") as reader:
        assert "@" not in re.sub(r"[0-9a-f]{16}@example.com", "", shown(reader))
    orders = (
        "SELECT string_agg(order_id, ' ' ORDER BY order_id) FROM staging.orders WHERE customer_id = ops.pseudonym(%s)"
    )
    assert one(db, orders, "ada@example.com") == "O1 O4"
    assert one(db, orders, "GRACE@example.com") == "O2"
    assert one(db, "SELECT count(*) FROM staging.customers") == 2 + 2
    assert one(db, FIGURES)["total_revenue"] == figures["total_revenue"]

    (tmp_path / "orders.csv").write_bytes((ROOT / "tests" / "mappings" / "woocommerce" / "orders.csv").read_bytes())
    named = "SELECT first_name FROM staging.customers WHERE customer_id = ops.pseudonym('ada@example.com')"
    known = "SELECT encode(sha256(convert_to(salt || ops.pseudonym('ada@example.com'), 'UTF8')), 'hex') FROM ops.salt"
    for _ in ("as it is", "without having given pseudonyms"):
        assert run("load", str(tmp_path), "--mapping", "woocommerce") == 0
        assert one(db, named) == "Forgotten"
        db.execute("DELETE FROM ops.forgotten_customer WHERE customer_hash = %s", (one(db, known),))


# --- attacks ----------------------------------------------------------------------------------------------------------


def test_routines_with_their_owners_rights_are_pinned_closed_and_take_no_names(db: Db) -> None:
    routines = db.execute(
        f"""
        SELECT p.oid::regprocedure::text AS name, p.prosrc AS source, coalesce(p.proconfig, '{{}}') AS settings,
            p.prorettype = 'trigger'::regtype AS is_trigger,
            has_function_privilege('public', p.oid, 'EXECUTE') AS is_open,
            coalesce(p.proargnames[:cardinality(p.proargtypes::oid[])], '{{}}') AS names,
            p.proargtypes::regtype[]::text[] AS types
        FROM pg_proc AS p WHERE p.prosecdef AND p.pronamespace::regnamespace::text !~ '{FOREIGN}'
        """.encode()
    ).fetchall()
    assert len(routines) > 10
    for routine in routines:
        assert "search_path=pg_catalog, pg_temp" in routine["settings"], routine["name"]
        assert not routine["is_open"], routine["name"]
        source = re.sub(r"--[^\n]*", "", routine["source"])
        for name, kind in zip(routine["names"], routine["types"], strict=True):
            uses = re.findall(rf"(\S*\s+\S+\s+)\b{name}\b", source)
            if kind in ("text", "name", "character varying", "text[]", "jsonb"):
                assert uses, (routine["name"], name)
                assert all(re.search(r"[\w.]+ = $", use) for use in uses), (routine["name"], name, "more than compared")


def test_dynamic_sql_takes_identifiers_and_values_by_format_or_parameters() -> None:
    """An EXECUTE glues no text: it runs a literal, a format(), or a statement that the catalog made."""
    made_by_catalog = {"v_statement"}
    for file in install.DB.glob("procedures/*/*.sql"):
        text = re.sub(r"--[^\n]*", "", file.read_text(encoding="utf-8"))
        for start in re.findall(
            r"(?<!FOR EACH STATEMENT )(?<!FOR EACH ROW )\bEXECUTE\s+(?!FUNCTION)(.{0,60})", text, re.DOTALL
        ):
            variable = re.match(r"(v_\w+)", start)
            is_made = variable and re.search(rf"\b{variable[1]}( text)? := format\(", text)
            is_known = variable and variable[1] in made_by_catalog
            assert is_made or is_known or re.match(r"(format\(|'|\$\w*\$|\(SELECT format\()", start), (file.name, start)
        for statement in re.findall(r"\bEXECUTE\s+'.*?;", text, re.DOTALL):
            assert "||" not in statement, (file.name, statement)


PLANTS = """
    CREATE TABLE public.caught (what text);
    GRANT ALL ON public.caught TO PUBLIC;
    CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO public.caught VALUES ('lower'); RETURN pg_catalog.lower($1::text); END $$;
    CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO public.caught VALUES ('format'); RETURN pg_catalog.format($1, $2); END $$;
    CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO public.caught VALUES ('current_setting'); RETURN pg_catalog.current_setting($1); END $$;
    CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO public.caught VALUES ('set_config'); RETURN pg_catalog.set_config($1, $2, $3); END $$;
    CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO public.caught VALUES ('clock_timestamp'); RETURN pg_catalog.clock_timestamp(); END $$;
    CREATE FUNCTION public.to_regclass(text) RETURNS regclass LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO public.caught VALUES ('to_regclass'); RETURN pg_catalog.to_regclass($1); END $$;
    CREATE FUNCTION public.pg_advisory_lock(bigint) RETURNS void LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO public.caught VALUES ('pg_advisory_lock'); PERFORM pg_catalog.pg_advisory_lock($1); END $$;
    CREATE FUNCTION public.texteq(text, text) RETURNS boolean LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO public.caught VALUES ('='); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
    CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.texteq);
    CREATE TABLE public.pg_class AS SELECT 1 AS oid;
    CREATE TABLE public.pg_roles AS SELECT 'pipeline_pii'::name AS rolname, 10::oid AS oid;
"""


def test_what_was_planted_in_a_hostile_search_path_is_not_called(
    published: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")  # as in a database that was upgraded from 14
    with login(published) as mallory:
        mallory.execute(PLANTS.encode())
        published.execute(
            f"ALTER DATABASE {published.info.dbname} SET search_path = public, pg_temp, pg_catalog".encode()
        )
        caught = "SELECT count(*) FROM public.caught"
        with psycopg.connect(database_url(published), autocommit=True, row_factory=dict_row) as victim:
            victim.execute("SELECT format('%s', 'a'::text), 'a'::text = 'b'::text")
            assert one(published, caught) == 2, "the trap works"
            published.execute("TRUNCATE public.caught")
            victim.execute("CALL refresh_analytics(p_full => true)")
            victim.execute("CALL apply_changes()")
            victim.execute("CALL ops.forget_customer('C2')")
            assert one(victim, "SHOW search_path") == "public, pg_temp, pg_catalog", "it is put back"
        root = tmp_path / "db"
        subprocess.run(["cp", "-r", str(install.DB), str(root)], check=True)
        for name in ("matviews/customer_metrics.sql", "procedures/ops/lock_key.sql", "views/ops/sight.sql"):
            (root / name).write_text((root / name).read_text() + "\n-- Changed.\n")
        assert install.migrate(database_url(published), root=root).created
        assert run("load", str(shop.write(tmp_path / "shop", products=["P1,Tea,Food,5.00,1.00"]))) == 0
        assert run("refresh") == 0
        assert run("check") == 0
        assert published.execute("SELECT * FROM public.caught").fetchall() == []


def test_what_was_planted_in_pg_temp_is_not_used_by_routines_with_other_rights(published: Db) -> None:
    with login(published, "pipeline_runner") as runner:
        for name in ("pg_class", "own_object", "maintained_table", "salt", "forgotten_customer"):
            runner.execute(
                f"CREATE TEMPORARY TABLE {name} (oid oid, kind text, object_id oid, customer_hash text)".encode()
            )
        runner.execute(
            "CREATE FUNCTION pg_temp.format(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'DROP TABLE x' $$"
        )
        runner.execute("SET search_path = pg_temp, pg_catalog")
        runner.execute("CALL ops.analyze_table('staging.orders')")
        runner.execute("SELECT rollup.recount_groups('customer_id at refresh')")
        runner.execute("CALL landing.hide_forgotten()")
        runner.execute("CREATE TEMPORARY TABLE recounted AS TABLE rollup.customers WITH NO DATA")
        with pytest.raises(pg.DuplicateTable):
            runner.execute("SELECT rollup.recount_groups('customer_id at refresh')")
        runner.execute("DROP TABLE pg_temp.recounted")
        runner.execute("CALL public.refresh_analytics(p_full => true)")
    assert one(published, "SELECT total_revenue FROM bi.kpi_summary") == 32


EVIL = """a'b"c;%s %(x)s {0} $1 \\ -- /* <b>"""


def test_names_of_objects_are_never_run(db: Db) -> None:
    name = psycopg.sql.Identifier(EVIL[:60]).as_string(db)
    column = psycopg.sql.Identifier('x"); DROP TABLE staging.orders; --').as_string(db)
    db.execute(f"CREATE MATERIALIZED VIEW analytics.{name} AS SELECT 1 AS {column}, 'Ada'::text AS full_name".encode())
    db.execute(f"CREATE UNIQUE INDEX evil ON analytics.{name} ({column})".encode())
    for schema in ("config", "ops", "landing", "staging"):
        db.execute(f"CREATE TABLE {schema}.{name} ({column} integer, is_only_row boolean)".encode())
    db.execute(f"CREATE VIEW assertions.{name} AS SELECT * FROM config.{name} WHERE false".encode())
    db.execute(f"COMMENT ON VIEW assertions.{name} IS 'error: Nothing is run.'".encode())
    db.execute(f"CREATE FUNCTION ops.{name}({name} integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'".encode())
    shop.fill(db)
    install.migrate(database_url(db))
    db.execute("CALL refresh_analytics()")
    assert one(db, f"SELECT full_name FROM bi.{name}") == "Ada"
    assert one(db, "SELECT count(*) FROM staging.orders") == 4
    assert one(db, f"SELECT has_table_privilege('pipeline_analyst', 'config.{name}', 'UPDATE')".replace("'b", "''b"))


def test_arguments_and_file_names_are_never_run(
    published: Db, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = EVIL.replace("/", "|")
    folder = shop.write(
        tmp_path / evil, products=["P1,Tea,Food,5.00,1.00", f'P2,"{evil.replace(chr(34), chr(34) * 2)}",Home,-1,6.00']
    )
    orders = published.execute("SELECT * FROM staging.orders ORDER BY order_id").fetchall()
    monkeypatch.chdir(tmp_path)
    cases: list[tuple[int, tuple[str, ...]]] = [
        (0, ("load", str(folder))),
        (0, ("rejects", "--csv", str(tmp_path / f"{evil}.csv"))),
        (0, ("dashboard", "--out", str(tmp_path / f"{evil}.html"))),
        (0, ("bi-files", str(tmp_path / f"{evil}-bi"), "--user", evil)),
        (2, ("load", evil + evil)),
        (2, ("load", str(folder), "--as-of", evil)),
        (2, ("load", str(folder), "--encoding", evil)),
        (2, ("load", str(folder), "--date-format", evil)),
        (2, ("load", str(folder), "--mapping", evil)),
        (2, ("rejects", "--load", evil)),
        (2, ("refresh", "--as-of", evil)),
        (2, ("check", "--select", evil)),
        (2, ("dashboard", "--serve", evil)),
        (2, (evil,)),
    ]
    for code, arguments in cases:
        assert run(*arguments) == code, (arguments, capsys.readouterr())
        told = capsys.readouterr()
        assert "Traceback" not in told.err + told.out
        assert "syntax error" not in told.err
    assert one(published, "SELECT folder FROM ops.load ORDER BY load_id DESC LIMIT 1") == str(folder)
    assert evil in (tmp_path / f"{evil}.products.csv").read_text().replace('""', '"')
    assert published.execute("SELECT * FROM staging.orders ORDER BY order_id").fetchall() == orders


def test_no_cell_of_the_refused_rows_is_a_formula_and_a_load_reads_them_as_they_were(
    published: Db, tmp_path: Path
) -> None:
    rows = ["=1+1,+x,-y,@z,,,never", '\t=CMD(),"=HYPERLINK(""x"")","\r@a",b;=1,\'=c,,never']
    folder = shop.write(tmp_path / "shop", customers=[*shop.ROWS["customers"], *rows])
    assert run("load", str(folder)) == 0
    assert run("rejects", "--csv", str(tmp_path / "mend.csv")) == 0
    file = tmp_path / "mend.customers.csv"
    header, *lines = file.read_bytes().decode().removesuffix("\n").split("\n")
    assert header.endswith(",registration_date,rejected_line,rejected_reason,rejected_form")
    assert lines[0].startswith("'=1+1,'+x,'-y,'@z,,,never,4,")
    assert lines[1].startswith("'\t'=CMD(),\"'=HYPERLINK(\"\"x\"\")\",\"'\r'@a\",b;'=1,''=c,,never,5,")
    for cells in csv.reader(io.StringIO(file.read_bytes().decode(), newline="")):
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    file.write_bytes(file.read_bytes().replace(b",never,", b",2024-01-01,"))
    assert run("load", str(file)) == 0
    names = "SELECT customer_id, first_name, last_name, email, customer_segment FROM staging.customers"
    assert [tuple(row.values()) for row in published.execute(f"{names} WHERE customer_id LIKE '=%'".encode())] == [
        ("=1+1", "+x", "-y", "@z", None),
        ("=CMD()", '=HYPERLINK("x")', "@a", "b;=1", "'=c"),
    ]


def test_no_text_of_the_database_becomes_html(published: Db) -> None:
    attack = "</script><script>alert(1)</script><!--"
    columns = published.execute(
        b"SELECT n.nspname || '.' || quote_ident(c.relname) AS name, quote_ident(a.attname) AS col"
        b" FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid"
        b" INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND a.atttypid = 'text'::regtype"
        b" WHERE n.nspname IN ('staging', 'config', 'ops') AND c.relkind = 'r' AND c.relname <> 'salt'"
        b" AND (n.nspname, c.relname) NOT IN (('config', 'input_column'), ('ops', 'installed_object'))"
    )
    changed = 0
    for column in columns.fetchall():
        # What a key or a CHECK forbids stays as it is.
        with suppress(psycopg.Error):
            rows = published.execute(f"UPDATE {column['name']} SET {column['col']} = %s".encode(), (attack,))
            changed += rows.rowcount
    assert changed > 40
    published.execute("UPDATE ops.run SET error_message = %s, status = 'failed'", (attack,))
    published.execute("UPDATE ops.assertion_result SET violation_count = 1")
    with suppress(psycopg.Error):  # with settings like these an assertion may rightly fail
        published.execute("CALL refresh_analytics()")
    text, _ = render.page(render.figures(published))
    bare = text.replace(render.bundle(), "")
    assert "<script>alert" not in bare
    assert "<!--" not in bare.removeprefix("<!DOCTYPE html>")
    assert bare.count("alert(1)") > 3, "it is shown, as text"


# --- passwords --------------------------------------------------------------------------------------------------------

PASSWORD = "S3cr3t/pa%ss:w@rd"
URLS = (
    "postgresql://postgres:{whole}@127.0.0.1:1/test",  # nobody listens
    "postgresql://postgres:{whole}@no-such-host.invalid/test",
    "postgresql://postgres:{bare}@127.0.0.1:1/test",  # not encoded as it must be
    "postgres:/postgres:{whole}@127.0.0.1/test",
    "host=127.0.0.1 port=1 password='{bare}",
    "host=127.0.0.1 port=1 password={bare} {whole}",
    "postgresql://postgres:{whole}@127.0.0.1:1/test?sslpassword={whole}&no_such_option=1",
    "postgresql://postgres:{whole}@127.0.0.1:port/test",
    "postgresql://postgres:{whole}@[127.0.0.1/test",
)


@pytest.mark.parametrize("form", URLS)
def test_no_error_tells_the_password(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", form.format(whole=quote(PASSWORD, safe=""), bare=PASSWORD))
    for command in (("status",), ("migrate",), ("load", str(ROOT / "data")), ("url",), ("doctor",)):
        code = run(*command)
        told = capsys.readouterr()
        assert code or command in (("url",), ("doctor",)), command
        for part in (PASSWORD, quote(PASSWORD, safe=""), "S3cr3t", "pa%ss", "pa%25ss", "w@rd", "w%40rd", "rd@"):
            assert part not in told.out + told.err, (command, told)


def test_no_process_list_table_or_file_holds_the_password(
    published: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", database_url(published).replace("postgres@", f"postgres:{quote(PASSWORD, safe='')}@")
    )
    psql = subprocess.Popen(
        [sys.executable, "-m", "runner", "psql", "-X", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert psql.stdin is not None
    assert psql.stdout is not None
    psql.stdin.write("\\t\\a\nSELECT 'ready';\n")
    psql.stdin.flush()
    line = ""
    while "ready" not in line:
        line = psql.stdout.readline()
    arguments = (Path("/proc") / str(psql.pid) / "cmdline").read_bytes().decode()
    seen = str(published.execute("SELECT * FROM pg_stat_activity").fetchall())
    psql.communicate("\\q\n", timeout=10)
    assert "psql" in arguments
    assert run("load", str(shop.write(tmp_path / "shop"))) == 0
    assert run("bi-files", str(tmp_path / "bi")) == 0
    files = "".join(file.read_bytes().decode("latin-1") for file in (tmp_path / "bi").rglob("*") if file.is_file())
    assert files
    for text in (arguments, seen, kept_texts(published), files):
        for part in ("S3cr3t", "w@rd", "w%40rd"):
            assert part not in text


def test_the_repository_holds_no_password_and_opens_no_port() -> None:
    assert re.findall(r"^POSTGRES_PASSWORD=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE) == [""]
    compose = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"PASSWORD: (.+)", compose)) == {"${POSTGRES_PASSWORD:?choose one in .env, see .env.example}"}
    assert re.findall(r'- "(.+):5432"', compose) == ["127.0.0.1:5433"]


# --- installed by somebody who is not the superuser -------------------------------------------------------------------


@pytest.mark.parametrize(
    "is_member", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["may act as the owner", "may not"]
)
def test_an_owner_of_the_database_installs_all_in_a_hostile_place(
    db: Db, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_member: bool
) -> None:
    name, owner = "Mixed Case'%s", f"shopowner_{os.getpid()}"
    database = psycopg.sql.Identifier(name).as_string(db)
    db.execute(f"CREATE ROLE {owner} LOGIN {'IN ROLE pipeline_owner' if is_member else ''}".encode())
    db.execute(f"CREATE DATABASE {database} OWNER {owner}".encode())
    try:
        db.execute(f"ALTER DATABASE {database} SET search_path = evil, pg_temp, pg_catalog".encode())
        url = url_of(server, 5432, owner, name)
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            connection.execute(f"CREATE SCHEMA evil; {PLANTS.replace('public.', 'evil.')}".encode())
        install.migrate(url)
        monkeypatch.setenv("DATABASE_URL", url)
        if is_member:
            assert run("load", str(shop.write(tmp_path / "shop")), "--as-of", shop.AS_OF) == 0
            assert run("refresh") == 0
            install.migrate(url)
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            assert connection.execute("SELECT * FROM evil.caught").fetchall() == []
            assert one(connection, "SELECT sum(total_revenue) FROM bi.kpi_summary") == (32 if is_member else 0)
            expected = "pipeline_owner" if is_member else owner
            assert (
                one(connection, "SELECT tableowner FROM pg_tables WHERE tablename OPERATOR(pg_catalog.=) 'orders'")
                == expected
            )
            connection.execute("SET search_path = pg_catalog")
            connection.execute("DROP SCHEMA evil CASCADE")
            assert not differences(connection, *ROLES.values())
    finally:
        db.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())
        db.execute(f"DROP ROLE {owner}".encode())
