"""What files may say but need not: amounts, refunds and currency of orders, stock, and the history of prices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner import load as loading
from runner.load import Options
from tests import shop
from tests.conftest import Db
from tests.test_load import counts

OPTIONAL = "discount_amount,tax_amount,shipping_amount,refunded_amount,refunded_at,currency"
RICH = f"{shop.HEADERS['orders']},{OPTIONAL}"
AMOUNTS = (
    "discount_amount::text AS discount, tax_amount::text AS tax, shipping_amount::text AS shipping,"
    " refunded_amount::text AS refund"
)
STOCK = "product_id,on_hand,on_order,lead_time_days,counted_at"


def rows(db: Db, query: str) -> list[dict[str, Any]]:
    return db.execute(query.encode()).fetchall()


def orders(*lines: str) -> str:
    return "\n".join([RICH, *lines, ""])


# --- amounts of orders ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prove", [True, False], ids=["fast", "slow"])
def test_amounts_of_an_order_are_loaded_and_empty_ones_are_zero(db: Db, tmp_path: Path, prove: bool) -> None:
    text = orders(
        "O1,C1,2024-03-01,completed,18.00,2.00,1.50,4.90,18.00,2024-03-09 08:30,",
        "O2,C2,2024-03-02,shipped,4.00,,,,,,",
        "O3,,2024-03-02,completed,10.00,0.505,,3,,,",
        "O4,C1,2024-03-03,cancelled,10.00,,,,,2024-03-04T00:30:00+01:00,",
    )
    loaded = loading.load(shop.write(tmp_path / "in", orders=text), Options(prove=prove))
    assert counts(loaded, "orders") == {"read": 4, "inserted": 4}
    zero = "0.00"
    assert rows(db, f"SELECT {AMOUNTS}, refunded_at::text AS at, currency FROM staging.orders ORDER BY order_id") == [
        {"discount": "2.00", "tax": "1.50", "shipping": "4.90", "refund": "18.00", "at": "2024-03-09 08:30:00", "currency": None},
        {"discount": zero, "tax": zero, "shipping": zero, "refund": zero, "at": None, "currency": None},
        {"discount": "0.51", "tax": zero, "shipping": "3.00", "refund": zero, "at": None, "currency": None},
        {"discount": zero, "tax": zero, "shipping": zero, "refund": zero, "at": "2024-03-03 23:30:00", "currency": None},
    ]  # fmt: skip
    again = loading.load(tmp_path / "in", Options(prove=prove))
    assert counts(again, "orders") == {"read": 4, "unchanged": 4}


def test_a_file_without_the_columns_leaves_what_is_known_and_means_zero_for_new_rows(db: Db, tmp_path: Path) -> None:
    """Somebody else keeps the refunds: the daily file, which has no such column, must not take them back."""
    folder = shop.write(tmp_path / "in")
    loading.load(folder)
    db.execute("UPDATE staging.orders SET refunded_amount = 3, refunded_at = '2024-03-05' WHERE order_id = 'O1'")
    more = [*shop.ROWS["orders"], "O5,C1,2024-03-03,completed,1.00"]
    loaded = loading.load(shop.write(folder, orders=more))
    assert counts(loaded, "orders") == {"read": 5, "inserted": 1, "unchanged": 4}
    kept = rows(
        db,
        "SELECT order_id, refunded_amount::text AS refund FROM staging.orders WHERE order_id IN ('O1', 'O5') ORDER BY 1",
    )
    assert kept == [{"order_id": "O1", "refund": "3.00"}, {"order_id": "O5", "refund": "0.00"}]
    changed = ["O1,C1,2024-03-01 10:00:00,completed,19.00", *more[1:]]
    assert counts(loading.load(shop.write(folder, orders=changed)), "orders") == {
        "read": 5,
        "updated": 1,
        "unchanged": 4,
    }
    assert rows(db, "SELECT refunded_amount::text AS refund FROM staging.orders WHERE order_id = 'O1'") == [
        {"refund": "3.00"}
    ]


def test_a_file_that_has_a_column_writes_it_also_where_it_is_empty(db: Db, tmp_path: Path) -> None:
    loading.load(
        shop.write(tmp_path / "in", orders=orders("O1,C1,2024-03-01,completed,18,2,2,2,2,2024-03-02,"), order_items=[])
    )
    text = "order_id,customer_id,order_date,status,total_amount,discount_amount\nO1,C1,2024-03-01,completed,18,\n"
    loading.load(shop.write(tmp_path / "in", orders=text, order_items=[]))
    assert rows(db, f"SELECT {AMOUNTS} FROM staging.orders") == [
        {"discount": "0.00", "tax": "2.00", "shipping": "2.00", "refund": "2.00"}
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("O1,C1,2024-03-01,completed,18,-2,,,,,", 'discount_amount "-2" is negative'),
        ("O1,C1,2024-03-01,completed,18,,x,,,,", 'tax_amount "x" is not a plain decimal number'),
        ("O1,C1,2024-03-01,completed,18,,,,,soon,", 'refunded_at "soon" is not an ISO 8601'),
        ("O1,C1,2024-03-01,completed,18,,,,,,euro", 'currency "euro" is not a currency code'),
        ("O1,C1,2024-03-01,completed,18,,,,,,€", 'currency "€" is not a currency code'),
    ],
)
def test_a_bad_optional_value_refuses_its_row(db: Db, tmp_path: Path, line: str, reason: str) -> None:
    loading.load(shop.write(tmp_path / "in", orders=orders(line), order_items=[]))
    assert [row["reason"].startswith(reason) for row in loading.rejects()] == [True]
    assert rows(db, "SELECT order_id FROM staging.orders") == []


def test_optional_columns_keep_the_fast_way(db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an empty amount COPY goes straight into staging; with some, and with a currency, no row is read by itself."""
    ways: list[tuple[str, int]] = []
    real = loading._Transfer._copy_unproven

    def note(self: Any, file: Any, spool: Any, count: int) -> None:
        ways.append((self.table, count))
        real(self, file, spool, count)

    monkeypatch.setattr(loading._Transfer, "_copy_unproven", note)
    full = "O1,C1,2024-03-01,completed,18.00,2.00,1.50,4.90,0.00,,"
    loading.load(shop.write(tmp_path / "in", orders=orders(full), order_items=[]))
    assert ways == []
    empty = "O2,C1,2024-03-01,completed,18.00,,,,,2024-03-02 10:00,USD"
    loading.load(shop.write(tmp_path / "in", orders=orders(full, empty), order_items=[]))
    assert ways == [("orders", 0)]
    assert rows(db, "SELECT currency FROM staging.orders") == [{"currency": None}] * 2


