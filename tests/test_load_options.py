"""What the options of a load change, what becomes of refused rows, and crashes."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner import formulas, retry
from runner import load as loading
from runner.csvfile import BLANKS
from runner.errors import ConfigurationError, WorkFailedError, from_driver
from runner.load import Options
from tests import shop
from tests.conftest import ROOT, Db, database_url

BAD = {
    "products": [*shop.ROWS["products"], "P3,Pot,Home,abc,1"],
    "orders": [*shop.ROWS["orders"], "O9,C9,2024-03-01,completed,1"],
}


def rows(db: Db, query: str) -> list[dict[str, object]]:
    return db.execute(query.encode()).fetchall()


def test_a_check_tells_every_problem_and_writes_nothing(db: Db, tmp_path: Path) -> None:
    loaded = loading.load(shop.write(tmp_path / "in", **BAD), Options(is_check=True))
    assert [(row["file_name"], row["line_number"]) for row in loaded.rejects] == [
        ("products.csv", 4),
        ("orders.csv", 6),
    ]
    assert sum(file["rows_inserted"] for file in loaded.files) == 13
    for table in ("staging.products", "ops.load", "ops.load_file", "ops.rejected_row", "landing.unproven_row"):
        assert db.execute(f"SELECT FROM {table}".encode()).rowcount == 0, table
    names = rows(db, "SELECT conname FROM pg_constraint WHERE conname = 'order_items_pkey'")
    assert len(names) == 1


def test_a_check_tells_what_is_wrong_with_each_file_as_a_whole(db: Db, tmp_path: Path) -> None:
    folder = shop.write(
        tmp_path / "in", customers="customer_id\nC1\n", products=shop.HEADERS["products"] + '\nP1,"Tea,Food,1,1\n'
    )
    (folder / "orders.csv").unlink()
    problems = loading.load(folder, Options(is_check=True)).problems
    parts = ("customers.csv, line 1: the columns", "products.csv, line 2: a quoted", "orders.csv is missing")
    assert len(problems) == len(parts)
    for problem, part in zip(problems, parts, strict=True):
        assert part in problem


def test_a_check_tells_the_bad_rows_of_files_beside_one_that_cannot_be_read(db: Db, tmp_path: Path) -> None:
    """Whether a parent is missing that may stand in such a file is not told, nor of rows whose parents that concerns."""
    folder = shop.write(
        tmp_path / "in",
        customers="customer_id\nC1\n",
        products=[*shop.ROWS["products"], "P3,Pot,Home,abc,1"],
        orders=[*shop.ROWS["orders"], "O8,C1,2024-03-01,completed,much", "O9,C9,2024-03-01,completed,1"],
        order_items=[*shop.ROWS["order_items"], "I8,O1,P9,1,1,1", "I9,O1,P1,0,1,1"],
    )
    for options in (Options(is_check=True), Options(is_check=True, is_strict=True, is_full=True)):
        loaded = loading.load(folder, options)
        (problem,) = loaded.problems
        assert "customers.csv, line 1: the columns" in problem
        assert {(row["file_name"], row["line_number"]) for row in loaded.rejects} == {
            ("products.csv", 4),
            ("orders.csv", 6),
            ("order_items.csv", 8),
        }
        assert [(file["table_name"], file["rows_refused"]) for file in loaded.files] == [
            ("products", 1),
            ("orders", 1),
            ("order_items", 1),
        ]
        for table in ("staging.products", "ops.load", "ops.rejected_row"):
            assert db.execute(f"SELECT FROM {table}".encode()).rowcount == 0, table
    items = [*shop.ROWS["order_items"], "I8,O9,P1,1,1,1"]
    aside = loading.load(shop.write(folder, products="product_id\n", order_items=items), Options(is_check=True)).rejects
    assert [row["reason"] for row in aside] == ['order_id "O9" is not in orders'], "orders can be read"


@pytest.mark.parametrize("is_full", [False, True], ids=["strict", "full"])
def test_a_check_of_a_strict_load_tells_every_row_too(db: Db, tmp_path: Path, is_full: bool) -> None:
    loading.load(shop.write(tmp_path / "in"))
    rest = {"products": ["P3,Pot,Home,abc,1"], "orders": ["O9,C9,2024-03-01,completed,1"], "order_items": []}
    loaded = loading.load(shop.write(tmp_path / "in", **rest), Options(is_check=True, is_strict=True, is_full=is_full))
    assert [(row["file_name"], row["line_number"]) for row in loaded.rejects] == [
        ("products.csv", 2),
        ("orders.csv", 2),
    ]


def test_a_strict_load_refuses_everything_for_one_row(db: Db, tmp_path: Path) -> None:
    with pytest.raises(WorkFailedError, match="2 rows would be refused") as caught:
        loading.load(shop.write(tmp_path / "in", **BAD), Options(is_strict=True))
    assert "products.csv:4: price" in str(caught.value.detail)
    assert db.execute("SELECT FROM staging.products").rowcount == 0
    assert rows(db, "SELECT status FROM ops.load") == [{"status": "failed"}]
    loading.load(shop.write(tmp_path / "in"), Options(is_strict=True))
    assert db.execute("SELECT FROM staging.products").rowcount == 2


def test_a_full_load_makes_staging_equal_to_the_files(db: Db, tmp_path: Path) -> None:
    loading.load(shop.write(tmp_path / "in"))
    smaller = shop.write(tmp_path / "in", orders=shop.ROWS["orders"][:3], order_items=shop.ROWS["order_items"][:4])
    with pytest.raises(WorkFailedError, match=r"1 of 5 rows of staging\.order_items are not in the file") as caught:
        loading.load(smaller, Options(is_full=True))
    assert "--yes" in str(caught.value.remedy)
    assert db.execute("SELECT FROM staging.orders").rowcount == 4
    loaded = loading.load(smaller, Options(is_full=True, is_confirmed=True))
    assert {file["table_name"]: file["rows_deleted"] for file in loaded.files} == {
        "customers": 0, "products": 0, "orders": 1, "order_items": 1
    }  # fmt: skip
    assert rows(db, "SELECT order_id FROM staging.orders ORDER BY order_id") == [
        {"order_id": f"O{n}"} for n in (1, 2, 3)
    ]
    db.execute("UPDATE config.load SET max_delete_share = 0.5")
    assert loading.load(smaller, Options(is_full=True)).files[0]["rows_deleted"] == 0


def test_a_full_load_into_empty_tables_keeps_what_it_brings(db: Db, tmp_path: Path) -> None:
    loading.load(shop.write(tmp_path / "in"), Options(is_full=True, is_confirmed=True))
    assert db.execute("SELECT FROM staging.order_items").rowcount == 5


def test_a_first_load_spares_what_others_hang_on_staging(db: Db, tmp_path: Path) -> None:
    """A foreign key of somebody else's table, a trigger of somebody else, a view that needs a key, a reader that stays."""
    empty = "TRUNCATE staging.customers, staging.products, staging.orders, staging.order_items, public.note CASCADE"
    db.execute("CREATE TABLE public.note (customer_id text REFERENCES staging.customers (customer_id))")
    db.execute("CREATE TABLE public.seen (count bigint)")
    db.execute(
        "CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO public.seen SELECT count(*) FROM changed; RETURN NULL; END $$"
    )
    db.execute(
        "CREATE TRIGGER see AFTER INSERT ON staging.orders REFERENCING NEW TABLE AS changed"
        " FOR EACH STATEMENT EXECUTE FUNCTION public.see()"
    )
    folder = shop.write(tmp_path / "in")
    loading.load(folder)
    assert rows(db, "SELECT count FROM public.seen") == [{"count": 4}]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        db.execute("INSERT INTO public.note VALUES ('nobody')")

    db.execute(empty)
    db.execute("CREATE VIEW public.by_key AS SELECT o.*, count(*) FROM staging.orders AS o GROUP BY o.order_id")
    loading.load(folder)
    db.execute("DROP VIEW public.by_key")

    db.execute(empty)
    with psycopg.connect(database_url(db)) as reader:
        reader.execute("SELECT FROM staging.orders")
        loading.load(folder)
    db.execute("CALL refresh_analytics(%s::date)", (shop.AS_OF,))
    assert rows(db, "SELECT total_orders FROM bi.kpi_summary") == [{"total_orders": 4}]


