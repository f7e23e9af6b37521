"""Where a figure comes from: by the trees of views, by the texts of routines, by the log of loads."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from runner import cli, install, lineage, load
from runner.viewtree import View
from tests import shop
from tests.conftest import SERVER, Db
from tests.test_catalog import make_what_routines_find


def run(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return int(ended.value.code or 0)


def texts(steps: list[lineage.Step]) -> set[str]:
    """Return steps as texts."""
    return {f"{lineage.label(step.place)} < {lineage.label(step.source)}" for step in steps}


# --- views ------------------------------------------------------------------------------------------------------------

VIEW = """
    CREATE VIEW analytics.made AS
    WITH RECURSIVE
    up (n, label) AS (
        SELECT c.load_id, c.country FROM staging.customers AS c
        UNION ALL
        SELECT u.n + 1, u.label FROM up AS u INNER JOIN staging.products AS p ON p.product_name = u.label
    ),
    per_day AS (
        SELECT o.order_day, count(*) AS orders, sum(o.total_amount) FILTER (WHERE s.is_revenue) AS revenue
        FROM staging.orders AS o LEFT JOIN config.order_status AS s USING (status)
        WHERE o.line_number > 0 GROUP BY o.order_day
    ),
    grouped AS (
        SELECT upper(c.email) AS address FROM staging.customers AS c GROUP BY upper(c.email)
    )
    SELECT
        d.order_day,
        d.orders,
        d.revenue / nullif(k.audited_days, 0) AS share,
        rank() OVER (PARTITION BY d.order_day ORDER BY d.revenue) AS place,
        row_number() OVER () AS line,
        CASE WHEN d.orders > k.min_customers THEN 'many' END AS size,
        u.label,
        (SELECT max(p.price) FROM staging.products AS p WHERE p.load_id = d.orders) AS highest,
        EXISTS (SELECT FROM staging.inventory AS i WHERE i.on_hand = d.orders) AS is_held,
        l.first_name,
        g.address,
        v.a,
        w AS whole,
        x.either,
        7 AS constant
    FROM per_day AS d
    CROSS JOIN config.expectation AS k
    CROSS JOIN up AS u
    CROSS JOIN grouped AS g
    CROSS JOIN LATERAL (SELECT c.first_name || u.label AS first_name FROM staging.customers AS c) AS l
    CROSS JOIN LATERAL (VALUES (k.audited_customers, 1), (2, 3)) AS v (a, b)
    CROSS JOIN config.clock AS w
    CROSS JOIN (SELECT p.cost AS either FROM staging.products AS p EXCEPT SELECT i.unit_price FROM staging.order_items AS i) AS x
