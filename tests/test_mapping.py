"""Files of another shape: shipped mappings on small made-up exports, and mappings of one's own."""

from __future__ import annotations

import csv
import hashlib
import hmac
from pathlib import Path

import pytest

from runner import load as loading
from runner.errors import ConfigurationError, WorkFailedError
from runner.load import Options
from runner.mapping import SHIPPED, Mapping
from tests.conftest import ROOT, Db

EXPORTS = ROOT / "tests" / "mappings"


def stands_for(db: Db, address: str) -> str:
    """Return the pseudonym of an address by the definition: HMAC-SHA256 with the key of the database."""
    row = db.execute("SELECT ops.pseudonym_key() AS key").fetchone()
    assert row
    return "P" + hmac.new(row["key"], address.encode(), hashlib.sha256).hexdigest()[:20]


def rows(db: Db, query: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in db.execute(query.encode()).fetchall()]


def test_every_shipped_mapping_has_an_export_that_tests_it() -> None:
    assert {file.stem for file in SHIPPED.glob("*.toml")} == {folder.name for folder in EXPORTS.iterdir()}


def test_shopifys_export_becomes_orders_items_customers_and_products(db: Db) -> None:
    db.execute("UPDATE config.shop SET time_zone = 'Europe/Berlin', currency = 'EUR'")
    loaded = loading.load(EXPORTS / "shopify", Options(mapping=Mapping.open("shopify")))
    assert loading.rejects(loaded.load_id) == []
    ada, grace = stands_for(db, "ada@example.com"), stands_for(db, "grace@example.com")
    assert rows(db, "SELECT customer_id, first_name, country FROM staging.customers ORDER BY first_name") == [
        (ada, "Ada Lovelace", "GB"),
        (grace, "Grace Hopper", "US"),
    ]
    assert rows(db, "SELECT product_id, category, price::text FROM staging.products ORDER BY 1") == [
        ("Cup, large", "Clay", "14.00"),
        ("TEA-1", "Leaf & Co", "4.00"),
    ]
    assert rows(
        db, "SELECT order_id, customer_id, order_date::text, status, total_amount::text FROM staging.orders ORDER BY 1"
    ) == [
        ("#1001", ada, "2024-03-01 10:00:00", "completed", "25.00"),
        ("#1002", grace, "2024-03-02 09:00:00", "refunded", "4.00"),
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


SPLIT = """
    SELECT order_id, discount_amount::text, tax_amount::text, shipping_amount::text, refunded_amount::text, currency
    FROM staging.orders ORDER BY 1
"""


def test_shopifys_orders_tell_discount_tax_shipping_and_refund(db: Db) -> None:
    db.execute("UPDATE config.shop SET currency = 'EUR'")
    loading.load(EXPORTS / "shopify", Options(mapping=Mapping.open("shopify")))
    assert rows(db, SPLIT) == [
        ("#1001", "2.00", "4.31", "5.00", "0.00", None),
        ("#1002", "0.00", "0.64", "0.00", "4.00", None),
        ("#1003", "0.00", "2.24", "0.00", "3.50", None),
    ]


def test_a_mapped_order_in_another_currency_is_converted_or_refused(db: Db) -> None:
    """The shop counts in dollars; the export is in euros."""
    loaded = loading.load(EXPORTS / "shopify", Options(mapping=Mapping.open("shopify")))
    refused = [row["reason"] for row in loading.rejects(loaded.load_id) if row["table_name"] == "orders"]
    assert len(refused) == 3
    assert all("has no rate for 2024-03-0" in reason and "config.shop" in reason for reason in refused)
    db.execute("INSERT INTO config.exchange_rate VALUES ('2024-03-01', 'EUR', 1.25)")
    loading.load(EXPORTS / "shopify", Options(mapping=Mapping.open("shopify")))
    assert rows(db, SPLIT)[0] == ("#1001", "2.50", "5.39", "6.25", "0.00", "EUR")
    assert rows(db, "SELECT total_amount::text FROM staging.orders WHERE order_id = '#1001'") == [("31.25",)]


def test_woocommerces_orders_tell_discount_tax_shipping_and_refund(db: Db) -> None:
    loading.load(EXPORTS / "woocommerce", Options(mapping=Mapping.open("woocommerce")))
    assert rows(db, SPLIT) == [
        ("71", "3.50", "2.87", "3.50", "1.25", None),
        ("72", "0.00", "1.60", "0.00", "0.00", None),
    ]


def test_olists_freight_is_the_shipping_of_an_order(db: Db) -> None:
    """By hand: o1 has two lines of 8.72."""
    loading.load(EXPORTS / "olist", Options(mapping=Mapping.open("olist")))
    shipping = rows(db, "SELECT order_id, shipping_amount::text FROM staging.orders ORDER BY 1")
    assert shipping == [("o1", "17.44"), ("o2", "22.76"), ("o3", "3.10")]


@pytest.mark.parametrize(("name", "file"), [("shopify", "orders_export.csv"), ("woocommerce", "orders.csv")])
def test_an_export_without_the_optional_columns_is_loaded_and_takes_nothing_back(
    db: Db, tmp_path: Path, name: str, file: str
) -> None:
    db.execute("UPDATE config.shop SET currency = 'EUR'" if name == "shopify" else "SELECT")
    loading.load(EXPORTS / name, Options(mapping=Mapping.open(name)))
    before = rows(db, SPLIT)
    lines = list(csv.reader((EXPORTS / name / file).read_text(encoding="utf-8").splitlines()))
    mapping = Mapping.open(name)
    optional = {text[1:] for texts in mapping.tables["orders"].columns.values() for text in texts if text[:1] == "?"}
    assert len(optional) == 5
    assert optional < set(lines[0])
    kept = [position for position, column in enumerate(lines[0]) if column not in optional]
    with (tmp_path / file).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([[line[position] for position in kept] for line in lines])
    again = loading.load(tmp_path, Options(mapping=mapping))
    assert sum(counts["rows_refused"] + counts["rows_updated"] for counts in again.files) == 0
    assert rows(db, SPLIT) == before


def test_woocommerces_export_becomes_orders_items_customers_and_products(db: Db) -> None:
    loaded = loading.load(EXPORTS / "woocommerce", Options(mapping=Mapping.open("woocommerce")))
    assert loading.rejects(loaded.load_id) == []
    ada = stands_for(db, "ada@example.com")
    assert rows(db, "SELECT customer_id, first_name, last_name FROM staging.customers") == [(ada, "Ada", "Lovelace")]
    assert rows(db, "SELECT product_id, product_name FROM staging.products ORDER BY 1") == [
        ("12", "Cup"),
        ("TEA-1", "Green Tea"),
    ]
    assert rows(db, "SELECT order_id, customer_id, status, total_amount::text FROM staging.orders ORDER BY 1") == [
        ("71", ada, "completed", "18.00"),
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
    db.execute("UPDATE config.shop SET currency = 'EUR'" if name == "shopify" else "SELECT")
    options = Options(mapping=Mapping.open(name))
    assert sum(file["rows_inserted"] for file in loading.load(EXPORTS / name, options).files) >= 8
    again = loading.load(EXPORTS / name, options)
    assert sum(file["rows_inserted"] + file["rows_updated"] for file in again.files) == 0


def test_an_address_has_one_pseudonym_however_it_is_written_and_another_in_another_database(
    db: Db, tmp_path: Path
) -> None:
    text = (EXPORTS / "shopify" / "orders_export.csv").read_text(encoding="utf-8")
    text = text.replace(",grace@example.com", ",  Ada@Example.COM ").replace("#1002,", "#1002, ")
    (tmp_path / "orders_export.csv").write_text(text, encoding="utf-8")
    db.execute("UPDATE config.shop SET currency = 'EUR'")
    loading.load(tmp_path, Options(mapping=Mapping.open("shopify")))
    ada = stands_for(db, "ada@example.com")
    assert rows(db, "SELECT customer_id FROM staging.customers") == [(ada,)]
    assert rows(db, "SELECT DISTINCT customer_id FROM staging.orders ORDER BY 1") == [(ada,), (None,)]
    for value in ("ada@example.com", " ADA@example.com\\t\\x0b"):
        assert rows(db, f"SELECT ops.pseudonym(E'{value}')") == [(ada,)], "SQL says the same"
    assert rows(db, "SELECT ops.pseudonym(' ')") == [(None,)]
    db.execute("UPDATE ops.salt SET salt = 'another'")
    assert stands_for(db, "ada@example.com") != ada


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
        ('[orders]\nfile = "x.csv"\n[orders.columns]\norder_id = {column = "x", secret = true}\n', "setting 'secret'"),
        ('[orders]\nfile = "x.csv"\n[orders.columns]\norder_id = {pseudonym = true}\n', "column"),
        ('[orders]\nfile = "x.csv"\n[orders.columns]\norder_id = {column = "x", pseudonym = 1}\n', "true or false"),
    ],
)
def test_a_broken_mapping_is_told(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(ConfigurationError, match=found):
        Mapping.open(str(write_own(tmp_path, text)))
    with pytest.raises(ConfigurationError, match="no-such-mapping") as caught:
        Mapping.open("no-such-mapping")
    assert "olist, shopify, woocommerce" in str(caught.value.remedy)


def test_refused_rows_of_a_mapped_file_are_written_in_its_form_mended_and_loaded(db: Db, tmp_path: Path) -> None:
    file = write_own(tmp_path)
    mapping, text = Mapping.open(str(file)), file.read_text(encoding="utf-8")
    first = loading.load(tmp_path, Options(mapping=mapping))
    for edited in (text.replace("Kunde", "Client"), text.replace("[customers", "[others")):
        file.write_text(edited, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"kunden\.csv was not read by the mapping"):
            loading.write_rejects(tmp_path / "mend.csv")
    file.write_text(text, encoding="utf-8")
    customers, products = loading.write_rejects(tmp_path / "mend.csv")
    assert (customers.name, products.name) == ("mend.customers.csv", "mend.products.csv")
    text = customers.read_bytes().decode("latin-1")
    assert text == (
        "Kunde;Name;Seit;Bestellung;Stand;Summe;Artikel;Menge;rejected_line;rejected_reason\n"
        'K3;Ann;2024-02-01;;;;;;4;"registration_date ""2024-02-01"" is not of the form %d.%m.%Y"\n'
    )
    customers.write_bytes(text.replace("Ann;2024-02-01", "Änn;01.02.2024").encode("latin-1"))
    second = loading.load(customers, Options(mapping=mapping))
    assert [(file["table_name"], file["rows_inserted"]) for file in second.files] == [("customers", 1)]
    assert rows(db, "SELECT first_name, registration_date::text FROM staging.customers WHERE customer_id = 'K3'") == [
        ("Änn", "2024-02-01")
    ]
    mended = {row["table_name"]: row["resolved_load_id"] for row in loading.rejects(first.load_id)}
    assert mended == {"customers": second.load_id, "products": None}


def test_a_mapped_row_that_could_not_be_split_is_mended_when_its_key_is_loaded(db: Db, tmp_path: Path) -> None:
    mapping = Mapping.open(str(write_own(tmp_path)))
    (tmp_path / "artikel.csv").write_text("Artikel;Name;Preis\nA1;Tee;12,50\nA3;Kanne;schwarz;1,00\n")
    first = loading.load(tmp_path, Options(mapping=mapping))
    keys = rows(db, "SELECT key_value, line_number FROM ops.rejected_row WHERE table_name = 'products'")
    assert keys == [("A3", 3)]
    (tmp_path / "artikel.csv").write_text("Artikel;Name;Preis\nA1;Tee;12,50\nA3;Kanne, schwarz;1,00\n")
    second = loading.load(tmp_path / "artikel.csv", Options(mapping=mapping))
    assert [file["table_name"] for file in second.files] == ["products"]
    mended = {row["table_name"]: row["resolved_load_id"] for row in loading.rejects(first.load_id)}
    assert mended["products"] == second.load_id


def test_one_file_of_a_mapping_is_loaded_for_all_its_tables(db: Db, tmp_path: Path) -> None:
    db.execute("UPDATE config.shop SET currency = 'EUR'")
    file = EXPORTS / "shopify" / "orders_export.csv"
    loaded = loading.load(file, Options(mapping=Mapping.open("shopify")))
    assert [(counts["table_name"], counts["rows_inserted"]) for counts in loaded.files] == [
        ("customers", 2), ("products", 2), ("orders", 3), ("order_items", 4),
    ]  # fmt: skip
    other = tmp_path / "export.csv"
    other.write_bytes(file.read_bytes())
    with pytest.raises(ConfigurationError, match=r"export\.csv tells no table"):
        loading.load(other, Options(mapping=Mapping.open("shopify")))


def test_lines_that_are_numbered_are_not_loaded_without_the_lines_beside_them(db: Db, tmp_path: Path) -> None:
    """Alone in a file, the second line of an order would be taken for its first."""
    db.execute("UPDATE config.shop SET currency = 'EUR'")
    text = (EXPORTS / "shopify" / "orders_export.csv").read_text(encoding="utf-8")
    (tmp_path / "orders_export.csv").write_text(text.replace(',,1,"Cup', ',,0,"Cup'), encoding="utf-8")
    shopify = Mapping.open("shopify")
    loading.load(tmp_path, Options(mapping=shopify))
    (written,) = loading.write_rejects(tmp_path / "mend.csv")
    written.write_text(written.read_text(encoding="utf-8").replace(',,0,"Cup', ',,1,"Cup'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="numbers the lines of order_items") as caught:
        loading.load(written, Options(mapping=shopify))
    assert "orders_export.csv itself" in str(caught.value.remedy)