def test_a_full_load_deletes_nothing_when_a_row_is_refused(db: Db, tmp_path: Path) -> None:
    loading.load(shop.write(tmp_path / "in"))
    with pytest.raises(WorkFailedError, match="would be refused"):
        loading.load(shop.write(tmp_path / "in", **BAD), Options(is_full=True, is_confirmed=True))
    assert db.execute("SELECT FROM staging.orders").rowcount == 4


def test_another_encoding_is_loaded_when_it_is_named(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    text = shop.HEADERS["products"] + "\nP1,Thé,Food,1,1\nP2,Crème,Food,1,1\n"
    for encoding in ("latin-1", "cp1252", "utf-16"):
        for file in shop.write(folder, products=text).iterdir():
            file.write_bytes(file.read_bytes().decode().encode(encoding))
        loading.load(folder, Options(encoding=encoding))
        kept = rows(db, "SELECT product_name FROM staging.products ORDER BY product_id")
        assert kept == [{"product_name": "Thé"}, {"product_name": "Crème"}]
    shop.write(folder)
    (folder / "products.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(WorkFailedError, match="is not ascii"):
        loading.load(folder, Options(encoding="ascii"))


def test_dates_of_another_form_are_loaded_when_it_is_named_and_only_they(db: Db, tmp_path: Path) -> None:
    folder = shop.write(
        tmp_path / "in",
        customers=["C1,Ada,L,a@example.com,S,UK,31.01.2024", "C2,Eve,L,a@example.com,S,UK,2024-01-31"],
        orders=["O1,C1,01.03.2024,completed,18.00"],
        order_items=[],
    )
    loading.load(folder, Options(date_format="%d.%m.%Y"))
    assert rows(db, "SELECT registration_date::text AS day FROM staging.customers") == [{"day": "2024-01-31"}]
    assert rows(db, "SELECT order_day::text AS day FROM staging.orders") == [{"day": "2024-03-01"}]
    assert [row["reason"] for row in loading.rejects()] == [
        'registration_date "2024-01-31" is not of the form %d.%m.%Y'
    ]


def test_like_changes_of_two_rows_do_not_cancel_out_in_the_fingerprint(db: Db, tmp_path: Path) -> None:
    products = [f"P{number},Tea,Food,4.00,0" for number in range(1, 9)]
    load_id = loading.load(shop.write(tmp_path / "in", products=products, order_items=[])).load_id
    query = "SELECT (staging.fingerprint(%s, 'products', 'staging.products')).fingerprint AS seen"

    def fingerprint() -> int:
        (row,) = db.execute(query.encode(), (load_id,)).fetchall()
        return int(row["seen"])

    before = fingerprint()
    for change in ("cost = NULL", "cost = 0.01", "price = price + 1", "category = NULL", "category = ''"):
        for first in range(1, 8):
            with db.transaction(force_rollback=True):
                both = f"UPDATE staging.products SET {change} WHERE product_id IN ('P{first}', 'P{first + 1}')"
                assert db.execute(both.encode()).rowcount == 2
                assert fingerprint() != before, (change, first)


def test_a_value_that_moves_to_another_column_changes_the_fingerprint(db: Db, tmp_path: Path) -> None:
    orders = [
        "order_id,customer_id,order_date,status,total_amount,discount_amount,tax_amount,refunded_amount,refunded_at"
    ]
    orders += [f"O{number},C1,2024-03-01,completed,9,1,2,3,2024-03-02" for number in range(1, 5)]
    folder = shop.write(tmp_path / "in", orders=[], order_items=[])
    (folder / "orders.csv").write_text("\n".join(orders) + "\n")
    load_id = loading.load(folder).load_id
    query = "SELECT (staging.fingerprint(%s, %s, %s)).fingerprint AS seen"

    def fingerprints() -> list[int]:
        tables = [(load_id, table, f"staging.{table}") for table in ("customers", "products", "orders")]
        return [int(row["seen"]) for values in tables for row in db.execute(query.encode(), values)]

    for table, first, second, values in (
        ("products", "price", "cost", ("0", "1", "NULL")),
        ("products", "product_name", "category", ("''", "'Tea'", "NULL")),
        ("customers", "first_name", "last_name", ("''", "'Ada'", "NULL")),
        ("orders", "discount_amount", "tax_amount", ("0", "1", "2")),
        ("orders", "refunded_at", "order_date", ("DATE '2024-03-01'", "DATE '2024-03-02'")),
    ):
        seen = {}
        for pair in itertools.product(values, repeat=2):
            try:
                with db.transaction(force_rollback=True):
                    db.execute(f"UPDATE staging.{table} SET {first} = {pair[0]}, {second} = {pair[1]}".encode())
                    seen[pair] = tuple(fingerprints())
            except psycopg.IntegrityError:
                continue  # a column that may not be NULL
        assert len(seen) > 2
        assert len(set(seen.values())) == len(seen), (table, first, second)


def test_what_was_rounded_unknown_ignored_and_seen_before_is_reported(db: Db, tmp_path: Path) -> None:
    orders = ["O1,C1,2024-03-01,completed,18.005", "O2,C2,2024-03-01,Odd,1.500", "O3,,2024-03-01,shipped,1"]
    folder = shop.write(tmp_path / "in", orders=orders, order_items=[])
    first = {file["table_name"]: file for file in loading.load(folder).files}
    assert first["orders"]["rows_rounded"] == 1
    assert first["orders"]["unknown_statuses"] == ["odd"]
    assert not first["orders"]["is_repeat"]
    assert rows(db, "SELECT total_amount::text AS total FROM staging.orders WHERE order_id = 'O1'") == [
        {"total": "18.01"}
    ]
    again = {file["table_name"]: file for file in loading.load(folder).files}
    assert again["orders"]["is_repeat"]
    assert again["orders"]["rows_unchanged"] == 3


def test_a_repeated_load_mends_what_somebody_changed_by_hand(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    loading.load(folder)
    db.execute("UPDATE staging.products SET price = 99 WHERE product_id = 'P1'")
    db.execute("DELETE FROM staging.order_items WHERE order_item_id = 'I5'")
    files = {file["table_name"]: file for file in loading.load(folder).files}
    assert (files["products"]["rows_updated"], files["order_items"]["rows_inserted"]) == (1, 1)
    assert rows(db, "SELECT price::text FROM staging.products WHERE product_id = 'P1'") == [{"price": "4.00"}]


def test_a_file_is_passed_over_only_while_its_bytes_their_meaning_and_the_table_are_the_same(
    db: Db, tmp_path: Path
) -> None:
    folder = shop.write(tmp_path / "in")
    first = {file["table_name"]: file["fingerprint"] for file in loading.load(folder).files}
    assert None not in first.values()

    def passed_over(**options: Any) -> list[str]:
        """Load again and return the tables whose files were not read: reading one counts its lines from 2 again."""
        for table in shop.ROWS:
            db.execute("SELECT setval(%s, 777)", (f"landing.{table}_line_number_seq",))
        files = loading.load(folder, loading.Options(**options)).files
        assert sum(file["rows_read"] for file in files) == sum(len(shop.ROWS[table]) for table in shop.ROWS)
        values = {table: rows(db, f"SELECT last_value FROM landing.{table}_line_number_seq") for table in shop.ROWS}
        return [table for table, (value,) in values.items() if value["last_value"] == 777]

    every = list(shop.ROWS)
    assert passed_over() == every
    db.execute("UPDATE staging.products SET cost = cost + 0.01 WHERE product_id = 'P1'")
    assert passed_over() == [table for table in every if table != "products"]
    assert passed_over() == every
    db.execute("INSERT INTO staging.customers (customer_id) VALUES ('C9')")
    assert passed_over() == [table for table in every if table != "customers"]
    db.execute("DELETE FROM staging.customers WHERE customer_id = 'C9'")
    assert passed_over() == every
    assert passed_over(prove=False) == []
    assert passed_over(encoding="latin-1") == []
    assert passed_over() == every
    db.execute("INSERT INTO config.order_status_alias VALUES ('shipped', 'delivered')")
    assert "orders" not in passed_over()
    assert rows(db, "SELECT FROM staging.orders WHERE status = 'shipped'") == []


def test_like_changes_of_two_rows_do_not_cancel_out(db: Db, tmp_path: Path) -> None:
    """The hash of a numeric is that of its digits in base 10,000: times 10,000 it changes by a bit, in both rows alike."""
    items = [f"I{number},O1,P1,1,4.00,{number}.00" for number in range(1, 13)]
    folder = shop.write(tmp_path / "in", order_items=items)
    loading.load(folder)
    for first, second in itertools.combinations(range(1, 8), 2):
        loading.load(folder / "order_items.csv")
        changed = "UPDATE staging.order_items SET total_amount = total_amount * 10000 WHERE order_item_id IN (%s, %s)"
        db.execute(changed, (f"I{first}", f"I{second}"))
        (file,) = loading.load(folder / "order_items.csv").files
        assert file["rows_updated"] == 2, (first, second)


def test_times_that_hash_alike_are_told_apart(db: Db, tmp_path: Path) -> None:
    """A timestamp hashes the exclusive or of its halves, so that this pair, two hours and more apart, hashes alike."""
    moment = datetime(2000, 1, 1)
    one = 10_000_000_000  # microseconds since 2000; its high half is 2, that of the other 3
    low, high = one % 2**32, one // 2**32
    other = (high ^ 1) * 2**32 + (low ^ 1)
    times = [(moment + timedelta(microseconds=value)).isoformat(" ") for value in (one, other)]
    alike = "SELECT timestamp_hash_extended(%s::timestamp, 0) = timestamp_hash_extended(%s::timestamp, 0) AS alike"
    assert db.execute(alike, times).fetchone() == {"alike": True}
    folder = shop.write(tmp_path / "in", orders=[f"O1,C1,{times[0]},completed,1"], order_items=[])
    loading.load(folder)
    db.execute("UPDATE staging.orders SET order_date = %s::timestamp", (times[1],))
    files = {file["table_name"]: file for file in loading.load(folder).files}
    assert files["orders"]["rows_updated"] == 1


def test_what_somebody_writes_during_a_load_is_not_taken_for_the_files(db: Db, tmp_path: Path) -> None:
    """The first load leaves P1 alone, because it is as the file says; then somebody changes it before the load has ended."""
    folder = shop.write(tmp_path / "in")
    loading.load(folder)
    more = [*shop.ROWS["products"], "P3,Pot,Home,1.00,1.00"]

    def write(name: str, *_: int) -> None:
        if name == "orders.csv":
            db.execute("UPDATE staging.products SET price = 99 WHERE product_id = 'P1'")

    loading.load(shop.write(folder, products=more), progress=write)
    files = {file["table_name"]: file for file in loading.load(folder).files}
    assert files["products"]["rows_updated"] == 1
    assert rows(db, "SELECT price::text FROM staging.products WHERE product_id = 'P1'") == [{"price": "4.00"}]


def test_the_same_bytes_read_in_another_way_may_have_a_key_twice(db: Db, tmp_path: Path) -> None:
    """In cp437 the byte A0 is a letter, in latin-1 a blank, which is taken off."""
    folder = shop.write(tmp_path / "in", products="", orders=[], order_items=[])
    (folder / "products.csv").write_bytes(f"{shop.HEADERS['products']}\nP1,Tea,Food,1,1\nP1\udca0,Cup,Food,1,1\n".encode(
        "utf-8", "surrogateescape"
    ))  # fmt: skip
    loading.load(folder, Options(encoding="cp437"))
    loaded = loading.load(folder, Options(encoding="latin-1"))
    assert [
        (file["rows_superseded"], file["is_repeat"]) for file in loaded.files if file["table_name"] == "products"
    ] == [(1, True)]


def test_raw_text_is_that_of_the_line_whatever_the_encoding_and_the_packing(db: Db, tmp_path: Path) -> None:
    """Line and paragraph separators of Unicode end no line; a zstd file may have several frames, a gzip file members."""
    lines = ["P1,Tea\u2028a\u0085b,Food,1,1", "P2,Cup,Home,1,1", "P1,Pot,Home,1,1", "P2,Jug,Home,1,1"]
    text = "\n".join([shop.HEADERS["products"], *lines, ""])
    for encoding in ("utf-16", "UTF_16", "utf-8", "utf-32"):
        folder = shop.write(tmp_path / encoding)
        for file in shop.write(folder, products=text).iterdir():
            file.write_bytes(file.read_bytes().decode().encode(encoding))
        loaded = loading.load(folder, Options(encoding=encoding))
        aside = [(row["line_number"], row["raw_text"]) for row in loading.rejects(loaded.load_id)]
        assert aside == [(2, lines[0]), (3, lines[1])], encoding
    folder = tmp_path / "utf-8"
    (folder / "products.csv").unlink()
    for ending, pack in ((".gz", gzip.compress), (".zst", zstandard.compress)):
        file = folder / f"products.csv{ending}"
        file.write_bytes(b"".join(pack(line.encode()) for line in text.splitlines(keepends=True) if line))
        loaded = loading.load(folder)
        aside = [(row["line_number"], row["raw_text"]) for row in loading.rejects(loaded.load_id)]
        assert aside == [(2, lines[0]), (3, lines[1])], ending
        file.unlink()


def test_a_header_over_two_lines_comes_back_whole_with_the_refused_rows(db: Db, tmp_path: Path) -> None:
    text = 'product_id,product_name,category,price,cost,"a\nnote"\nP1,Tea,Food,abc,1,x\n'
    loading.load(shop.write(tmp_path / "in", products=text, orders=[], order_items=[]))
    (written,) = loading.write_rejects(tmp_path / "refused.csv")
    written.write_text(written.read_text().replace("abc", "5"))
    assert loading.load(written).files[0]["rows_inserted"] == 1


def test_a_time_whose_local_year_is_out_of_range_breaks_no_load(db: Db, tmp_path: Path) -> None:
    """The year as it is written counts; the shop's local time may be a day and more before or after."""
    lines = ["O1,C1,2199-12-31T23:00:00Z,completed,1", "O2,C1,1970-01-01T00:00:00+14:00,completed,1"]
    folder = shop.write(tmp_path / "in", orders=lines, order_items=[])
    kept = {
        "Etc/GMT-14": ("2200-01-01 13:00:00", "1970-01-01 00:00:00"),
        "Etc/GMT+12": ("2199-12-31 11:00:00", "1969-12-30 22:00:00"),
    }
    for zone, times in kept.items():
        db.execute("UPDATE config.shop SET first_year = 1970, last_year = 2199, time_zone = %s", (zone,))
        loading.load(folder)
        assert (
            tuple(row["at"] for row in rows(db, "SELECT order_date::text AS at FROM staging.orders ORDER BY order_id"))
            == times
        )


def test_refused_rows_are_written_out_mended_loaded_and_marked_as_resolved(db: Db, tmp_path: Path) -> None:
    bad = shop.write(tmp_path / "in", products=[*shop.ROWS["products"], 'P3,"Pot, ""big""",Home,abc,1'])
    first = loading.load(bad)
    assert rows(db, "SELECT kind, closed_at IS NULL AS is_open FROM ops.alert") == [
        {"kind": "rows refused", "is_open": True}
    ]
    (written,) = loading.write_rejects(tmp_path / "refused.csv")
    assert written.name == "refused.products.csv"
    assert written.read_text() == (
        "product_id,product_name,category,price,cost,rejected_line,rejected_reason\n"
        'P3,"Pot, ""big""",Home,abc,1,4,"price ""abc"" is not a plain decimal number"\n'
    )
    written.write_text(written.read_text().replace(",abc,", ",12.50,"))
    second = loading.load(written)
    assert [(file["rows_inserted"], file["ignored_columns"]) for file in second.files] == [
        (1, ["rejected_line", "rejected_reason"])
    ]
    assert rows(db, "SELECT product_name, price::text FROM staging.products WHERE product_id = 'P3'") == [
        {"product_name": 'Pot, "big"', "price": "12.50"}
    ]
    (row,) = loading.rejects(first.load_id)
    assert row["resolved_load_id"] == second.load_id
    assert rows(db, "SELECT closed_at IS NULL AS is_open FROM ops.alert") == [{"is_open": False}]


def open_refusals(db: Db) -> object:
    """Return what monitoring shows."""
    (row,) = rows(db, "SELECT metric_value FROM ops.metrics WHERE metric_name = 'pipeline_refused_rows'")
    return row["metric_value"]


def test_a_file_that_is_loaded_again_counts_what_its_last_load_refused(db: Db, tmp_path: Path) -> None:
    bad = ["P3,Pot,Home,abc,1", "P4,Jug,Home,abc,1", "P5,Jug,Home,abc"]
    folder = shop.write(tmp_path / "in", products=[*shop.ROWS["products"], *bad])
    for _ in range(3):
        loading.load(folder)
        assert open_refusals(db) == 3
    loading.load(folder / "products.csv")
    assert open_refusals(db) == 3
    assert rows(db, "SELECT subject, seen_count, load_id FROM ops.alert WHERE closed_at IS NULL") == [
        {"subject": "products", "seen_count": 1, "load_id": 1}
    ]
    assert rows(db, "SELECT count(*) AS kept FROM ops.rejected_row") == [{"kept": 12}], "nothing is lost"
    loading.load(shop.write(tmp_path / "in", products=[*shop.ROWS["products"], bad[1]]))
    assert open_refusals(db) == 1
    loading.load(shop.write(tmp_path / "in", products=shop.ROWS["products"]))
    assert open_refusals(db) == 0
    assert rows(db, "SELECT FROM ops.alert WHERE closed_at IS NULL") == []
    assert rows(db, "SELECT FROM assertions.load_rows_accounted") == []


def test_a_load_that_keeps_nothing_and_one_of_other_files_overtake_nothing(db: Db, tmp_path: Path) -> None:
    loading.load(shop.write(tmp_path / "in", products=[*shop.ROWS["products"], "P3,Pot,Home,abc,1"]))
    loading.load(shop.write(tmp_path / "other"))
    broken = shop.write(tmp_path / "in")
    (broken / "orders.csv").write_text("nonsense")
    with pytest.raises(WorkFailedError):
        loading.load(broken)
    loading.load(shop.write(tmp_path / "in") / "orders.csv")
    assert open_refusals(db) == 1


def test_the_same_bad_row_in_the_files_of_other_days_is_one_row_and_no_news(db: Db, tmp_path: Path) -> None:
    bad = ["P3,Pot,Home,abc,1", "P\x004,Pot,Home,abc,1"]
    for day in range(1, 4):
        loading.load(shop.write(tmp_path / f"day {day}", products=[*shop.ROWS["products"], *bad]))
    assert open_refusals(db) == 2
    assert rows(db, "SELECT cause, seen_count FROM ops.alert") == [{"cause": "1", "seen_count": 1}]
    loading.load(shop.write(tmp_path / "day 4", products=[*shop.ROWS["products"], "P5,Pot,Home,abc,1"]))
    assert open_refusals(db) == 3
    assert rows(db, "SELECT cause, seen_count FROM ops.alert") == [{"cause": "4", "seen_count": 2}]


def test_a_row_that_was_mended_by_hand_stays_mended_when_its_file_brings_it_again(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in", products=[*shop.ROWS["products"], "P3,Pot,Home,abc,1"])
    loading.load(folder)
    (written,) = loading.write_rejects(tmp_path / "refused.csv")
    bad = written.read_text()
    loading.load(written)
    assert open_refusals(db) == 1, "not mended yet: the same row once more"
    written.write_text(bad.replace(",abc,", ",12.50,"))
    loading.load(written)
    for _ in range(2):
        assert open_refusals(db) == 0
        assert rows(db, "SELECT FROM ops.alert WHERE closed_at IS NULL") == []
        loading.load(folder)
    assert rows(db, "SELECT price::text FROM staging.products WHERE product_id = 'P3'") == [{"price": "12.50"}]


def test_an_alert_of_refused_rows_that_a_person_closed_comes_back_for_other_rows_alone(db: Db, tmp_path: Path) -> None:
    def load(*lines: str) -> int:
        loading.load(shop.write(tmp_path / "in", products=[*shop.ROWS["products"], *lines]))
        return len(rows(db, "SELECT FROM ops.alert WHERE closed_at IS NULL"))

    assert load("P3,Pot,Home,abc,1") == 1
    assert load("P3,Pot,Home,abc,1", "P4,Pot,Home,abc,1") == 1
    db.execute("UPDATE ops.alert SET closed_at = now()")
    assert load("P3,Pot,Home,abc,1", "P4,Pot,Home,abc,1") == 0
    assert load("P3,Pot,Home,abc,1") == 0
    assert load("P3,Pot,Home,abc,1", "P5,Pot,Home,abc,1") == 1


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("P3,Pot", "P3,Pot,Home,1,1"),
        ("P3,Pot, big,Home,1,1", '"P3","Pot, big",Home,1,1'),
        ('"P""3",Pot,Home', '"P""3",Pot,Home,1,1'),
        ('P3,"Po"t,Home,1,1', "P3,Pot,Home,1,1"),
        ("P3,Po\rt,Home,1,1", "P3,Pot,Home,1,1"),
        ("P3,P\udce9t,Home,1,1", "P3,Pét,Home,1,1"),
        ("P3,P\x00t,Home,1,1", "P3,Pot,Home,1,1"),
    ],
)
def test_a_row_that_could_not_be_split_is_mended_when_its_key_is_loaded(
    db: Db, tmp_path: Path, broken: str, mended: str
) -> None:
    products = shop.ROWS["products"]
    first = loading.load(shop.write(tmp_path / "in", products=[*products, broken]))
    loading.load(shop.write(tmp_path / "in", products=[*products, "P4,Jug,Home,1,1"]))
    (row,) = loading.rejects(first.load_id)
    assert row["resolved_load_id"] is None, "another row is not this one"
    second = loading.load(shop.write(tmp_path / "in", products=[*products, mended]))
    (row,) = loading.rejects(first.load_id)
    assert row["resolved_load_id"] == second.load_id
    assert rows(db, "SELECT FROM ops.alert WHERE closed_at IS NULL") == []


def test_a_key_behind_the_first_column_of_a_row_that_could_not_be_split_is_not_guessed(db: Db, tmp_path: Path) -> None:
    header = "product_name,product_id,category,price,cost"
    folder = shop.write(
        tmp_path / "in", products=f"{header}\nPot, P1,P3,Home,1,1\nTea,P\x002,Home,1,1\nT\x00,P4,Home,1,1\n"
    )
    loading.load(folder)
    keys = rows(db, "SELECT key_value FROM ops.rejected_row WHERE table_name = 'products' ORDER BY line_number")
    assert [row["key_value"] for row in keys] == [None, None, "P4"]


def test_refused_rows_are_written_in_the_encoding_of_the_load(db: Db, tmp_path: Path) -> None:
    bad = f"P3,Thé,{'x' * 70},abc,1"
    folder = shop.write(tmp_path / "in", orders=[], order_items=[])
    (folder / "products.csv").write_bytes(f"{shop.HEADERS['products']},Größe\n{bad},L\n".encode("latin-1"))
    loading.load(folder, Options(encoding="latin-1"))
    (written,) = loading.write_rejects(tmp_path / "refused.csv")
    lines = written.read_bytes().decode("latin-1").splitlines()
    assert lines[0] == f"{shop.HEADERS['products']},Größe,rejected_line,rejected_reason"
    assert lines[1].startswith(f"{bad},L,2,")
    written.write_bytes(written.read_bytes().replace(b",abc,", b",5,"))
    assert loading.load(written, Options(encoding="latin-1")).files[0]["rows_inserted"] == 1
    assert rows(db, "SELECT product_name FROM staging.products") == [{"product_name": "Thé"}]


SIGNS = "=+-@\t\r"
HOSTILE = st.text(alphabet=f"{SIGNS}\n,;|\"' a5", max_size=12)


@settings(max_examples=500, deadline=None)
@given(row=HOSTILE, delimiter=st.sampled_from(",;\t|"))
def test_what_is_defused_is_no_formula_however_it_is_split_and_comes_back_as_it_was(row: str, delimiter: str) -> None:
    text = formulas.defused(row, delimiter)
    assert formulas.restored(text, delimiter) == row
    lines = text.split("\n")
    assert "\n".join(formulas.restored(line, delimiter) for line in lines) == row, "a load reads line by line"
    with suppress(csv.Error):
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            assert not [cell for cell in cells if cell.lstrip(" ").startswith(tuple(SIGNS.replace(delimiter, "")))]
    for other in ",;\t":  # a spreadsheet of another country, that knows no quotes
        for cell in re.split(f"[{other}\r\n]", text):
            assert not cell.lstrip('" ').startswith(tuple("=+-@"))


@pytest.mark.usefixtures("one_session")
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(cells=st.lists(st.tuples(HOSTILE, HOSTILE, st.booleans()), min_size=1, max_size=4))
def test_refused_rows_that_go_out_and_in_again_lose_nothing(
    db: Db, tmp_path: Path, cells: list[tuple[str, str, bool]]
) -> None:
    """Unmended they are refused as the same texts, and once more; mended they have the values that they had."""
    for file in tmp_path.glob("*.csv"):
        file.unlink()
    folder = tmp_path / "in"
    lines = []
    for number, (name, category, is_quoted) in enumerate(cells):
        texts = [f'"{text.replace(chr(34), chr(34) * 2)}"' if is_quoted else text for text in (name, category)]
        lines.append(f"P{number},{','.join(texts)},abc,1")
    text = "".join(f"{line}\n" for line in (shop.HEADERS["products"], *lines))
    shop.write(folder, products=text, orders=[], order_items=[])
    try:
        loading.load(folder)
    except WorkFailedError:  # a quote that does not end
        return
    first = [row["raw_text"] for row in loading.rejects() if row["kind"] == "refused"]
    assert first
    (written,) = loading.write_rejects(tmp_path / "one.csv")
    again = loading.load(written)
    second = [row["raw_text"] for row in loading.rejects(again.load_id) if row["kind"] == "refused"]
    assert len(second) == len(first)
    assert all(text.startswith(f"{row},") for text, row in zip(second, first, strict=True))
    (written,) = loading.write_rejects(tmp_path / "two.csv")
    third = loading.load(written)
    last = [row["raw_text"] for row in loading.rejects(third.load_id) if row["kind"] == "refused"]
    assert all(text.startswith(f"{row},") for text, row in zip(last, first, strict=True))
    if all(is_quoted and name.strip() and category.strip() for name, category, is_quoted in cells):
        written.write_bytes(written.read_bytes().replace(b",abc,1,", b",5,1,"))
        loading.load(written)
        kept = rows(
            db, "SELECT product_name, category FROM staging.products WHERE product_id LIKE 'P_' ORDER BY product_id"
        )
        assert [tuple(row.values()) for row in kept][: len(cells)] == [
            (name.strip(BLANKS), category.strip(BLANKS)) for name, category, _ in cells
        ]


def test_a_quote_before_a_sign_stays_where_no_formula_was_defused(db: Db, tmp_path: Path) -> None:
    loading.load(shop.write(tmp_path / "in", products=["P1,'=x,Home,1,1", "P2,''-y,Home,1,1"]))
    kept = rows(db, "SELECT product_name FROM staging.products ORDER BY product_id")
    assert [row["product_name"] for row in kept] == ["'=x", "''-y"]


@pytest.mark.parametrize("state", ["is starting up", "is in recovery mode"])
def test_a_server_that_comes_back_before_anything_was_sent_is_asked_again(
    db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    real, refusals = psycopg.connect, iter(["Connection refused", f"the database system {state}"])

    def connect(*arguments: Any, **options: Any) -> Any:
        for words in refusals:
            raise psycopg.OperationalError(words)
        return real(*arguments, **options)

    monkeypatch.setattr(psycopg, "connect", connect)
    monkeypatch.setattr(retry, "PAUSES", (0.01, 0.01))
    assert len(loading.load(shop.write(tmp_path / "in")).files) == 4
    assert rows(db, "SELECT client_attempt FROM ops.load") == [{"client_attempt": 3}]
    refusals = iter(["Connection refused"] * 3)
    with pytest.raises(ConfigurationError, match="Connection refused"):
        loading.load(tmp_path / "in")


def test_who_was_in_a_deadlock_is_told_to_run_the_command_again() -> None:
    known = from_driver(
        psycopg.errors.DeadlockDetected("deadlock detected\nDETAIL:  Process 1 waits\nHINT:  See server log")
    )
    assert (known.exit_code, known.detail) == (1, None)
    assert "run the command again" in str(known.remedy)


def test_one_file_is_loaded_by_its_name_and_another_name_is_refused(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    assert [file["table_name"] for file in loading.load(folder / "customers.csv").files] == ["customers"]
    (folder / "customers.csv").rename(folder / "people.csv")
    with pytest.raises(ConfigurationError, match="tells no table"):
        loading.load(folder / "people.csv")
    with pytest.raises(ConfigurationError, match="--full needs"):
        loading.load(folder / "products.csv", Options(is_full=True))


def test_two_files_of_one_table_are_refused(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    (folder / "orders.csv.gz").write_bytes(b"")
    with pytest.raises(WorkFailedError, match=r"holds orders\.csv and orders\.csv\.gz"):
        loading.load(folder)


@pytest.mark.parametrize("is_first", [True, False], ids=["into empty tables", "into full tables"])
def test_keys_indexes_and_triggers_are_the_same_after_every_load(db: Db, tmp_path: Path, is_first: bool) -> None:
    definitions = "SELECT redo FROM staging.bulk_definition ORDER BY step_number"
    before = rows(db, definitions)
    folder = shop.write(tmp_path / "in")
    loading.load(folder)
    if not is_first:
        loading.load(folder)
    assert rows(db, definitions) == before
    assert rows(
        db,
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'staging'"
        " AND column_name IN ('load_id', 'line_number') AND column_default IS NOT NULL",
    ) == []  # fmt: skip


def test_a_first_load_with_repeated_keys_or_orphans_is_loaded_row_by_row(db: Db, tmp_path: Path) -> None:
    """All lines are plain, so the fast path copies them; the keys that it builds at the end tell the fault."""
    items = [*shop.ROWS["order_items"], "I1,O1,P1,3,4.00,12.00", "I9,O7,P1,1,4.00,4.00"]
    loaded = loading.load(shop.write(tmp_path / "in", order_items=items))
    file = next(file for file in loaded.files if file["table_name"] == "order_items")
    assert (file["rows_inserted"], file["rows_superseded"], file["rows_refused"]) == (5, 1, 1)
    aside = [(row["line_number"], row["kind"], row["raw_text"]) for row in loading.rejects()]
    assert aside == [(8, "refused", "I9,O7,P1,1,4.00,4.00"), (2, "superseded", "I1,O1,P1,2,4.00,8.00")]


@pytest.mark.parametrize("table", ["customers", "orders", "order_items"])
def test_a_runner_that_is_killed_leaves_nothing_and_no_lock(db: Db, tmp_path: Path, table: str) -> None:
    """The process kills itself when a file has been copied; the next load then works at once."""
    program = (
        "import os, signal, sys; from pathlib import Path; from runner import load\n"
        "def kill(name, done, size, lines):\n"
        f"    if name == '{table}.csv' and done == size: os.kill(os.getpid(), signal.SIGKILL)\n"
        "load.load(Path(sys.argv[1]), progress=kill)"
    )
    folder = shop.write(tmp_path / "in")
    environment = os.environ | {"DATABASE_URL": database_url(db)}
    done = subprocess.run([sys.executable, "-c", program, str(folder)], check=False, cwd=ROOT, env=environment)
    assert done.returncode == -signal.SIGKILL
    started = time.monotonic()
    loaded = loading.load(folder)
    assert time.monotonic() - started < 5
    assert sum(file["rows_inserted"] for file in loaded.files) == 13
    states = rows(db, "SELECT status FROM ops.load ORDER BY load_id")
    assert [row["status"] for row in states] == ["abandoned", "succeeded"]