# --- stock ------------------------------------------------------------------------------------------------------------


def test_stock_is_loaded_when_its_file_is_there(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    assert [file["table_name"] for file in loading.load(folder).files] == list(shop.HEADERS)
    (folder / "inventory.csv").write_text(f"{STOCK}\nP1,12,,7,2024-03-01\nP2,0,30,,\nP9,1,1,1,\n")
    loaded = loading.load(folder)
    assert counts(loaded, "inventory") == {"read": 3, "inserted": 2, "refused": 1}
    assert [row["reason"] for row in loading.rejects()] == ['product_id "P9" is not in products']
    stock = (
        "SELECT product_id AS id, on_hand, on_order, lead_time_days AS days, counted_at::text AS at"
        " FROM staging.inventory ORDER BY 1"
    )
    kept = [
        {"id": "P1", "on_hand": 12, "on_order": 0, "days": 7, "at": "2024-03-01 00:00:00"},
        {"id": "P2", "on_hand": 0, "on_order": 30, "days": None, "at": None},
    ]
    assert rows(db, stock) == kept
    (folder / "inventory.csv").unlink()
    loading.load(folder, Options(is_full=True))
    assert rows(db, stock) == kept, "a folder without the file says nothing of stock"
    (folder / "inventory.csv").write_text("product_id,on_hand\nP1,11\n")
    loaded = loading.load(folder, Options(is_full=True, is_confirmed=True))
    assert next(file for file in loaded.files if file["table_name"] == "inventory")["rows_deleted"] == 1
    assert rows(db, stock) == [kept[0] | {"on_hand": 11}]


def test_stock_of_a_first_load_is_kept_by_its_key(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    (folder / "inventory.csv").write_text(f"{STOCK}\nP1,12,3,7,2024-03-01\nP2,0,30,1,2024-03-01 10:00\n")
    assert counts(loading.load(folder), "inventory") == {"read": 2, "inserted": 2}
    with pytest.raises(psycopg.errors.UniqueViolation):
        db.execute("INSERT INTO staging.inventory (product_id, on_hand) VALUES ('P1', 1)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        db.execute("INSERT INTO staging.inventory (product_id, on_hand) VALUES ('P9', 1)")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("P1,,1,1,", "on_hand is empty"),
        ("P1,-1,1,1,", "is not a whole number"),
        ("P1,1.5,1,1,", "is not a whole number"),
        ("P1,1,1,-2,", "is not a whole number"),
        ("P1,9999999999,1,1,", "is too large"),
        ("P1,1,1,1,never", "is not an ISO 8601"),
    ],
)
def test_a_count_is_a_whole_number_that_may_be_zero(db: Db, tmp_path: Path, line: str, reason: str) -> None:
    folder = shop.write(tmp_path / "in")
    (folder / "inventory.csv").write_text(f"{STOCK}\n{line}\nP2,0,0,0,\n")
    assert counts(loading.load(folder), "inventory") == {"read": 2, "inserted": 1, "refused": 1}
    assert [reason in row["reason"] for row in loading.rejects()] == [True]


# --- history of prices ------------------------------------------------------------------------------------------------

HISTORY = (
    "SELECT product_id AS id, valid_from::text AS since, valid_to::text AS until, price::text, cost::text"
    " FROM staging.product_prices ORDER BY product_id, valid_from"
)


def test_prices_of_loads_become_a_history(db: Db, tmp_path: Path) -> None:
    folder = shop.write(tmp_path / "in")
    first = [
        {"id": "P1", "since": "-infinity", "until": None, "price": "4.00", "cost": "1.00"},
        {"id": "P2", "since": "-infinity", "until": None, "price": "10.00", "cost": "6.00"},
    ]
    for _ in range(2):
        loading.load(folder, Options(as_of=date(2024, 3, 3)))
        assert rows(db, HISTORY) == first
    dearer = ["P1,Tea,Food,4.00,1.20", "P2,Cup,Kitchen,10.00,6.00"]
    loading.load(shop.write(folder, products=dearer), Options(as_of=date(2024, 3, 10)))
    assert rows(db, HISTORY) == [
        first[0] | {"until": "2024-03-10"},
        {"id": "P1", "since": "2024-03-10", "until": None, "price": "4.00", "cost": "1.20"},
        first[1],
    ]
    loading.load(shop.write(folder, products=["P1,Tea,Food,5.00,", dearer[1]]), Options(as_of=date(2024, 3, 10)))
    assert rows(db, HISTORY)[1] == {"id": "P1", "since": "2024-03-10", "until": None, "price": "5.00", "cost": None}
    loading.load(shop.write(folder, products=["P1,Tea,Food,5.00,1.30", dearer[1]]), Options(as_of=date(2024, 3, 12)))
    assert [row["cost"] for row in rows(db, HISTORY)][:3] == ["1.00", "1.30", "1.30"], "of the days without one, too"
    db.execute("DELETE FROM staging.order_items")
    db.execute("DELETE FROM staging.products WHERE product_id = 'P1'")
    assert rows(db, HISTORY) == first[1:]


def test_without_a_fixed_clock_prices_change_on_the_shops_today(db: Db) -> None:
    db.execute("UPDATE config.shop SET time_zone = 'Pacific/Kiritimati'")  # a day before UTC, most of the time
    db.execute("UPDATE config.clock SET as_of = '2001-01-01', is_fixed = false")
    db.execute("INSERT INTO staging.products (product_id, price) VALUES ('P1', 1)")
    today = "SELECT (clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati')::date::text AS since"
    before = rows(db, today)
    db.execute("UPDATE staging.products SET price = 2")
    assert rows(db, f"SELECT since FROM ({HISTORY}) AS h WHERE until IS NULL") in (before, rows(db, today))


DAY = date(2024, 3, 1)
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 4),  # the day on which the clock stands, back and forth
        st.sampled_from(["write", "write", "write", "delete", "both"]),
        st.sampled_from(["P1", "P2"]),
        st.sampled_from([Decimal("1.00"), Decimal("2.00"), Decimal("3.00")]),
        st.sampled_from([None, Decimal("0.50"), Decimal("0.75")]),
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=CHANGES)
def test_each_day_of_a_product_is_in_one_span_with_what_was_last_said_up_to_it(db: Db, changes: list[Any]) -> None:
    """The model is a dict of days: a change on a day holds for it and all later ones, the first for all; so does a first cost."""
    db.execute("DELETE FROM staging.products")
    days = [DAY + timedelta(days=number) for number in range(-2, 8)]
    known: dict[str, dict[date, tuple[Decimal, Decimal | None]]] = {}
    now: dict[str, tuple[Decimal, Decimal | None]] = {}
    for offset, what, product, price, cost in changes:
        today = DAY + timedelta(days=offset)
        db.execute("UPDATE config.clock SET as_of = %s, is_fixed = true", (today,))
        if what == "delete":
            db.execute("DELETE FROM staging.products WHERE product_id = %s", (product,))
            known.pop(product, None)
            continue
        for key in ("P1", "P2") if what == "both" else (product,):
            if key not in known:
                known[key] = dict.fromkeys(days, (price, cost))
            elif now[key] != (price, cost):
                if now[key][1] is None:
                    known[key] = {
                        day: (then, cost if said is None else said) for day, (then, said) in known[key].items()
                    }
                known[key].update({day: (price, cost) for day in days if day >= today})
            now[key] = (price, cost)
        db.execute(
            "INSERT INTO staging.products (product_id, price, cost) SELECT k, %s, %s FROM unnest(%s::text[]) AS k"
            " ON CONFLICT (product_id) DO UPDATE SET price = excluded.price, cost = excluded.cost",
            (price, cost, ["P1", "P2"] if what == "both" else [product]),
        )
    covering = db.execute(
        "SELECT p.product_id, d.day, h.price, h.cost FROM staging.products AS p CROSS JOIN unnest(%s::date[]) AS d (day)"
        " LEFT JOIN staging.product_prices AS h ON h.product_id = p.product_id"
        " AND h.valid_from <= d.day AND (d.day < h.valid_to OR h.valid_to IS NULL) ORDER BY 1, 2",
        (days,),
    ).fetchall()
    assert [tuple(row.values()) for row in covering] == [
        (product, day, *known[product][day]) for product in sorted(known) for day in days
    ]


