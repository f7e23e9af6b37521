"""Files of another shape: shipped mappings on small made-up exports, and mappings of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import load as loading
from runner.errors import ConfigurationError, WorkFailedError
from runner.load import Options
from runner.mapping import SHIPPED, Mapping
from tests.conftest import ROOT, Db

EXPORTS = ROOT / "tests" / "mappings"


def rows(db: Db, query: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in db.execute(query.encode()).fetchall()]


def test_every_shipped_mapping_has_an_export_that_tests_it() -> None:
    assert {file.stem for file in SHIPPED.glob("*.toml")} == {folder.name for folder in EXPORTS.iterdir()}


def test_shopifys_export_becomes_orders_items_customers_and_products(db: Db) -> None:
    db.execute("UPDATE config.shop SET time_zone = 'Europe/Berlin'")
    loaded = loading.load(EXPORTS / "shopify", Options(mapping=Mapping.open("shopify")))
    assert loading.rejects(loaded.load_id) == []
    assert rows(db, "SELECT customer_id, first_name, country FROM staging.customers ORDER BY 1") == [
        ("ada@example.com", "Ada Lovelace", "GB"),
        ("grace@example.com", "Grace Hopper", "US"),
    ]
    assert rows(db, "SELECT product_id, category, price::text FROM staging.products ORDER BY 1") == [
        ("Cup, large", "Clay", "14.00"),
        ("TEA-1", "Leaf & Co", "4.00"),
    ]
    assert rows(
        db, "SELECT order_id, customer_id, order_date::text, status, total_amount::text FROM staging.orders ORDER BY 1"
    ) == [
        ("#1001", "ada@example.com", "2024-03-01 10:00:00", "completed", "27.00"),
        ("#1002", "grace@example.com", "2024-03-02 09:00:00", "refunded", "4.00"),
        ("#1003", None, "2024-03-02 11:00:00", "completed", "14.00"),
    ]
    assert rows(
        db,
        "SELECT order_item_id, product_id, quantity, total_amount::text, line_number FROM staging.order_items ORDER BY 1",
    ) == [
        ("#1001-1", "TEA-1", 2, "8.00", 2),
        ("#1001-2", "Cup, large", 1, "14.00", 3),
        ("#1002-1", "TEA-1", 1, "4.00", 4),
        ("#1003-1", "Cup, large", 1, "14.00", 5),
    ]


def test_woocommerces_export_becomes_orders_items_customers_and_products(db: Db) -> None:
    loaded = loading.load(EXPORTS / "woocommerce", Options(mapping=Mapping.open("woocommerce")))
    assert loading.rejects(loaded.load_id) == []
    assert rows(db, "SELECT customer_id, first_name, last_name FROM staging.customers") == [
        ("ada@example.com", "Ada", "Lovelace")
    ]
    assert rows(db, "SELECT product_id, product_name FROM staging.products ORDER BY 1") == [
        ("12", "Cup"),
        ("TEA-1", "Green Tea"),
    ]
    assert rows(db, "SELECT order_id, customer_id, status, total_amount::text FROM staging.orders ORDER BY 1") == [
        ("71", "ada@example.com", "completed", "18.00"),
        ("72", None, "cancelled", "10.00"),
    ]
    assert rows(db, "SELECT order_item_id, order_id, total_amount::text FROM staging.order_items ORDER BY 1") == [
        ("501", "71", "8.00"),
        ("502", "71", "10.00"),
        ("503", "72", "10.00"),
    ]


def test_olists_files_become_orders_items_customers_and_products(db: Db) -> None:
    loaded = loading.load(EXPORTS / "olist", Options(mapping=Mapping.open("olist")))
    assert [(row["file_name"], row["line_number"], row["reason"]) for row in loading.rejects(loaded.load_id)] == [
        ("olist_orders_dataset.csv", 5, "total_amount is empty")
    ]
    assert rows(db, "SELECT customer_id, first_name, country FROM staging.customers ORDER BY 1") == [
        ("p1", "Customer p1", "SP"),
        ("p2", "Customer p2", "SP"),
    ]
    assert rows(db, "SELECT product_id, category, price::text FROM staging.products ORDER BY 1") == [
        ("a1", "perfumery", "29.99"),
        ("a2", "cozinha_nova", "118.70"),
        ("a3", None, "9.90"),
    ]
    assert rows(
        db, "SELECT order_id, customer_id, order_date::text, status, total_amount::text FROM staging.orders ORDER BY 1"
    ) == [
        ("o1", "p1", "2017-10-02 10:56:33", "delivered", "75.93"),
        ("o2", "p2", "2018-07-24 20:41:37", "cancelled", "141.46"),
        ("o3", "p1", "2018-08-08 08:38:49", "processing", "13.00"),
    ]
    assert rows(db, "SELECT order_item_id, quantity, unit_price::text FROM staging.order_items ORDER BY 1") == [
        ("o1-1", 1, "29.99"),
        ("o1-2", 1, "28.50"),
        ("o2-1", 1, "118.70"),
        ("o3-1", 1, "9.90"),
    ]


@pytest.mark.parametrize("name", ["olist", "shopify", "woocommerce"])
def test_the_same_export_twice_changes_nothing(db: Db, name: str) -> None:
    options = Options(mapping=Mapping.open(name))
    loading.load(EXPORTS / name, options)
    again = loading.load(EXPORTS / name, options)
    assert sum(file["rows_inserted"] + file["rows_updated"] for file in again.files) == 0


OWN = """
[format]
delimiter = ";"
encoding = "latin-1"
date_format = "%d.%m.%Y"
decimal_comma = true

