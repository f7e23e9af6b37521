"""What BI tools read: the contract of the schema bi, the star of facts and dimensions, the age of the data."""

from __future__ import annotations

import calendar
import csv
import json
import re
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest
import yaml

from runner.bi import files
from runner.errors import ConfigurationError
from tests.conftest import ROOT, Db, database_url

CONTRACT = Path(__file__).parent / "contract" / "bi.csv"
FACTS = ("fact_orders", "fact_order_items")
# Types that psqlODBC, pgJDBC and Npgsql have a type of their own for.
KNOWN_TYPE = r"text|smallint|integer|bigint|boolean|date|timestamp without time zone|numeric\(\d+,\d+\)"


def rows(db: Db, query: str) -> list[dict[str, Any]]:
    return db.execute(query.encode()).fetchall()


def columns(db: Db) -> list[tuple[str, str, str]]:
    """Return view, column and type of everything in bi, in order."""
    query = CONTRACT.with_suffix(".sql").read_text(encoding="utf-8")
    return [(row["view_name"], row["column_name"], row["data_type"]) for row in rows(db, query)]


def views(db: Db) -> list[str]:
    return list(dict.fromkeys(view for view, _, _ in columns(db)))


# The contract


def test_nothing_that_readers_rely_on_was_changed_and_all_is_written_down(db: Db) -> None:
    with CONTRACT.open(encoding="utf-8", newline="") as file:
        promised = [(row["view_name"], row["column_name"], row["data_type"]) for row in csv.DictReader(file)]
    there = columns(db)
    types = {(view, column): kind for view, column, kind in there}
    broken = [
        f"{view}.{column} was {kind} and is {types.get((view, column), 'gone')}"
        for view, column, kind in promised
        if types.get((view, column)) != kind
    ]
    assert not broken, "reports of others break: put back what they rely on, under its old name and type"
    assert [row for row in there if row in promised] == promised, "columns of bi changed places: new ones go to the end"
    assert not [row for row in there if row not in promised], f"write what is new into {CONTRACT.relative_to(ROOT)}"


def test_every_column_has_a_type_that_the_drivers_know(db: Db) -> None:
    assert [row for row in columns(db) if not re.fullmatch(KNOWN_TYPE, row[2])] == []


def test_no_number_is_nan_and_no_day_is_infinite(published: Db) -> None:
    """Every number and day that can be stored without being one is planted; then none is to be seen."""
    published.execute(
        "UPDATE staging.orders SET currency = 'EUR', original_amount = 1, exchange_rate = 1, refunded_at = order_date"
    )
    published.execute("UPDATE staging.order_items SET original_unit_price = 1, original_amount = 1, exchange_rate = 1")
    published.execute("INSERT INTO staging.inventory (product_id, on_hand) SELECT product_id, 1 FROM staging.products")
    planted = []
    for place in rows(
        published,
        "SELECT format('%I.%I', table_schema, table_name) AS table, quote_ident(column_name) AS name, data_type AS type"
        " FROM information_schema.columns WHERE table_schema IN ('staging', 'config')"
        " AND data_type IN ('numeric', 'date', 'timestamp without time zone') AND is_generated = 'NEVER'",
    ):
        for value in ("NaN", "Infinity") if place["type"] == "numeric" else ("infinity", "-infinity"):
            try:
                published.execute(f"UPDATE {place['table']} SET {place['name']} = '{value}'".encode())
                planted.append(f"{place['table']}.{place['name']} = {value}")
            except (psycopg.errors.IntegrityError, psycopg.errors.DataError):
                pass
    assert planted  # such as the day of an exchange rate
    published.execute("CALL refresh_analytics()")
    for view, column, kind in columns(published):
        if kind.startswith(("numeric", "date", "timestamp")):
            odd = "'NaN'" if kind.startswith("numeric") else "'infinity', '-infinity'"
            shown = published.execute(f'SELECT FROM bi.{view} WHERE "{column}" IN ({odd})'.encode())
            assert shown.rowcount == 0, (view, column, planted)


def test_the_reader_reads_every_view_without_any_right_on_what_is_below(published: Db) -> None:
    names = views(published)
    assert {"fact_orders", "dim_date", "customer_metrics"} <= set(names)
    published.execute("SET ROLE pipeline_reader")
    for name in names:
        published.execute(f"SELECT * FROM bi.{name}".encode()).fetchall()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        published.execute("SELECT FROM staging.orders")


