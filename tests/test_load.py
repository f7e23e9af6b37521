"""Loading a folder: all or nothing, every row accounted for, nothing lost."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner import load as loading
from runner.errors import ConfigurationError, WorkFailedError
from tests import shop
from tests.conftest import Db, database_url


def counts(loaded: loading.Loaded, table: str) -> dict[str, int]:
    """Return what became of the rows of a file, without zeros."""
    file = next(file for file in loaded.files if file["table_name"] == table)
    names = ("read", "inserted", "updated", "unchanged", "superseded", "refused")
    return {name: file[f"rows_{name}"] for name in names if file[f"rows_{name}"]}


def staged(db: Db, table: str, key: str) -> dict[str, Any]:
    row = db.execute(f"SELECT * FROM staging.{table} WHERE {table[:-1]}_id = %s".encode(), (key,)).fetchone()
    assert row is not None
    return row


def test_a_folder_is_loaded_and_every_row_leads_back_to_its_line(db: Db, tmp_path: Path) -> None:
    loaded = loading.load(shop.write(tmp_path / "in"))
    assert counts(loaded, "orders") == {"read": 4, "inserted": 4}
    order = staged(db, "orders", "O2")
    assert (order["load_id"], order["line_number"]) == (loaded.load_id, 3)
    assert staged(db, "orders", "O3")["customer_id"] is None
    assert db.execute("SELECT status FROM ops.load").fetchall() == [{"status": "succeeded"}]


def test_the_same_folder_twice_changes_nothing(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    loading.load(folder)
    db.execute("CALL refresh_analytics(%s::date)", (shop.AS_OF,))
    before = shop.hashes(db)
    again = loading.load(folder)
    for table, rows in shop.ROWS.items():
        assert counts(again, table) == {"read": len(rows), "unchanged": len(rows)}
    assert db.execute("SELECT FROM rollup.dirty").rowcount == 0
    db.execute("CALL refresh_analytics()")
    assert shop.hashes(db) == before


def test_new_changed_and_unchanged_rows_are_told_apart(db: Db, tmp_path: Path) -> None:
    loading.load(shop.write(tmp_path / "in"))
    products = ["P1,Tea,Food,4.00,1.00", "P2,Cup,Home,11.00,6.00", "P3,Pot,Home,20,"]
    loaded = loading.load(shop.write(tmp_path / "in", products=products))
    assert counts(loaded, "products") == {"read": 3, "inserted": 1, "updated": 1, "unchanged": 1}
    assert staged(db, "products", "P2")["price"] == 11
    assert staged(db, "products", "P3")["cost"] is None


FAULTS: dict[str, list[tuple[str, str | None, str]]] = {
    "customers": [
        (",Ada,L,a@example.com,S,UK,2024-01-01", "customer_id", "is empty"),
        ("C3,Ada,L,a@example.com,S,UK,01.02.2024", "registration_date", "is not an ISO 8601 date"),
        ("C3,Ada,L,a@example.com,S,UK,2024-02-30", "registration_date", "is not a day of the calendar"),
        ("C3,Ada,L,a@example.com,S,UK,0000-01-01", "registration_date", "is not in the years"),
        ("C3,Ada,L,a@example.com,S,UK,now", "registration_date", "is not an ISO 8601 date"),
        ("C3,Ada", None, "has 2 values for 7 columns"),
        ("C3,Ada,L,a@example.com,S,UK,2024-01-01,more", None, "has 8 values for 7 columns"),
        ('C3,"A"da,L,a@example.com,S,UK,2024-01-01', None, "cannot be split into columns"),
        ("C3,Ad\x00a,L,a@example.com,S,UK,2024-01-01", None, "holds a NUL character"),
        ("C3,Ad\udce9,L,a@example.com,S,UK,2024-01-01", None, "is not valid UTF-8"),
    ],
    "products": [
        ("P3,Tea,Food,,1", "price", "is empty"),
        ("P3,Tea,Food,-1,1", "price", "is negative"),
        ("P3,Tea,Food,1e3,1", "price", "is not a plain decimal number"),
        ("P3,Tea,Food,NaN,1", "price", "is not a plain decimal number"),
        ("P3,Tea,Food,0x1F4,1", "price", "is not a plain decimal number"),
        ("P3,Tea,Food,1_000,1", "price", "is not a plain decimal number"),
        ('P3,Tea,Food,"1,000.00",1', "price", "is not a plain decimal number"),
        ("P3,Tea,Food,$5,1", "price", "is not a plain decimal number"),
        ("P3,Tea,Food,Infinity,1", "price", "is not a plain decimal number"),
        ("P3,Tea,Food,٣,1", "price", "is not a plain decimal number"),
        ("P3,Tea,Food,1000000000000,1", "price", "is too large"),
        ("P3,Tea,Food,999999999999.995,1", "price", "is too large"),
    ],
    "orders": [
        ("O9,C9,2024-03-01,completed,1", "customer_id", "is not in customers"),
        ("O9,C1,2024-03-01T24:00:00,completed,1", "order_date", "is not an ISO 8601 date"),
        ("O9,C1,45000,completed,1", "order_date", "is not an ISO 8601 date"),
        ("O9,C1,2024-03-01 10:00 PST,completed,1", "order_date", "is not an ISO 8601 date"),
        ("O9,C1,2024-03-01,,1", "status", "is empty"),
        ("O9,C1,2024-03-01,completed,", "total_amount", "is empty"),
    ],
    "order_items": [
        ("I9,O9,P1,1,1,1", "order_id", "is not in orders"),
        ("I9,O1,P9,1,1,1", "product_id", "is not in products"),
        ("I9,O1,P1,0,1,1", "quantity", "is zero"),
        ("I9,O1,P1,-1,1,1", "quantity", "is not a whole number"),
        ("I9,O1,P1,1.5,1,1", "quantity", "is not a whole number"),
        ("I9,O1,P1,9999999999,1,1", "quantity", "is too large"),
        ("I9,O1,P1,1,1,-0.01", "total_amount", "is negative"),
    ],
}


@pytest.mark.parametrize("table", FAULTS)
def test_bad_rows_are_set_aside_whole_and_the_rest_is_loaded(db: Db, tmp_path: Path, table: str) -> None:
    faults, good = FAULTS[table], shop.ROWS[table]
    loaded = loading.load(shop.write(tmp_path / "in", **{table: [*(row for row, _, _ in faults), *good]}))
    read = len(faults) + len(good)
    assert counts(loaded, table) == {"read": read, "inserted": len(good), "refused": len(faults)}
    rejected = {row["line_number"]: row for row in loading.rejects()}
    for line_number, (raw, column, reason) in enumerate(faults, start=2):
        row = rejected[line_number]
        assert (row["file_name"], row["column_name"]) == (f"{table}.csv", column)
        assert reason in row["reason"]
        assert row["raw_text"] == raw.replace("\x00", "\\x00").replace("\udce9", "\\xe9")


GOOD_VALUES: dict[str, list[tuple[str, str, str]]] = {
    "products": [
        ("price", "Tea,Food, 5 ,", "5.00"),
        ("price", "Tea,Food,+5.,", "5.00"),
        ("price", "Tea,Food,.5,", "0.50"),
        ("price", "Tea,Food,-0.00,", "0.00"),
        ("price", "Tea,Food,2.345,", "2.35"),
        ("price", "Tea,Food,999999999999.99,", "999999999999.99"),
        ("product_name", '"Tea, ""fine""\nand green",Food,1,', 'Tea, "fine"\nand green'),
        ("product_name", "  Té 茶 \xa0,Food,1,", "Té 茶"),
        ("product_name", "\\N,Food,1,", "\\N"),
        ("product_name", "\\.,Food,1,", "\\."),
        ("product_name", "=CMD(),Food,1,", "=CMD()"),
        ("product_name", "<b>%s</b>; DROP TABLE x,Food,1,", "<b>%s</b>; DROP TABLE x"),
    ],
    "orders": [
        ("order_date", "C1,2024-03-01T10:00:00.5Z,completed,1", "2024-03-01 10:00:00.5"),
        ("order_date", "C1,2024-03-01 10:00+02:00,completed,1", "2024-03-01 08:00:00"),
        ("order_date", "C1,2024-03-01 10:00-0330,completed,1", "2024-03-01 13:30:00"),
        ("order_date", "C1,2024-02-29,completed,1", "2024-02-29 00:00:00"),
        ("status", "C1,2024-03-01, Canceled ,1", "cancelled"),
        ("status", "C1,2024-03-01,Odd,1", "odd"),
    ],
}


@pytest.mark.parametrize("table", GOOD_VALUES)
def test_good_values_are_kept_as_they_mean(db: Db, tmp_path: Path, table: str) -> None:
    values = {f"00{number}": value for number, value in enumerate(GOOD_VALUES[table])}
    rows = [f"{key},{row}" for key, (_, row, _) in values.items()]
    loaded = loading.load(shop.write(tmp_path / "in", **{table: [*shop.ROWS[table], *rows]}))
    assert loading.rejects(loaded.load_id) == []
    for key, (column, row, meant) in values.items():
        kept = db.execute(
            f"SELECT {column}::text AS value FROM staging.{table} WHERE {table[:-1]}_id = %s".encode(), (key,)
        ).fetchone()
        assert kept == {"value": meant}, row


def test_times_with_an_offset_become_local_time_on_both_sides_of_daylight_saving(db: Db, tmp_path: Path) -> None:
    db.execute("UPDATE config.shop SET time_zone = 'Europe/Berlin'")
    rows = ["O8,C1,2024-03-31T00:30:00Z,completed,1", "O9,C1,2024-03-31T01:30:00Z,completed,1"]
    loading.load(shop.write(tmp_path / "in", orders=[*shop.ROWS["orders"], *rows]))
    assert str(staged(db, "orders", "O8")["order_date"]) == "2024-03-31 01:30:00"
    assert str(staged(db, "orders", "O9")["order_date"]) == "2024-03-31 03:30:00"


def test_of_two_lines_with_one_key_the_later_wins_and_the_earlier_is_kept(db: Db, tmp_path: Path) -> None:
    rows = ["P1,Old,Food,1,", *shop.ROWS["products"], "P2,Jug,Home,12,6"]
    loaded = loading.load(shop.write(tmp_path / "in", products=rows))
    assert counts(loaded, "products") == {"read": 4, "inserted": 2, "superseded": 2}
    assert staged(db, "products", "P1")["product_name"] == "Tea"
    assert staged(db, "products", "P2")["product_name"] == "Jug"
    assert [row["line_number"] for row in loading.rejects()] == [2, 4]


def test_a_bad_later_line_does_not_take_the_place_of_a_good_earlier_one(db: Db, tmp_path: Path) -> None:
    rows = [*shop.ROWS["orders"], "O1,C9,2024-03-01,completed,1", "O2,C1,2024-03-01,completed,much"]
    loaded = loading.load(shop.write(tmp_path / "in", orders=rows))
    assert counts(loaded, "orders") == {"read": 6, "inserted": 4, "refused": 2}


def test_items_of_a_refused_order_are_refused_too(db: Db, tmp_path: Path) -> None:
    orders = ["O1,C1,2024-03-01,completed,1e9", *shop.ROWS["orders"][1:]]
    loaded = loading.load(shop.write(tmp_path / "in", orders=orders))
    assert counts(loaded, "order_items") == {"read": 5, "inserted": 3, "refused": 2}


def test_what_autovacuum_took_for_empty_is_counted_before_it_is_planned_with(db: Db, tmp_path: Path) -> None:
    """It may look at landing.unproven_row while a load fills it: 25,000 bad rows then took minutes instead of a second."""
    db.execute("UPDATE pg_class SET relpages = 1666, reltuples = 0 WHERE oid = 'landing.unproven_row'::regclass")
    loading.load(shop.write(tmp_path / "in", orders=[f"O{n},C1,2024-03-01,completed,x" for n in range(500)]))
    known = db.execute("SELECT reltuples::integer AS n FROM pg_class WHERE oid = 'landing.unproven_row'::regclass")
    assert known.fetchone() == {"n": 500}


def test_shape_that_means_nothing_is_accepted(db: Db, tmp_path: Path) -> None:
    text = '\ufeff COST ,price,"Category",note,product_id,product_name\r\n1,4,Food,x,P1,Tea\r\n\r\n6,10,Home,y,P2,Cup'
    loaded = loading.load(shop.write(tmp_path / "in", products=text))
    assert counts(loaded, "products") == {"read": 2, "inserted": 2}
    assert staged(db, "products", "P2")["line_number"] == 4
    file = next(file for file in loaded.files if file["table_name"] == "products")
    assert (file["ignored_columns"], file["line_count"]) == (["note"], 4)


WHOLE_FILE_FAULTS = [
    ("", "the file is empty"),
    ("\n\n", "the file is empty"),
    ("product_id,product_name,category,price\nP1,Tea,Food,1\n", "the column cost is missing"),
    ("product_id,product_name,category,price,cost,Price\nP1,Tea,Food,1,1,1\n", "stands twice"),
    ("product_id;product_name;category;price;cost\nP1;Tea;Food;1;1\n", "separated by semicolons"),
    (
        'product_id,product_name,category,price,cost\nP1,"Tea,Food,1,1\nP2,Cup,Home,1,1\n',
        "line 2: a quoted value begins",
    ),
    ("\udcff\udcfep\x00r\x00", "is UTF-16"),
    ("\x1f\udc8b\x08\x00", "is compressed"),
]


@pytest.mark.parametrize(("text", "found"), WHOLE_FILE_FAULTS)
def test_a_file_that_is_wrong_as_a_whole_refuses_the_folder(db: Db, tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(WorkFailedError, match=found) as caught:
        loading.load(shop.write(tmp_path / "in", products=text))
    assert "products.csv" in caught.value.message
    assert caught.value.remedy
    assert db.execute("SELECT FROM staging.customers").rowcount == 0
    (row,) = db.execute("SELECT status, error_message FROM ops.load").fetchall()
    assert row["status"] == "failed"
    assert found in row["error_message"]


def test_a_missing_file_or_folder_is_named_before_anything_is_written(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    (folder / "orders.csv").unlink()
    with pytest.raises(WorkFailedError, match=r"orders\.csv is missing"):
        loading.load(folder)
    with pytest.raises(ConfigurationError, match="is not a folder"):
        loading.load(tmp_path / "nowhere")
    assert db.execute("SELECT FROM ops.load").rowcount == 0


def test_settings_of_the_folder_are_applied_and_unknown_ones_refused(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    (folder / "load.toml").write_text("as_of = 2024-03-05\n[expectation]\nmin_customers = 2\n")
    loaded = loading.load(folder)
    assert (loaded.as_of.isoformat(), loaded.is_fixed) == ("2024-03-05", True)
    assert db.execute("SELECT min_customers, min_products FROM config.expectation").fetchone() == {
        "min_customers": 2,
        "min_products": 0,
    }
    (folder / "load.toml").write_text("[expectation]\nmin_custmers = 2\n")
    with pytest.raises(WorkFailedError, match="no setting min_custmers"):
        loading.load(folder)


def test_a_dead_loaders_row_is_closed_and_nothing_of_it_is_kept(db: Db, tmp_path: Path) -> None:
    db.execute("SELECT ops.begin_load('killed')")
    loading.load(shop.write(tmp_path / "in"))
    states = db.execute("SELECT status FROM ops.load ORDER BY load_id").fetchall()
    assert [row["status"] for row in states] == ["abandoned", "succeeded"]


def test_a_loader_whose_backend_is_killed_keeps_nothing_and_says_so(
    db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(name: str, *_: int) -> None:
        if name == "orders.csv":
            db.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    with pytest.raises(WorkFailedError):
        loading.load(shop.write(tmp_path / "in"), progress=kill)
    assert db.execute("SELECT FROM staging.customers").rowcount == 0
    assert db.execute("SELECT FROM landing.customers").rowcount == 0
    loading.load(shop.write(tmp_path / "in"))
    assert db.execute("SELECT FROM staging.customers").rowcount == 2


def test_two_loads_at_once_queue(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    threads = [threading.Thread(target=loading.load, args=(folder,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = db.execute("SELECT status FROM ops.load").fetchall()
    assert [row["status"] for row in states] == ["succeeded"] * 4
    assert db.execute("SELECT sum(rows_inserted) AS n FROM ops.load_file").fetchone() == {"n": 13}


def test_a_refresh_waits_for_a_load_and_sees_it(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    refreshed = threading.Event()
    threads: list[threading.Thread] = []

    def refresh() -> None:
        with psycopg.connect(database_url(db), autocommit=True) as connection:
            connection.execute("CALL refresh_analytics(%s::date)", (shop.AS_OF,))
        refreshed.set()

    def begin_refresh(name: str, *_: int) -> None:
        if name == "orders.csv":
            threads.append(threading.Thread(target=refresh))
            threads[0].start()
            assert not refreshed.wait(0.5)

    loading.load(folder, progress=begin_refresh)
    threads[0].join()
    assert db.execute("SELECT completed_orders FROM bi.kpi_summary").fetchone() == {"completed_orders": 3}


CELLS = st.one_of(
    st.sampled_from(
        ["P1", "P2", "1", "1.00", "-1", "", " ", "x", "2024-01-01", '"', '""', ",", "\n", "\r\n", "\\.", "NULL"]
    ),
    st.text(max_size=8),
)


@pytest.mark.usefixtures("one_session")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=8))
def test_whatever_stands_in_a_file_every_row_is_accounted_for(db: Db, tmp_path: Path, rows: list[list[str]]) -> None:
    lines = [",".join(cells).encode("utf-8", "replace").decode() for cells in rows]
    folder = shop.write(tmp_path / "in", products=lines)
    try:
        loaded = loading.load(folder)
    except WorkFailedError as error:
        assert "quoted value" in error.message  # noqa: PT017 - the only fault of a whole file that such rows can make
        return
    for file in loaded.files:
        parts = ("inserted", "updated", "unchanged", "superseded", "refused")
        assert file["rows_read"] == sum(file[f"rows_{part}"] for part in parts)
    assert db.execute("SELECT * FROM assertions.load_rows_accounted").fetchall() == []