[customers]
file = "kunden.csv"
[customers.columns]
customer_id = "Kunde"
first_name = "Name"
last_name = ""
email = ""
customer_segment = ""
country = ""
registration_date = "Seit"

[products]
file = "artikel.csv"
[products.columns]
product_id = "Artikel"
product_name = "Name"
category = ""
price = "Preis"
cost = ""

[orders]
file = "kunden.csv"
where = "Bestellung"
[orders.columns]
order_id = "Bestellung"
customer_id = "Kunde"
order_date = "Seit"
status = "Stand"
total_amount = "Summe"
[orders.values.status]
Bezahlt = "completed"

[order_items]
file = "kunden.csv"
where = "Bestellung"
[order_items.columns]
order_item_id = "{Bestellung}/{number}"
order_id = "Bestellung"
product_id = "Artikel"
quantity = "Menge"
unit_price = "Summe"
total_amount = ""
"""


def write_own(folder: Path, mapping: str = OWN) -> Path:
    (folder / "kunden.csv").write_bytes(
        "Kunde;Name;Seit;Bestellung;Stand;Summe;Artikel;Menge\n"
        "K1;Jürgen;31.01.2024;B1;bezahlt;12,50;A1;2\n"
        "K2;Zoë;01.02.2024;;;;;\n"
        "K3;Ann;2024-02-01;;;;;\n".encode("latin-1")
    )
    (folder / "artikel.csv").write_bytes("Artikel;Name;Preis\nA1;Tee;12,50\nA2;Kanne;1.250,00\n".encode("latin-1"))
    path = folder / "own.toml"
    path.write_text(mapping, encoding="utf-8")
    return path


def test_a_mapping_sets_delimiter_encoding_dates_decimal_comma_and_values(db: Db, tmp_path: Path) -> None:
    loaded = loading.load(tmp_path, Options(mapping=Mapping.open(str(write_own(tmp_path)))))
    assert rows(db, "SELECT customer_id, first_name, registration_date::text FROM staging.customers ORDER BY 1") == [
        ("K1", "Jürgen", "2024-01-31"),
        ("K2", "Zoë", "2024-02-01"),
    ]
    assert rows(db, "SELECT order_id, status, total_amount::text FROM staging.orders") == [("B1", "completed", "12.50")]
    assert rows(db, "SELECT order_item_id, total_amount::text FROM staging.order_items") == [("B1/1", "25.00")]
    assert [
        (row["file_name"], row["line_number"], row["reason"], row["raw_text"])
        for row in loading.rejects(loaded.load_id)
    ] == [
        ("kunden.csv", 4, 'registration_date "2024-02-01" is not of the form %d.%m.%Y', "K3;Ann;2024-02-01;;;;;"),
        ("artikel.csv", 3, 'price "1.250,00" has a full stop, but decimals follow a comma', "A2;Kanne;1.250,00"),
    ]


LOOKUP = """
[products.lookups.paid]
file = "zahlungen.csv"
key = "Nr"
by = "Artikel"
value = "Betrag"
take = "{take}"
"""


@pytest.mark.parametrize(
    ("take", "amounts", "price"),
    [
        ("sum", ["12,50", "0,30"], "12.80"),
        ("max", ["9,50", "12,50"], "12.50"),
        ("first", ["9,50", "12,50"], "9.50"),
        ("sum", ["12,50"], "12.50"),
    ],
)
def test_a_lookup_takes_the_first_the_max_or_the_sum(
    db: Db, tmp_path: Path, take: str, amounts: list[str], price: str
) -> None:
    own = OWN.replace('"Preis"', '"@paid"') + LOOKUP.format(take=take)
    path = write_own(tmp_path, own)
    (tmp_path / "zahlungen.csv").write_text("Nr;Betrag\n" + "".join(f"A1;{amount}\n" for amount in amounts))
    loading.load(tmp_path, Options(mapping=Mapping.open(str(path))))
    assert rows(db, "SELECT product_id, price::text FROM staging.products") == [("A1", price)]


@pytest.mark.parametrize("amounts", [["12,50", "0.30"], ["x", "1"], ["1", "1e3", "2"], ["-1", "3"], ["1.000,00", "2"]])
def test_amounts_that_cannot_be_added_refuse_the_row(db: Db, tmp_path: Path, amounts: list[str]) -> None:
    path = write_own(tmp_path, OWN.replace('"Preis"', '"@paid"') + LOOKUP.format(take="sum"))
    (tmp_path / "zahlungen.csv").write_text("Nr;Betrag\n" + "".join(f"A1;{amount}\n" for amount in amounts))
    loaded = loading.load(tmp_path, Options(mapping=Mapping.open(str(path))))
    assert rows(db, "SELECT product_id FROM staging.products") == []
    refused = [row["reason"] for row in loading.rejects(loaded.load_id) if row["table_name"] == "products"]
    assert [reason.split('"')[0] for reason in refused] == ["price ", "price is empty"]


def test_a_lookup_that_cannot_be_is_told(db: Db, tmp_path: Path) -> None:
    for lookup, found in (
        (LOOKUP.format(take="last"), "take = 'last' of the lookup 'paid' is not first, max or sum"),
        (LOOKUP.format(take="sum").replace("paid", "other"), "no lookup is named 'paid'"),
    ):
        with pytest.raises(ConfigurationError, match=found):
            Mapping.open(str(write_own(tmp_path, OWN.replace('"Preis"', '"@paid"') + lookup)))
    path = write_own(tmp_path, OWN.replace('"Preis"', '"@paid"') + LOOKUP.format(take="sum"))
    with pytest.raises(WorkFailedError, match=r"zahlungen\.csv is missing"):
        loading.load(tmp_path, Options(mapping=Mapping.open(str(path))))
    (tmp_path / "zahlungen.csv").write_text("Number;Betrag\n")
    with pytest.raises(WorkFailedError, match=r"zahlungen\.csv, line 1: the column nr is missing"):
        loading.load(tmp_path, Options(mapping=Mapping.open(str(path))))


def test_a_column_that_the_mapping_names_and_the_file_lacks_is_told(db: Db, tmp_path: Path) -> None:
    path = write_own(tmp_path, OWN.replace('"Seit"', '"Since"'))
    with pytest.raises(WorkFailedError, match=r"kunden\.csv, line 1: the column since is missing"):
        loading.load(tmp_path, Options(mapping=Mapping.open(str(path))))


def test_a_file_that_the_mapping_names_and_the_folder_lacks_is_told(db: Db, tmp_path: Path) -> None:
    path = write_own(tmp_path, OWN.replace("artikel.csv", "products.csv"))
    with pytest.raises(WorkFailedError, match=r"products\.csv is missing"):
        loading.load(tmp_path, Options(mapping=Mapping.open(str(path))))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[orders", "own.toml"),
        ('[orders]\nfile = "x.csv"\n', "columns"),
        ('[orders]\nfile = "x.csv"\nwhen = "x"\n[orders.columns]\norder_id = "x"\n', "unknown setting 'when'"),
        ("[format]\ncolour = 1\n", "colour"),
    ],
)
def test_a_broken_mapping_is_told(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(ConfigurationError, match=found):
        Mapping.open(str(write_own(tmp_path, text)))
    with pytest.raises(ConfigurationError, match="no-such-mapping") as caught:
        Mapping.open("no-such-mapping")
    assert "olist, shopify, woocommerce" in str(caught.value.remedy)