# Keys


def documented(db: Db, start: str) -> list[tuple[str, str, str]]:
    """Return view, column and comment of the columns of facts and dimensions whose comment matches."""
    return [
        (row["view"], row["name"], row["comment"])
        for row in rows(
            db,
            "SELECT c.relname AS view, a.attname AS name, col_description(c.oid, a.attnum) AS comment FROM pg_class AS c"
            " INNER JOIN pg_attribute AS a ON c.oid = a.attrelid WHERE c.relnamespace = 'bi'::regnamespace"
            " AND (c.relname LIKE 'dim%' OR c.relname LIKE 'fact%') AND a.attnum > 0 ORDER BY c.relname, a.attnum",
        )
        if re.search(start, row["comment"])
    ]


def assert_keys_hold(db: Db) -> None:
    """Assert that what the comments call a key is one, and that what refers to it is found there."""
    keys = documented(db, r"^Key\.")
    assert {view for view, _, _ in keys} == {view for view in views(db) if view.startswith(("dim", "fact"))}
    for view, name, _ in keys:
        counted = rows(db, f"SELECT count(*) AS all, count(DISTINCT {name}) AS different FROM bi.{view}")
        assert counted[0]["all"] == counted[0]["different"], view
    references = documented(db, r"refer to|Refers to")
    assert len(references) == 7
    for view, name, comment in references:
        (target, key) = re.findall(r"[Rr]efers? to (\w+)\.(\w+)", comment)[0]
        lost = db.execute(
            f"SELECT f.{name} FROM bi.{view} AS f LEFT JOIN bi.{target} AS d ON f.{name} = d.{key}"
            f" WHERE f.{name} IS NOT NULL AND d.{key} IS NULL".encode()
        )
        assert lost.rowcount == 0, (view, name, lost.fetchall())


def test_documented_keys_are_unique_and_lead_somewhere(sample: Db) -> None:
    assert_keys_hold(sample)


def test_facts_that_came_after_the_last_refresh_find_their_dimensions(published: Db) -> None:
    published.execute("INSERT INTO staging.customers (customer_id, country) VALUES ('C9', 'IE')")
    published.execute("INSERT INTO staging.products (product_id, product_name, price) VALUES ('P9', 'Jug', 3)")
    for order, day in (("O8", "2021-05-05"), ("O9", "2027-01-01")):
        published.execute(
            "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
            " VALUES (%s, 'C9', %s, 'completed', 3)",
            (order, day),
        )
    published.execute(
        "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
        " VALUES ('I9', 'O9', 'P9', 1, 3, 3)"
    )
    assert_keys_hold(published)
    customer = rows(published, "SELECT * FROM bi.dim_customer WHERE customer_id = 'C9'")[0]
    assert (customer["country"], customer["customer_tier"]) == ("IE", None)
    line = rows(published, "SELECT * FROM bi.fact_order_items WHERE order_item_id = 'I9'")[0]
    assert (line["revenue"], line["unit_cost"], line["total_cost"], line["margin_amount"]) == (3, None, None, None)


# Facts