"""

# By hand. A name without a column: its rows, or the whole of them.
MADE_OF = {
    "order_day": {"staging.orders.order_day"},
    "orders": {"staging.orders", "config.order_status"},
    "share": {"staging.orders.total_amount", "config.order_status.is_revenue", "config.expectation.audited_days"},
    "size": {"staging.orders", "config.order_status", "config.expectation.min_customers"},
    "label": {"staging.customers.country"},
    "highest": {"staging.products.price"},
    "is_held": set(),
    "first_name": {"staging.customers.first_name", "staging.customers.country"},
    "address": {"staging.customers.email"},
    "a": {"config.expectation.audited_customers"},
    "whole": {"config.clock"},
    "either": {"staging.products.cost", "staging.order_items.unit_price"},
    "constant": set(),
}


def test_the_tree_of_a_view_tells_which_column_is_made_of_which(db: Db) -> None:
    db.execute(VIEW.encode())

    def made_of(column: str) -> set[str]:
        start = f"analytics.made.{column} < "
        return {step.removeprefix(start) for step in found if step.startswith(start)}

    found = texts(lineage.trace("analytics.made").steps)
    assert {column: made_of(column) for column in MADE_OF} == MADE_OF
    ranked = {"staging.orders.order_day", "staging.orders.total_amount", "config.order_status.is_revenue"}
    assert made_of("place") - {"staging.orders", "config.order_status"} >= ranked
    assert {"staging.orders", "config.expectation"} <= made_of("line")


def test_of_every_view_the_tree_names_nothing_that_the_server_does_not_know_of(db: Db) -> None:
    """Two sources of the same server: what its tree says of columns, and what pg_depend says of the whole view."""
    rows = db.execute(
        "SELECT w.ev_class::regclass::text AS view, w.ev_action::text AS tree,"
        " (SELECT array_agg(a.attnum) FROM pg_attribute AS a WHERE a.attrelid = w.ev_class AND a.attnum > 0"
        "  AND a.attname <> 'no_duplicate_check') AS numbers,"
        " (SELECT array_agg(d.refobjid || '.' || d.refobjsubid) FROM pg_depend AS d"
        "  WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refobjsubid > 0) AS known"
        " FROM pg_rewrite AS w INNER JOIN pg_class AS c ON w.ev_class = c.oid"
        " WHERE c.relnamespace::regnamespace::text IN ('analytics', 'bi', 'live', 'rollup', 'assertions', 'ops')"
    ).fetchall()
    assert len(rows) > 90
    without = []
    for row in rows:
        view = View(row["tree"])
        sources = {number: view.sources(number) for number in row["numbers"]}
        # pg_depend leaves out the server's own catalog.
        named = {
            f"{relation}.{number}"
            for found in sources.values()
            for relation, number in found
            if number and relation > 16383
        }
        assert named <= set(row["known"] or []), row["view"]
        without += [f"{row['view']}.{number}" for number, found in sources.items() if not found]
    assert len(without) < 40, without


# Where a column comes from, and a step on the way.
STEPS = {
    "analytics.customer_metrics.customer_tier": "rollup.customer_limits.tier_limits < config.customer_tier.min_orders",
    "analytics.customer_metrics.favourite_category": "staging.products.category < products.csv.category",
    "analytics.kpi_summary.total_revenue": "staging.orders.total_amount < orders.csv.total_amount",
    "bi.customer_metrics.full_name": "staging.customers.last_name < customers.csv.last_name",
    "live.headline_figures.total_revenue": "rollup.days.total_revenue < rollup.days_recounted.total_revenue",
    "analytics.daily_sales.sale_date": "staging.orders.order_day < staging.orders.order_date",
    "analytics.customer_predictions.expected_purchases": "predict.model.parameters < predict.model",
    "analytics.model_quality.observations": "predict.model < rollup.customer_days",
    "analytics.segment_history.customers": "rollup.segment_months < rollup.customers",
    "bi.fact_order_items.unit_cost": "staging.product_prices < staging.products",
}


def test_a_published_column_leads_to_what_decides_it(db: Db) -> None:
    graph = lineage.Graph.read(db)
    for name, step in STEPS.items():
        relation, column = name.rsplit(".", 1)
        assert column in graph.columns_of(relation)
        assert step in texts(graph.walk([(relation, column)])), name
    figure = texts(graph.walk([("analytics.customer_metrics", "total_revenue")]))
    assert not any("email" in text for text in figure), "it is in the view, not in the figure"


# --- routines ---------------------------------------------------------------------------------------------------------


ACCESS = {
    ("rollup.draw_audit", "reads", "staging.orders", "its text"),
    ("rollup.draw_audit", "empties", "rollup.audited", "its text"),
    ("rollup.draw_audit", "calls", "rollup.audit_groups", "its text"),
    ("rollup.recount_groups", "writes", "rollup.customers", "its dynamic text"),
    ("rollup.recount_groups", "reads", "rollup.customers_recounted", "its dynamic text"),
    ("rollup.mark_orders", "reads", "staging.orders", "its trigger"),
    ("staging.convert_items", "changes", "staging.order_items", "its text"),
    ("landing.write_all", "reads", "landing.orders", "a list"),
    ("landing.write_all", "writes", "staging.orders", "its dynamic text"),
    ("ops.refresh_as_owner", "writes", "analytics.kpi_summary", "a list"),
    ("ops.run_assertions", "reads", "assertions.data_fresh", "its dynamic text"),
}


def test_what_a_routine_reads_and_writes_is_known(db: Db) -> None:
    rows = db.execute("SELECT * FROM ops.routine_access").fetchall()
    known = {(row["routine_name"], row["access"], row["object_name"], row["known_from"]) for row in rows}
    assert known >= ACCESS
    assert not {row for row in known if row[1] == "writes" and row[2] == "rollup.customers_recounted"}


def test_a_routine_that_is_given_the_name_of_a_table_is_on_the_list(db: Db) -> None:
    """Its text has a %s where a table is named; the list then says which it may be."""
    not_tables = {"bi.create_views", "ops.digest_tables", "ops.forget_statistics", "ops.forget_identity"}
    # A view's name; any table, twice; a message.
    named = set()
    for file in install.DB.glob("procedures/*/*.sql"):
        text = re.sub(r"--[^\n]*", "", file.read_text(encoding="utf-8"))
        if re.search(r"\b(FROM|JOIN|INTO|UPDATE|TRUNCATE|USING|CONCURRENTLY)\s+%(\d\$)?s", text):
            named.add(f"{file.parent.name}.{file.stem}")
    listed = db.execute("SELECT DISTINCT routine_name FROM ops.routine_access WHERE known_from = 'a list'").fetchall()
    assert named - not_tables == {row["routine_name"] for row in listed} - {"landing.write_pending"}


@pytest.mark.skipif(SERVER != "15", reason="plpgsql_check comes with Debian's PostgreSQL 15")
def test_plpgsql_check_tells_the_same_of_the_texts_of_routines(db: Db) -> None:
    """It looks into views, too. Of routines in plain SQL and of those that take any type it tells nothing."""
    make_what_routines_find(db)
    told: dict[str, set[tuple[str, str]]] = {}
    asked = db.execute(
        "SELECT p.oid, i.object_name AS name, max(t.tgrelid::bigint) AS relation, max(t.tgrelid::regclass::text) AS of_table,"
        " coalesce(array_agg(n.name) FILTER (WHERE n.name IS NOT NULL), '{}') AS transition"
        " FROM ops.installed_object AS i INNER JOIN pg_proc AS p ON p.oid = to_regproc(i.object_name)"
        " INNER JOIN pg_language AS l ON p.prolang = l.oid AND l.lanname = 'plpgsql'"
        " LEFT JOIN pg_trigger AS t ON p.oid = t.tgfoid"
        " LEFT JOIN LATERAL unnest(ARRAY[t.tgnewtable, t.tgoldtable]) AS n (name) ON true"
        " WHERE i.kind = 'routine' AND NOT 'anyarray'::regtype = ANY (p.proargtypes) GROUP BY p.oid, i.object_name"
    ).fetchall()
    assert len(asked) > 150
    for routine in asked:
        for table in set(routine["transition"]):
            db.execute(f"DROP TABLE IF EXISTS pg_temp.{table}".encode())
            db.execute(f"CREATE TEMPORARY TABLE {table} (LIKE {routine['of_table']} INCLUDING GENERATED)".encode())
        rows = db.execute(
            "SELECT type, schema, name FROM plpgsql_show_dependency_tb(%s::regprocedure, %s)",
            (routine["oid"], routine["relation"] or 0),
        ).fetchall()
        told[routine["name"]] = {
            ("uses" if row["type"] == "RELATION" else "calls", f"{row['schema']}.{row['name']}") for row in rows
        }

    below = _below_views(db)
    ours = {row["name"] for row in db.execute("SELECT object_name AS name FROM ops.installed_object").fetchall()}
    ours |= below.keys()
    read: dict[str, set[tuple[str, str]]] = {name: set() for name in told}
    must_be_told = {name: set(uses) for name, uses in read.items()}
    for row in db.execute("SELECT * FROM ops.routine_access WHERE known_from LIKE 'its %text'").fetchall():
        name, use = row["routine_name"], ("calls" if row["access"] == "calls" else "uses", row["object_name"])
        read.setdefault(name, set()).add(use)
        # Of dynamic SQL it tells some; of TRUNCATE nothing, so of what is emptied neither.
        if row["known_from"] == "its text" and row["access"] != "empties":
            must_be_told.setdefault(name, set()).add(use)
    for name in ("predict.take_histories", "predict.count_buyers", "predict.take_price_weeks"):
        must_be_told[name].clear()  # they read in CREATE TABLE AS, which it passes over
    for name in ("public.refresh_analytics", "rollup.hold_writers"):  # it passes over LOCK, too
        must_be_told[name] -= {use for use in must_be_told[name] if use[1].startswith("staging.")}
    wrong = []
    for name, uses in told.items():
        known = {use for use in uses if use[1] in ours and use != ("calls", name)}
        under = {("uses", lower) for _, relation in read[name] for lower in below.get(relation, ())}
        wrong += [f"{name} {how} {what}: not in ops.routine_access" for how, what in known - read[name] - under]
        wrong += [f"{name} {how} {what}: not told by plpgsql_check" for how, what in must_be_told[name] - known]
    assert not wrong, "\n".join(wrong)


def _below_views(db: Db) -> dict[str, set[str]]:
    """Return what lies under each relation, however deep."""
    rows = db.execute(
        """
        WITH RECURSIVE under (top, id) AS (
            SELECT c.oid, c.oid FROM pg_class AS c INNER JOIN ops.own_schema AS s
                ON c.relnamespace::regnamespace::text = s.schema_name AND c.relkind IN ('r', 'v', 'm')
            UNION SELECT u.top, d.relation_id FROM under AS u INNER JOIN ops.view_dependency AS d ON u.id = d.view_id
        )
        SELECT u.top::regclass::text AS top, array_agg(u.id::regclass::text) AS below FROM under AS u GROUP BY u.top
        """
    ).fetchall()
    return {row["top"]: set(row["below"]) for row in rows}


# --- the whole way ----------------------------------------------------------------------------------------------------

WAY = """\
analytics.customer_metrics.total_revenue
  reads rollup.customer_figures.total_revenue
    reads rollup.customers.total_revenue
      is counted by rollup.customers_recounted.total_revenue, by rollup.recount_groups, rollup.replace_groups
        reads config.order_status.is_revenue
        reads staging.orders.total_amount
          is loaded from orders.csv.total_amount, by landing.write_all, landing.write_pending