def test_a_gap_or_an_overlap_in_the_history_cannot_be_written(db: Db) -> None:
    db.execute("INSERT INTO staging.products (product_id, price) VALUES ('P1', 1)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        db.execute("UPDATE staging.product_prices SET valid_to = '2024-01-01'")
    with pytest.raises(psycopg.errors.UniqueViolation):
        db.execute("INSERT INTO staging.product_prices (product_id, valid_from, price) VALUES ('P1', '2024-01-01', 1)")


def test_the_catalog_names_what_may_be_missing(db: Db) -> None:
    found = rows(
        db,
        "SELECT table_name, is_optional, optional_columns FROM config.input_file"
        " WHERE table_name IN ('orders', 'inventory') ORDER BY 1",
    )
    assert found == [
        {"table_name": "inventory", "is_optional": True, "optional_columns": ["on_order", "lead_time_days", "counted_at"]},
        {"table_name": "orders", "is_optional": False, "optional_columns": OPTIONAL.split(",")},
    ]  # fmt: skip


# --- other currencies -------------------------------------------------------------------------------------------------

RATES = "INSERT INTO config.exchange_rate (rate_date, currency, rate) VALUES {}"
MONEY = (
    "SELECT o.order_id AS id, o.total_amount::text AS total, o.discount_amount::text AS discount, o.currency,"
    " o.original_amount::text AS original, o.exchange_rate::real::text AS rate FROM staging.orders AS o ORDER BY 1"
)
LINES = (
    "SELECT i.order_item_id AS id, i.unit_price::text AS price, i.total_amount::text AS total,"
    " i.original_unit_price::text AS original_price, i.original_amount::text AS original FROM staging.order_items AS i ORDER BY 1"
)
ABROAD = [
    "O1,C1,2024-03-01 10:00:00,completed,18.00,2.05,,,,,eur",
    "O2,C2,2024-03-02,shipped,4.00,,,,,,USD",
    "O3,,2024-03-02,completed,10.01,,,,,,EUR",
    "O4,C1,2024-03-03,cancelled,10.00,,,,,,",
]
O1 = {"id": "O1", "total": "19.80", "discount": "2.26", "currency": "EUR", "original": "18.00", "rate": "1.1"}
O3 = {"id": "O3", "total": "15.02", "discount": "0.00", "currency": "EUR", "original": "10.01", "rate": "1.5"}
HOME = [
    {"id": "O2", "total": "4.00", "discount": "0.00", "currency": None, "original": None, "rate": None},
    {"id": "O4", "total": "10.00", "discount": "0.00", "currency": None, "original": None, "rate": None},
]
I1 = {"id": "I1", "price": "4.40", "total": "8.80", "original_price": "4.00", "original": "8.00"}
I3 = {"id": "I3", "price": "4.00", "total": "4.00", "original_price": None, "original": None}
I4 = {"id": "I4", "price": "15.00", "total": "15.00", "original_price": "10.00", "original": "10.00"}


def by_id(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["id"]: row for row in found}


@pytest.mark.parametrize("prove", [True, False], ids=["fast", "slow"])
@pytest.mark.parametrize("is_first", [True, False], ids=["into empty tables", "into full tables"])
def test_amounts_in_another_currency_are_converted_at_the_days_rate(
    db: Db, tmp_path: Path, prove: bool, is_first: bool
) -> None:
    """18.00 by 1.1; 2.05 by 1.1 = 2.255 → 2.26; 10.01 by 1.5 = 15.015 → 15.02: half away from zero."""
    folder = shop.write(tmp_path / "in")
    if not is_first:
        loading.load(folder)
    db.execute(
        RATES.format("('2024-03-01', 'EUR', 1.1), ('2024-03-02', 'EUR', 1.5), ('2024-03-03', 'EUR', 9)").encode()
    )
    shop.write(folder, orders=orders(*ABROAD))
    loading.load(folder, Options(prove=prove))
    assert loading.rejects() == []
    assert rows(db, MONEY) == [O1, HOME[0], O3, HOME[1]]
    lines = by_id(rows(db, LINES))
    assert (lines["I1"], lines["I3"], lines["I4"]) == (I1, I3, I4)
    for _ in range(2):
        again = loading.load(folder, Options(prove=prove))
        assert (
            sum(file["rows_unchanged"] for file in again.files) == sum(file["rows_read"] for file in again.files) == 13
        )


def test_without_a_rate_the_row_is_refused_and_says_what_to_do(db: Db, tmp_path: Path) -> None:
    """A rate of the week before will do, an older one or one of the day after will not."""
    db.execute(RATES.format("('2024-02-23', 'EUR', 1.1), ('2024-03-03', 'CHF', 1)").encode())
    lines = [ABROAD[0], "O2,C2,2024-03-02,shipped,4.00,,,,,,EUR", "O3,,2024-03-02,completed,10.00,,,,,,CHF", ABROAD[3]]
    loading.load(shop.write(tmp_path / "in", orders=orders(*lines)))
    remedy = "insert one into config.exchange_rate, or name the shop's own in config.shop, and load the file again"
    says = f"has no rate for 2024-03-02: {remedy}"
    refused = [row for row in loading.rejects() if row["table_name"] == "orders"]
    assert [(row["line_number"], row["column_name"], row["reason"], row["raw_text"]) for row in refused] == [
        (3, "currency", f'currency "EUR" {says}', lines[1]),
        (4, "currency", f'currency "CHF" {says}', lines[2]),
    ]
    assert [row["id"] for row in rows(db, MONEY)] == ["O1", "O4"]
    db.execute("UPDATE config.load SET max_rate_age_days = 0")
    db.execute(RATES.format("('2024-03-02', 'EUR', 1), ('2024-03-02', 'CHF', 1)").encode())
    loading.load(tmp_path / "in")
    assert [row["reason"] for row in loading.rejects() if row["table_name"] == "orders"] == [
        f'currency "EUR" has no rate for 2024-03-01: {remedy}'
    ]


def test_another_rate_or_currency_converts_the_order_and_its_lines_anew(db: Db, tmp_path: Path) -> None:
    db.execute(RATES.format("('2024-03-01', 'EUR', 1.1), ('2024-03-02', 'EUR', 1.5)").encode())
    folder = shop.write(tmp_path / "in", orders=orders(*ABROAD))
    loading.load(folder)
    db.execute("UPDATE config.exchange_rate SET rate = 2 WHERE rate_date = '2024-03-01'")
    loading.load(folder / "orders.csv")
    assert rows(db, MONEY)[0] == O1 | {"total": "36.00", "discount": "4.10", "rate": "2"}
    assert by_id(rows(db, LINES))["I1"] == I1 | {"price": "8.00", "total": "16.00"}
    shop.write(folder)
    loading.load(folder / "orders.csv")
    assert [row["currency"] for row in rows(db, MONEY)] == [None] * 4
    assert rows(db, MONEY)[0]["discount"] == "2.05", "which the file does not have"
    assert by_id(rows(db, LINES))["I1"] == I1 | {
        "price": "4.00",
        "total": "8.00",
        "original_price": None,
        "original": None,
    }
    shop.write(folder, orders=orders(*ABROAD))
    files = {file["table_name"]: file for file in loading.load(folder).files}
    assert files["order_items"]["rows_unchanged"] == 5, "they followed their orders"
    assert by_id(rows(db, LINES))["I1"] == I1 | {"price": "8.00", "total": "16.00"}


def test_amounts_that_a_file_does_not_have_follow_the_rate_of_their_order(db: Db, tmp_path: Path) -> None:
    db.execute(RATES.format("('2024-03-01', 'EUR', 1.1)").encode())
    amounts = "discount_amount,tax_amount,shipping_amount,refunded_amount"
    paid = f"{shop.HEADERS['orders']},currency\nO1,C1,2024-03-01,completed,18.00,EUR\n"
    split = f"{shop.HEADERS['orders']},currency,{amounts}\nO1,C1,2024-03-01,completed,18.00,EUR,2.05,0.33,1.05,0.01\n"
    folder = shop.write(tmp_path / "in", orders=split, order_items=[])
    loading.load(folder)
    read = f"SELECT {amounts} FROM staging.orders"
    assert [float(value) for value in rows(db, read)[0].values()] == [2.26, 0.36, 1.16, 0.01]
    db.execute("UPDATE config.exchange_rate SET rate = 3")
    loading.load(shop.write(folder, orders=paid, order_items=[]))
    assert [float(value) for value in rows(db, read)[0].values()] == [6.15, 0.99, 3.15, 0.03]
    loading.load(shop.write(folder, orders=["O1,C1,2024-03-01,completed,18.00"], order_items=[]))
    assert [float(value) for value in rows(db, read)[0].values()] == [2.05, 0.33, 1.05, 0.01]
    loading.load(shop.write(folder, orders=paid, order_items=[]))
    assert [float(value) for value in rows(db, read)[0].values()] == [6.15, 0.99, 3.15, 0.03]
    origin = "SELECT load_id = (SELECT max(load_id) FROM ops.load) AND line_number = 2 AS is_known FROM staging.orders"
    assert rows(db, origin) == [{"is_known": True}]


def test_a_line_without_a_total_and_one_too_large_in_our_currency(db: Db, tmp_path: Path) -> None:
    db.execute(RATES.format("('2024-03-01', 'EUR', 1.005), ('2024-03-02', 'EUR', 1000)").encode())
    lines = ["I1,O1,P1,3,0.33,", "I2,O3,P1,1,1,999999999.99", "I3,O2,P1,1,1,1", "I4,O2,P1,999999999,99999999,"]
    loading.load(
        shop.write(
            tmp_path / "in",
            orders=orders(*ABROAD, "O9,,2024-03-02,completed,999999999.995,,,,,,EUR"),
            order_items=lines,
        )
    )
    kept = by_id(rows(db, LINES))
    assert kept["I1"] == {"id": "I1", "price": "0.33", "total": "0.99", "original_price": "0.33", "original": "0.99"}
    assert kept["I2"]["total"] == "999999999990.00"
    assert sorted((row["line_number"], row["reason"]) for row in loading.rejects()) == [
        (5, "total_amount is empty, and quantity * unit_price is too large"),
        (6, 'currency "EUR" makes an amount that is too large'),
    ]