def test_facts_of_the_small_shop_by_hand(published: Db) -> None:
    """O1 is Ada's first, O3 a guest's, O4 was cancelled. Tea costs 1.00, a cup 6.00. O1 was paid in euros, O2 refunded."""
    published.execute(
        "UPDATE staging.orders SET discount_amount = 2, tax_amount = 3, shipping_amount = 1, currency = 'EUR',"
        " original_amount = 18, exchange_rate = 1 WHERE order_id = 'O1'"
    )
    published.execute(
        "UPDATE staging.orders SET refunded_amount = 1, refunded_at = '2024-03-05 23:59' WHERE order_id = 'O2'"
    )
    names = (
        "order_id", "order_date", "customer_id", "order_hour", "is_revenue", "is_guest", "is_new_customer", "revenue",
        "gross_sales", "net_sales", "refund_date", "paid_currency", "paid_amount",
    )  # fmt: skip
    orders = rows(published, "SELECT * FROM bi.fact_orders ORDER BY order_id")
    march = [date(2024, 3, day) for day in range(6)[1:]]
    assert [tuple(order[name] for name in names) for order in orders] == [
        ("O1", march[0], "C1", 10, True, False, True, 18, 16, 14, None, "EUR", 18),
        ("O2", march[1], "C2", 0, True, False, True, 4, 4, 3, march[4], None, None),
        ("O3", march[1], None, 0, True, True, None, 10, 10, 10, None, None, None),
        ("O4", march[2], "C1", 0, False, False, False, 0, 0, 0, None, None, None),
    ]
    for told in (None, "2024-02-01"):
        published.execute("UPDATE staging.orders SET refunded_at = %s WHERE order_id = 'O2'", (told,))
        (order,) = rows(published, "SELECT refund_date FROM bi.fact_orders WHERE order_id = 'O2'")
        assert order["refund_date"] == march[1], "as in daily_sales.refunds_paid"
    line_names = (
        "order_item_id", "order_id", "product_id", "customer_id", "is_new_customer", "quantity", "quantity_sold",
        "revenue", "unit_cost", "total_cost", "margin_amount",
    )  # fmt: skip
    lines = rows(published, "SELECT * FROM bi.fact_order_items ORDER BY order_item_id")
    assert [tuple(line[name] for name in line_names) for line in lines] == [
        ("I1", "O1", "P1", "C1", True, 2, 2, 8, 1, 2, 6),
        ("I2", "O1", "P2", "C1", True, 1, 1, 10, 6, 6, 4),
        ("I3", "O2", "P1", "C2", True, 1, 1, 4, 1, 1, 3),
        ("I4", "O3", "P2", None, None, 1, 1, 10, 6, 6, 4),
        ("I5", "O4", "P2", "C1", False, 1, 0, 0, 6, 0, 0),
    ]


def test_a_line_has_the_cost_of_its_day(published: Db) -> None:
    published.execute("UPDATE config.clock SET as_of = '2024-03-02'")
    published.execute("UPDATE staging.products SET cost = 2.50 WHERE product_id = 'P1'")
    costs = rows(
        published, "SELECT order_item_id, unit_cost FROM bi.fact_order_items WHERE product_id = 'P1' ORDER BY 1"
    )
    assert [(row["order_item_id"], row["unit_cost"]) for row in costs] == [
        ("I1", Decimal("1.00")),
        ("I3", Decimal("2.50")),
    ]


def test_facts_add_up_to_the_published_views(sample: Db) -> None:
    def assert_same(facts: str, view: str) -> None:
        assert rows(sample, facts) == (found := rows(sample, view))
        assert len(found) > 100

    assert_same(
        "SELECT order_date AS day, count(*) AS orders, count(*) FILTER (WHERE is_revenue) AS completed, sum(revenue) AS revenue,"
        " sum(gross_sales) AS gross, sum(net_sales) AS net,"
        " count(DISTINCT customer_id) FILTER (WHERE is_new_customer) AS new_customers FROM bi.fact_orders"
        " GROUP BY order_date ORDER BY order_date",
        "SELECT sale_date AS day, total_orders AS orders, completed_orders AS completed, total_revenue AS revenue,"
        " gross_sales AS gross, net_sales AS net, new_customers FROM bi.daily_sales WHERE total_orders > 0 ORDER BY sale_date",
    )
    assert_same(
        "SELECT product_id, sum(quantity_sold) AS units, sum(revenue) AS revenue, sum(total_cost) AS cost,"
        " sum(margin_amount) AS margin FROM bi.fact_order_items GROUP BY product_id ORDER BY product_id",
        "SELECT product_id, total_quantity_sold AS units, total_revenue AS revenue, total_cost AS cost,"
        " margin_amount AS margin FROM bi.product_performance WHERE total_orders > 0 ORDER BY product_id",
    )
    assert_same(
        "SELECT customer_id, sum(revenue) AS revenue FROM bi.fact_orders WHERE customer_id IS NOT NULL GROUP BY 1 ORDER BY 1",
        "SELECT customer_id, total_revenue AS revenue FROM bi.customer_metrics WHERE total_orders > 0 ORDER BY 1",
    )


def test_a_question_about_few_columns_reads_only_the_tables_that_it_needs(db: Db) -> None:
    plan = str(rows(db, "EXPLAIN SELECT sum(total_amount) FROM bi.fact_orders"))
    assert "orders" in plan
    assert "customers" not in plan
    assert "order_status" not in plan


