"""Two speeds of loading, one result: each file of the corpus by the fast and the slow path, into empty and into full tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner import load as loading
from runner.errors import WorkFailedError
from tests import shop
from tests.conftest import Db
from tests.corpus import LOADED, REFUSED, WHOLE, Case, cases

CASES = list(cases())
STAGED = "SELECT '{0}' AS file, to_jsonb(s) - 'load_id' AS row FROM staging.{0} AS s"


def write(folder: Path, case: Case) -> Path:
    """Write the small shop with the file of a case; return what to load: that file alone, if its rows have no parents."""
    shop.write(folder)
    (folder / f"{case.table}.csv").unlink()
    for ending in (".csv", ".csv.gz", ".csv.zst"):
        (folder / f"{case.table}{ending}").unlink(missing_ok=True)
    file = folder / f"{case.table}{case.ending}"
    file.write_bytes(case.data)
    return file if case.table in ("customers", "products") else folder


def empty(db: Db) -> None:
    db.execute("TRUNCATE staging.customers, staging.products, staging.orders, staging.order_items CASCADE")


def outcome(db: Db, folder: Path, *, prove: bool) -> list[Any]:
    """Load a folder, or a file of one, and return everything that came of it: counts, rows set aside, staging, or the refusal."""
    try:
        loaded = loading.load(folder, loading.Options(prove=prove))
    except WorkFailedError as error:
        return [error.message, error.remedy, *staged(db)]
    counts = [
        {name: value for name, value in file.items() if name not in ("load_id", "seconds")} for file in loaded.files
    ]
    aside = [{**row, "load_id": None} for row in loading.rejects(loaded.load_id)]
    return [counts, aside, *staged(db)]


def staged(db: Db) -> list[Any]:
    """Return all rows of staging."""
    query = " UNION ALL ".join(STAGED.format(table) for table in [*shop.HEADERS, "inventory"]) + " ORDER BY 1, 2"
    return db.execute(query.encode()).fetchall()


def test_the_corpus_has_more_than_a_hundred_files_and_each_its_own_name() -> None:
    assert len(CASES) == len({case.name for case in CASES}) > 100


@pytest.mark.usefixtures("one_session")
@pytest.mark.parametrize("part", range(8))
def test_each_file_gets_its_verdict_by_both_paths_alike(db: Db, tmp_path: Path, part: int) -> None:
    for case in CASES[part::8]:
        folder = write(tmp_path / "in", case)
        empty(db)
        fast = outcome(db, folder, prove=True)
        again = outcome(db, folder, prove=True)
        empty(db)
        slow = outcome(db, folder, prove=False)
        assert without_repeat(fast) == without_repeat(slow), case.name
        if case.verdict == WHOLE:
            assert case.says in fast[0], case.name
            assert "products.csv" in fast[0]
            assert fast[1]
            assert len(fast) == 2, "something was written"
            continue
        file = next(file for file in fast[0] if file["table_name"] == case.table)
        assert file["rows_refused"] == (case.verdict == REFUSED), (case.name, fast[1])
        if case.verdict == REFUSED:
            refused = next(row for row in fast[1] if row["table_name"] == case.table)
            assert case.says in refused["reason"], case.name
            assert refused["raw_text"]
        else:
            assert case.verdict == LOADED
            assert [row for row in fast[1] if (row["kind"], row["table_name"]) == ("refused", case.table)] == [], (
                case.name
            )
        assert again[2:] == fast[2:], f"{case.name}: a second load changed something"
        assert all(file["rows_inserted"] == file["rows_updated"] == 0 for file in again[0]), case.name


def without_repeat(result: list[Any]) -> list[Any]:
    """Return an outcome without is_repeat, which depends on what was loaded before."""
    if not isinstance(result[0], list):
        return result
    return [[{**file, "is_repeat": None} for file in result[0]], *result[1:]]


NAUGHTY = st.text(
    st.one_of(
        st.sampled_from(list(",\"'\\\n\r\t .;=<>&%$")),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    ),
    max_size=12,
)


@pytest.mark.usefixtures("one_session")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(NAUGHTY, min_size=1, max_size=6))
def test_any_text_comes_through_byte_for_byte_but_for_blanks_at_its_ends(
    db: Db, tmp_path: Path, names: list[str]
) -> None:
    rows = [f'P{number},"{name.replace(chr(34), chr(34) * 2)}",Food,1,1' for number, name in enumerate(names)]
    header = shop.HEADERS["products"]
    for prove in (True, False):
        empty(db)
        file = tmp_path / "products.csv"
        file.write_bytes("\n".join([header, *rows, ""]).encode())
        loading.load(file, loading.Options(prove=prove))
        kept = db.execute("SELECT product_id, product_name FROM staging.products").fetchall()
        assert {row["product_id"]: row["product_name"] for row in kept} == {
            f"P{number}": name.strip(" \t\n\r\v\f\u00a0\ufeff") or None for number, name in enumerate(names)
        }


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_clean_file_with_bytes_changed_is_accounted_for_alike_by_both_paths(
    db: Db, tmp_path: Path, data: st.DataObject
) -> None:
    """Orders have all optional columns, one of them in another currency, and there is a file of stock."""
    table = data.draw(st.sampled_from([*shop.HEADERS, "inventory"]))
    db.execute("INSERT INTO config.exchange_rate VALUES ('2024-03-01', 'EUR', 1.25) ON CONFLICT DO NOTHING")
    optional = ["1.00,2.00,3.00,0,,EUR", "0,0,0,4.00,2024-03-04,", ",,,,,", "0,0.50,0,0,2024-03-04 10:30,USD"]
    rich = [
        f"{shop.HEADERS['orders']},discount_amount,tax_amount,shipping_amount,refunded_amount,refunded_at,currency",
        *(f"{row},{values}" for row, values in zip(shop.ROWS["orders"], optional, strict=True)),
    ]
    folder = shop.write(tmp_path / "in", orders="\n".join([*rich, ""]))
    (folder / "inventory.csv").write_text("product_id,on_hand,on_order,counted_at\nP1,3,0,2024-03-01\nP2,0,,\n")
    file = folder / f"{table}.csv"
    content = bytearray(file.read_bytes())
    start = content.index(b"\n") + 1
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(start, len(content)))
        piece = data.draw(
            st.sampled_from([b"", b",", b'"', b"\n", b"\r\n", b" ", b"0", b"-", b"\xc3\xa9", b"\xe9", b"\xc2\xa0"])
        )
        content[position : position + data.draw(st.integers(0, 2))] = piece
    file.write_bytes(content)
    empty(db)
    fast = outcome(db, folder, prove=True)
    empty(db)
    slow = outcome(db, folder, prove=False)
    assert without_repeat(fast) == without_repeat(slow)
    if isinstance(fast[0], list):
        for counts in fast[0]:
            parts = ("inserted", "updated", "unchanged", "superseded", "refused")
            assert counts["rows_read"] == sum(counts[f"rows_{name}"] for name in parts)
