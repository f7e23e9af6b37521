"""Assertions that look at several things find a fault in each of them."""

from __future__ import annotations

import psycopg
import pytest

from tests import shop
from tests.conftest import Db

# As a restore or a replication does, which fire no trigger: nothing tells the pipeline that the rows changed. It is seen when
# the assertion is next run; here because another of its inputs is written.
UNTOLD = (
    "SET session_replication_role = replica; {}; SET session_replication_role = origin;"
    "UPDATE config.expectation SET min_customers = min_customers"
)

UNKEPT = (
    "INSERT INTO ops.load (folder, status) VALUES ('x', 'succeeded');"
    "INSERT INTO ops.load_file (load_id, table_name, file_name, sha256, byte_count, line_count, rows_read, rows_refused)"
    " VALUES (currval('ops.load_load_id_seq'), 'orders', 'orders.csv', '', 1, 2, 1, 1)"
)

FAULTS: dict[str, tuple[str, str, dict[str, object]]] = {
    "a customer that no view shows": (
        "customer_row_count",
        UNTOLD.format("INSERT INTO staging.customers (customer_id, first_name) VALUES ('C9', 'Unseen')"),
        {"staging_customers": 3, "customer_metrics_rows": 2},
    ),
    "a product that no view shows": (
        "product_row_count",
        UNTOLD.format("INSERT INTO staging.products (product_id, product_name, category, price, cost)"
                      " VALUES ('P9', 'Unseen', 'Food', 1, 1)"),
        {"staging_products": 3, "product_performance_rows": 2},
    ),
    "a product of negative revenue": (
        "revenue_not_negative",
        "UPDATE rollup.product_months SET total_revenue = -50 WHERE product_id = 'P1'",
        {"grain": "product", "grain_key": "P1"},
    ),
    "a day of negative revenue": (
        "revenue_not_negative",
        "UPDATE rollup.days SET total_revenue = -50 WHERE sale_date = '2024-03-01'",
        {"grain": "day", "grain_key": "2024-03-01"},
    ),
    "a row that was set aside and not kept": (
        "load_rows_accounted",
        UNKEPT,
        {"rows_read": 1, "rows_accounted": 1, "rows_set_aside": 1, "rows_kept": 0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_one_kind_is_found_and_shown(published: Db, fault: str) -> None:
    name, plant, shown = FAULTS[fault]
    before = shop.hashes(published)
    published.execute(plant.encode())
    with pytest.raises(psycopg.DatabaseError) as caught:
        published.execute("CALL refresh_analytics()")
    assert name in str(caught.value)
    assert shop.hashes(published) == before
    result = published.execute(
        "SELECT violating_rows FROM ops.assertion_result AS a WHERE a.assertion_name = %s ORDER BY run_id DESC LIMIT 1",
        (name,),
    ).fetchone()
    assert result is not None
    assert shown.items() <= result["violating_rows"][0].items()