# Dates


@pytest.mark.parametrize("first_month", range(1, 13))
def test_the_calendar_agrees_with_another_one(db: Db, first_month: int) -> None:
    """Python's calendar; the fiscal year is counted on month by month from its beginning."""
    db.execute("UPDATE config.clock SET as_of = '2021-02-03'")
    db.execute("UPDATE config.shop SET first_fiscal_month = %s", (first_month,))
    db.execute(
        "INSERT INTO staging.orders (order_id, order_date, status, total_amount) VALUES ('O1', '2019-06-01', 'pending', 1)"
    )
    days = rows(db, "SELECT * FROM bi.dim_date ORDER BY calendar_date")
    assert len(days) == 365 + 366 + 365
    day = date(2019, 1, 1)
    start = date(2019 if first_month == 1 else 2018, first_month, 1)  # of the fiscal year
    for row in days:
        if day.day == 1 and day.month == first_month:
            start = day
        fiscal_month = (day.year - start.year) * 12 + day.month - start.month + 1
        fiscal_year = start.year if first_month == 1 else start.year + 1
        fiscal_quarter = 1 + (fiscal_month - 1) // 3
        quarter = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3, 10: 4, 11: 4, 12: 4}[day.month]
        iso = day.isocalendar()
        assert row == {
            "calendar_date": day,
            "calendar_year": day.year,
            "calendar_quarter": quarter,
            "quarter_name": f"{day.year}-Q{quarter}",
            "calendar_month": day.month,
            "month_name": calendar.month_name[day.month],
            "year_month": day.isoformat()[:7],
            "month_start_date": day.replace(day=1),
            "day_of_month": day.day,
            "day_of_year": day.timetuple().tm_yday,
            "iso_year": iso.year,
            "iso_week": iso.week,
            "iso_week_name": f"{iso.year}-W{iso.week:02}",
            "week_start_date": date.fromisocalendar(iso.year, iso.week, 1),
            "iso_weekday": iso.weekday,
            "weekday_name": calendar.day_name[day.weekday()],
            "is_weekend": iso.weekday in (6, 7),
            "fiscal_year": fiscal_year,
            "fiscal_year_name": f"FY{fiscal_year}",
            "fiscal_quarter": fiscal_quarter,
            "fiscal_quarter_name": f"FY{fiscal_year}-Q{fiscal_quarter}",
            "fiscal_month": fiscal_month,
            "fiscal_year_start_date": start,
            "days_ago": (date(2021, 2, 3) - day).days,
            "is_future": day > date(2021, 2, 3),
        }
        day += timedelta(days=1)


@pytest.mark.parametrize("month", [0, 13])
def test_a_year_begins_in_one_of_twelve_months(db: Db, month: int) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute("UPDATE config.shop SET first_fiscal_month = %s", (month,))


# The age of the data


def test_an_empty_shop_has_a_star_without_facts(db: Db) -> None:
    db.execute("UPDATE config.clock SET as_of = '2024-03-03'")
    age = rows(db, "SELECT * FROM bi.data_age")
    assert [(row["run_id"], row["as_of"], row["published_at"], row["newest_order_date"]) for row in age] == [
        (None,) * 4
    ]
    for view in (*FACTS, "dim_customer", "dim_product"):
        assert rows(db, f"SELECT * FROM bi.{view}") == []
    assert len(rows(db, "SELECT * FROM bi.dim_date")) == 366


def test_the_age_of_the_data_is_that_of_the_last_publish(published: Db) -> None:
    def age() -> dict[str, Any]:
        found = rows(published, "SELECT * FROM bi.data_age")
        assert len(found) == 1
        return found[0]

    first = age()
    assert (first["run_id"], first["as_of"], first["newest_order_date"]) == (1, date(2024, 3, 3), date(2024, 3, 3))
    assert (first["days_since_newest_order"], first["has_unpublished_changes"]) == (0, False)
    assert first["last_run_status"] == "succeeded"

    published.execute("UPDATE staging.orders SET order_date = '2024-03-01' WHERE order_id = 'O4'")
    assert age() == first | {"has_unpublished_changes": True}

    published.execute("UPDATE config.expectation SET min_customers = 99")
    with pytest.raises(psycopg.errors.DatabaseError):
        published.execute("CALL refresh_analytics()")
    assert age() == first | {"has_unpublished_changes": True, "last_run_status": "failed"}

    published.execute("UPDATE config.expectation SET min_customers = 0")
    published.execute("CALL refresh_analytics('2024-03-07')")
    last = age()
    assert (last["run_id"], last["as_of"], last["newest_order_date"]) == (3, date(2024, 3, 7), date(2024, 3, 2))
    assert (last["days_since_newest_order"], last["has_unpublished_changes"]) == (5, False)
    assert last["published_at"] > first["published_at"]