orders.csv was loaded from {path} (loads that wrote rows: 1, 2)
"""


def test_a_figure_is_led_back_to_the_columns_of_files_and_the_loads(
    published: Db, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shop.write(tmp_path / "in", orders=[*shop.ROWS["orders"], "O5,C2,2024-03-03,completed,1.00"])
    load.load(folder)
    load.load(folder)  # writes nothing
    assert run("lineage", "analytics.customer_metrics.total_revenue") == 0
    assert capsys.readouterr().out == WAY.format(path=folder / "orders.csv")
    assert run("lineage", "analytics.nothing") == 2
    assert run("lineage", "analytics.customer_metrics.nothing") == 2
    assert run("lineage", "customer_metrics") == 2


def test_of_many_loads_the_last_five_are_told() -> None:
    loads = [{"load_id": number, "path": "/in/orders.csv", "sha256": "x"} for number in range(1, 1241)]
    step = lineage.Step(1, ("staging.orders", "status"), "is loaded from", ("orders.csv", "status"))
    traced = lineage.Trace([step], {}, {"orders.csv": loads}, ("localhost", 5432, "shop"), None)
    told = (
        "orders.csv was loaded from /in/orders.csv (loads that wrote rows: 1,235 more and 1236, 1237, 1238, 1239, 1240)"
    )
    assert lineage.lines(traced)[-1] == told
    assert lineage.openlineage(traced)["eventType"] == "OTHER"


def test_a_place_that_two_are_made_of_is_walked_once_and_a_circle_ends() -> None:
    made = [("a.a", "a.b"), ("a.a", "a.c"), ("a.b", "a.d"), ("a.c", "a.d"), ("a.d", "a.b"), ("a.d", "a.e")]
    walked = [
        lineage.Step(1 if place == "a.a" else 2, (place, None), "reads", (source, None)) for place, source in made
    ]
    told = lineage.lines(lineage.Trace(walked, {}, {}, ("localhost", 5432, "shop"), None))
    assert told == ["a.a", "  reads a.b", "    reads a.d", "      reads a.b, a.e", "  reads a.c", "    reads a.d"]


def test_a_flow_chart_of_more_arrows_than_mermaid_draws_is_one_of_relations() -> None:
    steps = [lineage.Step(1, ("bi.a", f"c{n}"), "reads", ("analytics.a", f"c{n}")) for n in range(500)]
    traced = lineage.Trace(steps, {}, {}, ("localhost", 5432, "shop"), None)
    whole = ['    n0["analytics.a"]', '    n1["bi.a"]', "    n0 --> n1"]
    assert lineage.mermaid(traced).splitlines()[1:] == whole
    few = lineage.Trace(steps[1:], {}, {}, ("localhost", 5432, "shop"), None)
    assert lineage.mermaid(few).count(" --> ") == 499


def test_a_flow_chart_is_what_mermaid_reads_whatever_the_names(db: Db, capsys: pytest.CaptureFixture[str]) -> None:
    db.execute('CREATE VIEW bi.odd AS SELECT country AS "a""b]; %% <i>#quot; --> end" FROM staging.customers')
    assert run("lineage", "bi.odd", "--format", "mermaid") == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == "flowchart LR"
    text = r'"(?:[^"#<>&`\\;%\n]|#\d+;)+"'
    nodes = [match for line in lines if (match := re.fullmatch(rf"    (n\d+)\[({text})\]", line))]
    arrows = [match for line in lines if (match := re.fullmatch(rf"    (n\d+) -->(?:\|{text}\|)? (n\d+)", line))]
    assert len(nodes) + len(arrows) == len(lines)
    labels = {node[1]: re.sub(r"#(\d+);", lambda mark: chr(int(mark[1])), node[2])[1:-1] for node in nodes}
    assert {(labels[arrow[1]], labels[arrow[2]]) for arrow in arrows} == {
        ("customers.csv.country", "staging.customers.country"),
        ("staging.customers.country", 'bi.odd.a"b]; %% <i>#quot; --> end'),
    }


def facet(kind: str, edition: str, **properties: Any) -> dict[str, Any]:
    """Return the schema of a facet of a dataset, as the specification of that edition has it."""
    url = f"https://openlineage.io/spec/facets/{edition}/{kind}.json#/$defs/{kind}"
    base = {"_producer": {"type": "string", "format": "uri"}, "_schemaURL": {"const": url}}
    return {
        "type": "object",
        "properties": base | properties,
        "required": [*base, *properties],
        "additionalProperties": False,
    }


TEXT = {"type": "string", "minLength": 1}
INPUT_FIELD = {
    "type": "object",
    "properties": {
        "namespace": TEXT,
        "name": TEXT,
        "field": TEXT,
        "transformations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"type": {"enum": ["DIRECT", "INDIRECT"]}, "description": TEXT},
                "required": ["type"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["namespace", "name", "field"],
    "additionalProperties": False,
}
DATASETS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "namespace": {"type": "string", "pattern": r"^(file|postgres://[^/]+:\d+)$"},
            "name": TEXT,
            "facets": {
                "type": "object",
                "properties": {
                    "schema": facet(
                        "SchemaDatasetFacet",
                        "1-1-1",
                        fields={
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {"name": TEXT, "type": TEXT, "description": TEXT},
                                "required": ["name"],
                                "additionalProperties": False,
                            },
                        },
                    ),
                    "columnLineage": facet(
                        "ColumnLineageDatasetFacet",
                        "1-2-0",
                        fields={
                            "type": "object",
                            "additionalProperties": {
                                "type": "object",
                                "properties": {"inputFields": {"type": "array", "items": INPUT_FIELD, "minItems": 1}},
                                "required": ["inputFields"],
                                "additionalProperties": False,
                            },
                        },
                    ),
                    "documentation": facet("DocumentationDatasetFacet", "1-0-1", description=TEXT),
                    "version": facet("DatasetVersionDatasetFacet", "1-0-1", datasetVersion=TEXT),
                },
                "additionalProperties": False,
            },
        },
        "required": ["namespace", "name"],
        "additionalProperties": False,
    },
}
RUN_EVENT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"},
        "producer": {"type": "string", "pattern": r"^urn:[a-z0-9-]+:[^\s]+$"},
        "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
        "run": {
            "type": "object",
            "properties": {"runId": {"type": "string", "pattern": r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}},
            "required": ["runId"],
        },
        "job": {"type": "object", "properties": {"namespace": TEXT, "name": TEXT}, "required": ["namespace", "name"]},
        "inputs": DATASETS,
        "outputs": DATASETS,
    },
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
    "additionalProperties": False,
}


def test_json_is_a_run_event_of_openlineage(published: Db, capsys: pytest.CaptureFixture[str]) -> None:
    def event(name: str) -> dict[str, Any]:
        assert run("lineage", name, "--format", "json") == 0
        printed: dict[str, Any] = json.loads(capsys.readouterr().out)
        jsonschema.Draft202012Validator(RUN_EVENT).validate(printed)
        return printed

    told = event("bi.business_insights")
    assert {"rollup.days", "staging.orders"} <= {each["name"].split(".", 1)[-1] for each in told["outputs"]}
    last = told["run"]
    told = event("analytics.customer_metrics.total_revenue")
    assert told["eventType"] == "COMPLETE"
    assert told["run"] == last, "one publish is one run"
    name, here = published.info.dbname, f"postgres://localhost:{published.info.port}"
    assert told["job"] == {"namespace": here, "name": f"{name}.public.refresh_analytics"}
    inputs = {dataset["name"].removeprefix(f"{name}."): dataset for dataset in told["inputs"]}
    outputs = {dataset["name"].removeprefix(f"{name}."): dataset for dataset in told["outputs"]}
    file = published.execute(
        "SELECT l.folder || '/orders.csv' AS path, f.sha256 FROM ops.load_file AS f INNER JOIN ops.load AS l"
        " ON f.load_id = l.load_id WHERE f.table_name = 'orders'"
    ).fetchone()
    assert file is not None
    assert inputs.keys() == {"config.order_status", file["path"]}
    assert inputs[file["path"]]["namespace"] == "file"
    assert inputs[file["path"]]["facets"]["version"]["datasetVersion"] == file["sha256"]
    assert inputs[file["path"]]["facets"]["documentation"]["description"] == "Loads that wrote rows: 1."
    assert outputs.keys() == {
        "analytics.customer_metrics",
        "rollup.customer_figures",
        "rollup.customers",
        "rollup.customers_recounted",
        "staging.orders",
    }
    fields = outputs["staging.orders"]["facets"]["columnLineage"]["fields"]
    how = {"type": "DIRECT", "description": "landing.write_all, landing.write_pending"}
    assert fields == {
        "total_amount": {
            "inputFields": [
                {"namespace": "file", "name": file["path"], "field": "total_amount", "transformations": [how]}
            ]
        }
    }
    types = {field["name"]: field["type"] for field in outputs["staging.orders"]["facets"]["schema"]["fields"]}
    assert types["total_amount"] == "numeric(14,2)"


def test_lines_of_an_order_lead_to_their_file_when_a_load_brings_its_rate_and_not_when_somebody_else_does(
    published: Db,
) -> None:
    lines = "SELECT line_number FROM staging.order_items WHERE order_id = 'O1' ORDER BY line_number"
    before = [row["line_number"] for row in published.execute(lines.encode())]
    assert None not in before
    rate = (
        "UPDATE staging.orders SET currency = 'EUR', original_amount = 18, exchange_rate = {}, load_id = {}"
        " WHERE order_id = 'O1'"
    )
    published.execute(rate.format(2, "load_id + 1").encode())  # as a load does
    assert [row["line_number"] for row in published.execute(lines.encode())] == before
    published.execute(rate.format(3, "load_id").encode())
    assert [row["line_number"] for row in published.execute(lines.encode())] == [None] * len(before)


def test_a_row_is_led_back_to_its_file_and_line(
    published: Db, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shop.write(tmp_path / "in", products=["P1,Tea,Food,4.00,1.00", "P2,Cup,Home,11.00,6.00"])
    load.load(folder)
    digest = hashlib.sha256((folder / "products.csv").read_bytes()).hexdigest()
    assert run("lineage", "--row", "staging.products", "P2") == 0
    assert capsys.readouterr().out == f"{folder}/products.csv:3 (load 2, sha256 {digest})\n"
    published.execute("INSERT INTO staging.products (product_id, price) VALUES ('P9', 1)")
    assert run("lineage", "--row", "staging.products", "P9") == 0
    assert "somebody else" in capsys.readouterr().out
    published.execute("UPDATE staging.products SET price = 3 WHERE product_id = 'P2'")
    assert run("lineage", "--row", "staging.products", "P2") == 0
    assert "somebody else" in capsys.readouterr().out, "the file has another price"
    load.load(shop.write(folder, products=["P1,Tea,Food,4.00,1.00", "P2,Cup,Home,12.00,6.00"]))
    published.execute("UPDATE staging.products SET cost = 3 WHERE product_id = 'P9'")
    assert run("lineage", "--row", "staging.products", "P2") == 0
    assert f"{folder}/products.csv:3 (load 3, " in capsys.readouterr().out
    assert run("lineage", "--row", "staging.products", "'; DROP") == 2
    assert run("lineage", "--row", "staging.shelves", "x") == 2
    assert "There are: customers" in capsys.readouterr().err
    assert run("lineage") == 2
    assert "--row TABLE KEY" in capsys.readouterr().err