# Files for tools


@pytest.fixture
def written(db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder with the files, of a connection with a password."""
    monkeypatch.setenv("DATABASE_URL", database_url(db).replace("postgres@", "postgres:Geheim-1@"))
    server, paths = files.write(tmp_path / "new" / "bi")
    assert (server.host, server.is_local, server.user) == ("localhost", True, "bi_user")
    assert sorted(paths) == sorted((tmp_path / "new" / "bi").iterdir())
    return tmp_path / "new" / "bi"


def unzipped(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_no_file_holds_the_password_and_a_second_time_gives_the_same_bytes(
    db: Db, written: Path, tmp_path: Path
) -> None:
    texts = [path.read_bytes() for path in written.iterdir()]
    texts += [text.encode() for text in unzipped(written / "superset-dashboard.zip").values()]
    assert not [text for text in texts if b"Geheim" in text]
    files.write(tmp_path / "again")
    assert {path.name: path.read_bytes() for path in written.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()
    }


def test_the_power_bi_file_names_server_and_database(db: Db, written: Path) -> None:
    connection = json.loads((written / "power-bi.pbids").read_text())["connections"][0]
    assert connection["mode"] == "Import"
    assert connection["details"]["protocol"] == "postgresql"
    assert connection["details"]["address"] == {"server": "localhost:5432", "database": db.info.dbname}


def test_the_tableau_file_holds_the_star(db: Db, written: Path) -> None:
    source = ElementTree.parse(written / "tableau.tds").getroot()

    def every(tag: str) -> list[ElementTree.Element]:
        """Return elements by name, whatever feature of Tableau they belong to."""
        return [element for element in source.iter() if re.sub(r"^_\.fcp\.\w+\.true\.\.\.", "", element.tag) == tag]

    star = {view for fact, _, dimension, _ in files.STAR for view in (fact, dimension)}
    assert star == {view for view in views(db) if view.startswith(("fact", "dim"))}
    assert {table.get("id") for table in every("object")} == star
    fields = {field.get("key"): field.get("value") for field in every("map")}
    assert set(fields.values()) == {f"[{view}].[{name}]" for view, name, _ in columns(db) if view in star}
    assert len(fields) == len(every("map")) == len(every("metadata-record"))
    described = {column.get("name"): column for column in every("column") if column.get("datatype") != "table"}
    assert set(described) == set(fields)
    assert all("".join(column.itertext()).strip() for column in described.values())

    # A tree, as Tableau wants it: one relation less than tables, and all hang together. Each from many rows to a key.
    relations = every("relationship")
    assert len(relations) == len(star) - 1
    assert {point.get("object-id") for relation in relations for point in relation if point.get("object-id")} == star
    keys = {f"[{view}].[{name}]" for view, name, _ in documented(db, r"^Key\.")}
    for relation in relations:
        ends = [fields[side.get("op")] for side in relation.findall("expression/expression")]
        tables = [point.get("object-id") for point in relation if point.tag.endswith("-end-point")]
        assert [str(end).split("]")[0][1:] for end in ends] == tables
        assert ends[1] in keys
        assert relation.findall("second-end-point[@unique-key='true']")


def test_the_superset_export_is_whole(db: Db, written: Path) -> None:
    """Superset itself draws it in tests/test_bi_superset.py; here, what its importer would stumble over."""
    parts = {
        name.removeprefix("superset-dashboard/"): yaml.safe_load(text)
        for name, text in unzipped(written / "superset-dashboard.zip").items()
    }
    assert parts["metadata.yaml"] == {"version": "1.0.0", "type": "Dashboard"}
    database = parts["databases/shop.yaml"]
    assert database["sqlalchemy_uri"] == f"postgresql+psycopg2://bi_user:XXXXXXXXXX@localhost:5432/{db.info.dbname}"

    def of(folder: str) -> list[dict[str, Any]]:
        return [part for name, part in parts.items() if name.startswith(f"{folder}/")]

    datasets = {part["uuid"]: part for part in of("datasets")}
    assert {part["database_uuid"] for part in datasets.values()} == {database["uuid"]}
    plain = {part["table_name"]: part for part in datasets.values() if "sql" not in part}
    shown = [(view, column["column_name"]) for view, part in plain.items() for column in part["columns"]]
    assert shown == [(view, name) for view, name, _ in columns(db)]
    charts = {part["uuid"]: part for part in of("charts")}
    assert len(charts) == len(files.questions())
    for chart in charts.values():
        dataset = datasets[chart["dataset_uuid"]]
        names = {column["column_name"] for column in dataset["columns"]}
        params = chart["params"]
        metrics = [params["metric"]] if "metric" in params else params.get("metrics", [])
        used = (
            {metric["label"] for metric in metrics}
            | set(params.get("groupby", ()))
            | set(params.get("all_columns", ()))
        )
        assert used | ({params["x_axis"]} if "x_axis" in params else set()) <= names, chart["slice_name"]
        assert not dataset["sql"].endswith(";")
    places = parts["dashboards/shop.yaml"]["position"]
    assert {
        place["meta"]["uuid"] for place in places.values() if isinstance(place, dict) and place["type"] == "CHART"
    } == set(charts)
    for place in places.values():
        if isinstance(place, dict) and place["type"] == "ROW":
            assert sum(places[child]["meta"]["width"] for child in place["children"]) <= 12


def test_every_question_has_an_answer_for_the_reader(sample: Db) -> None:
    with sample.transaction(force_rollback=True):
        sample.execute(
            "INSERT INTO staging.inventory (product_id, on_hand, lead_time_days) SELECT product_id, 1, 9 FROM staging.products"
        )
        sample.execute("REFRESH MATERIALIZED VIEW analytics.inventory_intelligence")
        sample.execute("SET LOCAL ROLE pipeline_reader")
        for question in files.questions():
            answer = rows(sample, question.sql)
            assert answer, question.name
            drawn = {*question.measures, question.x, question.series} - {None, ""}
            assert drawn <= set(answer[0]), question.name
            if question.x:
                marks = [(row[question.x], row.get(question.series or "")) for row in answer]
                assert len(marks) == len(set(marks)), f"{question.name}: two values for one mark"
            assert question.title[0].isupper()
            assert question.answers.endswith((".", "?")), question.name


def test_the_questions_for_metabase_are_as_its_api_takes_them(db: Db, written: Path) -> None:
    cards = json.loads((written / "metabase-questions.json").read_text(encoding="utf-8"))
    assert [card["name"] for card in cards] == [question.title for question in files.questions()]
    for card in cards:
        assert card["display"] in {"scalar", "table", "line", "bar"}
        assert card["dataset_query"]["native"]["query"].startswith("SELECT")


def test_without_the_star_there_are_no_files(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    with pytest.raises(ConfigurationError, match="not in the schema bi"):
        files.write(tmp_path / "bi")
    assert not (tmp_path / "bi").exists()


def test_facts_of_who_had_not_bought_by_the_last_refresh_are_of_new_customers(published: Db) -> None:
    published.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES ('N', 'Nia')")
    published.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " VALUES ('N1', 'N', '2024-03-03', 'completed', 7), ('N2', 'N', '2024-03-03', 'cancelled', 7)"
    )
    published.execute(
        "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
        " VALUES ('N1-1', 'N1', 'P1', 1, 7, 7), ('N2-1', 'N2', 'P1', 1, 7, 7)"
    )
    known = [{"order_id": "N1", "is_new_customer": True}, {"order_id": "N2", "is_new_customer": False}]
    for statement in ("CALL apply_changes()", "CALL refresh_analytics()"):
        published.execute(statement.encode())
        for fact in ("fact_orders", "fact_order_items"):
            question = f"SELECT order_id, is_new_customer FROM bi.{fact} WHERE customer_id = 'N' ORDER BY order_id"
            assert rows(published, question) == known, (statement, fact)
