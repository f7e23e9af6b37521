"""The law: after any writes, rollups kept by marks equal rollups built from nothing, and so do the views."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests import shop
from tests.conftest import Db

CUSTOMERS = st.sampled_from(["C1", "C2", "C3", None])
PRODUCTS = st.sampled_from(["P1", "P2", "P3"])
ORDERS = st.sampled_from([f"O{number}" for number in range(6)])
ITEMS = st.sampled_from([f"I{number}" for number in range(9)])
DATES = st.sampled_from(  # and one that lies about a year before days to which the clock moves
    ["2023-03-01 12:00:00", *(f"2024-03-0{day} {hour}:30:00" for day in range(1, 6) for hour in ("00", "23"))]
)
STATUSES = st.sampled_from(["completed", "shipped", "pending", "cancelled", "odd"])
CENTS = st.integers(0, 10**7)
COSTS = st.sampled_from([0.25, 0.75, None])
PRICE_DAYS = st.sampled_from(["2024-03-01", "2024-03-02", "2024-03-04", "2024-07-01"])


def differences(db: Db) -> dict[str, list[dict[str, Any]]]:
    """Return the rows in which a rollup differs from a count of staging, by the name of the rollup."""
    tables = db.execute("SELECT table_name, source_name, column_list FROM rollup.maintained_table").fetchall()
    assert len(tables) >= 16
    found = {}
    for table in tables:
        kept = f"SELECT {table['column_list']} FROM rollup.{table['table_name']}"
        counted = f"SELECT {table['column_list']} FROM rollup.{table['source_name']}"
        query = f"({kept} EXCEPT ALL {counted}) UNION ALL ({counted} EXCEPT ALL {kept})"
        if rows := db.execute(query.encode()).fetchall():
            found[table["table_name"]] = rows
    return found


def live_differences(db: Db) -> list[dict[str, Any]]:
    """Return the live figures of today, of its hours and of 30 days that differ from a plain count of all orders."""
    return db.execute("""
        WITH orders AS (
            SELECT o.*, k.as_of - o.order_day AS age, coalesce(s.is_revenue, false) AS is_revenue
            FROM staging.orders AS o CROSS JOIN config.clock AS k LEFT JOIN config.order_status AS s USING (status)
        ),
        counted AS (
            SELECT p.name, count(o.order_id) AS n, count(o.order_id) FILTER (WHERE o.is_revenue) AS completed,
                coalesce(sum(o.total_amount) FILTER (WHERE o.is_revenue), 0) AS revenue,
                count(o.order_id) FILTER (WHERE o.customer_id IS NULL) AS guests
            FROM (VALUES ('today', 0), ('last 30 days', 29)) AS p (name, most)
            LEFT JOIN orders AS o ON o.age BETWEEN 0 AND p.most
            GROUP BY p.name
            UNION ALL
            SELECT h.name::text, count(o.order_id), count(o.order_id) FILTER (WHERE o.is_revenue),
                coalesce(sum(o.total_amount) FILTER (WHERE o.is_revenue), 0), 0
            FROM generate_series(0, 23) AS h (name)
            LEFT JOIN orders AS o ON o.age = 0 AND extract(HOUR FROM o.order_date) = h.name
            GROUP BY h.name
        ),
        live AS (
            SELECT period_name, total_orders, completed_orders, total_revenue, guest_orders FROM live.headline_figures
            UNION ALL
            SELECT order_hour::text, total_orders, completed_orders, total_revenue, 0 FROM live.hours_today
        )
        (TABLE live EXCEPT ALL TABLE counted) UNION ALL (TABLE counted EXCEPT ALL TABLE live)
    """).fetchall()


class Writers(RuleBasedStateMachine):
    """Random writers on staging and config; after each the incremental state must equal the recounted one."""

    db: Db

    def __init__(self) -> None:
        super().__init__()
        self.db.execute("CALL config.set_clock('2024-03-04')")
        self.db.execute("TRUNCATE staging.customers, staging.products, staging.orders, staging.order_items CASCADE")
        for number in (1, 2, 3):
            self.db.execute("INSERT INTO staging.customers (customer_id, first_name) VALUES (%s, 'A')", (f"C{number}",))
            self.db.execute(
                "INSERT INTO staging.products (product_id, category, price) VALUES (%s, %s, 1)",
                (f"P{number}", "ABC"[number - 1]),
            )
        # Most writers need rows to write to.
        for number in range(4):
            self.insert_order(
                f"O{number}", f"C{1 + number % 3}", f"2024-03-0{1 + number} 10:30:00", "completed", 1000 + number
            )
        for number in range(6):
            self.insert_item(f"I{number}", f"O{number % 4}", f"P{1 + number % 3}", 1 + number, 100 + number)
        self.count()

    def write(self, statement: str, *values: Any) -> None:
        """Run a statement; one that the constraints refuse changes nothing, as for any user."""
        try:
            self.db.execute(statement.encode(), values)
        except psycopg.IntegrityError:
            return

    def count(self) -> None:
        """Count what is due, and forget it, as a publish does: else all of it is counted again after each later writer."""
        self.db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
        self.db.execute("DELETE FROM rollup.changed")

    @rule(order=ORDERS, customer=CUSTOMERS, day=DATES, status=STATUSES, cents=CENTS)
    def insert_order(self, order: str, customer: str | None, day: str, status: str, cents: int) -> None:
        self.write(
            "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
            " VALUES (%s, %s, %s, %s, %s::numeric / 100)",
            order, customer, day, status, cents,
        )  # fmt: skip

    @rule(order=ORDERS, customer=CUSTOMERS, day=DATES, status=STATUSES, cents=CENTS)
    def upsert_order(self, order: str, customer: str | None, day: str, status: str, cents: int) -> None:
        self.write(
            "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
            " VALUES (%s, %s, %s, %s, %s::numeric / 100) ON CONFLICT (order_id) DO UPDATE SET customer_id ="
            " excluded.customer_id, order_date = excluded.order_date, status = excluded.status,"
            " total_amount = excluded.total_amount",
            order, customer, day, status, cents,
        )  # fmt: skip

    @rule(order=ORDERS, customer=CUSTOMERS)
    def move_order_to_customer(self, order: str, customer: str | None) -> None:
        self.write("UPDATE staging.orders SET customer_id = %s WHERE order_id = %s", customer, order)

    @rule(order=ORDERS, day=DATES)
    def move_order_to_day(self, order: str, day: str) -> None:
        self.write("UPDATE staging.orders SET order_date = %s WHERE order_id = %s", day, order)

    @rule(order=ORDERS, cents=CENTS, day=st.one_of(st.none(), DATES))
    def refund_order(self, order: str, cents: int, day: str | None) -> None:
        self.write(
            "UPDATE staging.orders SET refunded_amount = %s::numeric / 100, refunded_at = %s WHERE order_id = %s",
            cents, day, order,
        )  # fmt: skip

    @rule(order=ORDERS, cents=CENTS)
    def split_order(self, order: str, cents: int) -> None:
        self.write(
            "UPDATE staging.orders SET discount_amount = %s::numeric / 100, tax_amount = total_amount / 5,"
            " shipping_amount = total_amount / 10 WHERE order_id = %s",
            cents, order,
        )  # fmt: skip

    @rule(status=STATUSES, new_status=STATUSES)
    def change_status(self, status: str, new_status: str) -> None:
        self.write("UPDATE staging.orders SET status = %s WHERE status = %s", new_status, status)

    @rule(order=ORDERS, new_order=ORDERS)
    def rename_order(self, order: str, new_order: str) -> None:
        self.write("UPDATE staging.orders SET order_id = %s WHERE order_id = %s", new_order, order)

    @rule(order=ORDERS)
    def delete_order(self, order: str) -> None:
        self.write("DELETE FROM staging.orders WHERE order_id = %s", order)

    @rule(order=ORDERS)
    def delete_order_with_items(self, order: str) -> None:
        with self.db.transaction():
            self.db.execute("DELETE FROM staging.order_items WHERE order_id = %s", (order,))
            self.db.execute("DELETE FROM staging.orders WHERE order_id = %s", (order,))

    @rule(item=ITEMS, order=ORDERS, product=PRODUCTS, quantity=st.integers(1, 9), cents=CENTS)
    def insert_item(self, item: str, order: str, product: str, quantity: int, cents: int) -> None:
        self.write(
            "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
            " VALUES (%s, %s, %s, %s, 1, %s::numeric / 100)",
            item, order, product, quantity, cents,
        )  # fmt: skip

    @rule(item=ITEMS, order=ORDERS, product=PRODUCTS)
    def move_item(self, item: str, order: str, product: str) -> None:
        self.write(
            "UPDATE staging.order_items SET order_id = %s, product_id = %s WHERE order_item_id = %s",
            order,
            product,
            item,
        )

    @rule(item=ITEMS)
    def delete_item(self, item: str) -> None:
        self.write("DELETE FROM staging.order_items WHERE order_item_id = %s", item)

    @rule()
    def truncate_items(self) -> None:
        self.write("TRUNCATE staging.order_items")

    @rule()
    def truncate_orders(self) -> None:
        self.write("TRUNCATE staging.orders CASCADE")

    @rule(rows=st.lists(st.tuples(ORDERS, CUSTOMERS, DATES, STATUSES, CENTS), max_size=4, unique_by=lambda row: row[0]))
    def copy_orders(self, rows: list[tuple[str, str | None, str, str, int]]) -> None:
        try:
            with self.db.transaction(), self.db.cursor() as cursor:
                statement = "COPY staging.orders (order_id, customer_id, order_date, status, total_amount) FROM STDIN"
                with cursor.copy(statement) as copy:
                    for row in rows:
                        copy.write_row(row)
        except psycopg.IntegrityError:
            return

    @rule(status=STATUSES, is_revenue=st.booleans())
    def change_what_counts_as_revenue(self, status: str, is_revenue: bool) -> None:
        self.write(
            "INSERT INTO config.order_status VALUES (%s, %s)"
            " ON CONFLICT (status) DO UPDATE SET is_revenue = excluded.is_revenue",
            status, is_revenue,
        )  # fmt: skip

    @rule(product=PRODUCTS, category=st.sampled_from(["A", "B", None]))
    def change_category(self, product: str, category: str | None) -> None:
        self.write("UPDATE staging.products SET category = %s, cost = 0.5 WHERE product_id = %s", category, product)

    @rule(product=PRODUCTS, price=st.sampled_from([1, 2]), cost=COSTS)
    def change_price(self, product: str, price: int, cost: float | None) -> None:
        self.write("UPDATE staging.products SET price = %s, cost = %s WHERE product_id = %s", price, cost, product)

    @rule(cost=COSTS)
    def change_all_costs(self, cost: float | None) -> None:
        self.write("UPDATE staging.products SET cost = %s", cost)

    @rule(product=PRODUCTS, cost=COSTS)
    def correct_the_first_cost(self, product: str, cost: float | None) -> None:
        self.write(
            "UPDATE staging.product_prices SET cost = %s WHERE product_id = %s AND valid_from = '-infinity'",
            cost,
            product,
        )

    @rule(product=PRODUCTS, day=PRICE_DAYS)
    def move_the_last_change(self, product: str, day: str) -> None:
        try:
            with self.db.transaction():
                self.db.execute("SET CONSTRAINTS staging.product_prices_valid_to_fkey DEFERRED")
                self.db.execute(
                    "UPDATE staging.product_prices SET valid_to = %s WHERE product_id = %s AND valid_to ="
                    " (SELECT max(valid_from) FROM staging.product_prices WHERE product_id = %s)",
                    (day, product, product),
                )
                self.db.execute(
                    "UPDATE staging.product_prices SET valid_from = %s WHERE product_id = %s AND valid_to IS NULL"
                    " AND valid_from > '-infinity'",
                    (day, product),
                )
        except psycopg.IntegrityError:
            return

    @rule(product=PRODUCTS)
    def forget_prices(self, product: str) -> None:
        self.write("DELETE FROM staging.product_prices WHERE product_id = %s", product)

    @rule(customer=CUSTOMERS, country=st.sampled_from(["UK", "US", None]))
    def change_country(self, customer: str | None, country: str | None) -> None:
        self.write("UPDATE staging.customers SET country = %s WHERE customer_id = %s", country, customer)

    @rule(customer=CUSTOMERS, country=st.sampled_from(["UK", "US", None]))
    def replace_customer(self, customer: str | None, country: str | None) -> None:
        """Delete and insert in one statement, at whose end the foreign keys hold."""
        self.write(
            "WITH gone AS (DELETE FROM staging.customers WHERE customer_id = %s RETURNING customer_id)"
            " INSERT INTO staging.customers (customer_id, first_name, country) SELECT customer_id, 'B', %s FROM gone",
            customer, country,
        )  # fmt: skip

    @rule(product=PRODUCTS, category=st.sampled_from(["A", "B", None]))
    def replace_product(self, product: str, category: str | None) -> None:
        self.write(
            "WITH gone AS (DELETE FROM staging.products WHERE product_id = %s RETURNING product_id)"
            " INSERT INTO staging.products (product_id, category, price) SELECT product_id, %s, 1 FROM gone",
            product, category,
        )  # fmt: skip

    @rule(orders=st.integers(1, 3), is_updated=st.booleans())
    def change_how_often_a_pair_must_be_bought(self, orders: int, is_updated: bool) -> None:
        if is_updated:
            self.write("UPDATE config.affinity SET min_orders = %s", orders)
        else:
            self.write("DELETE FROM config.affinity")
            self.write("INSERT INTO config.affinity (min_orders) VALUES (%s)", orders)

    @rule(day=st.sampled_from(["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-04", "2024-03-31", "2025-12-31"]))
    def move_clock(self, day: str) -> None:
        self.write("CALL config.set_clock(%s)", day)

    @rule()
    def apply_alone(self) -> None:
        self.write("CALL apply_changes()")

    @rule()
    def publish(self) -> None:
        self.write("CALL refresh_analytics()")

    @rule()
    def roll_back(self) -> None:
        with self.db.transaction(force_rollback=True):
            self.db.execute("UPDATE staging.orders SET total_amount = total_amount + 1")

    @invariant()
    def incremental_equals_recounted(self) -> None:
        assert live_differences(self.db) == []
        self.db.execute("CALL apply_changes()")
        assert live_differences(self.db) == []
        self.count()
        assert differences(self.db) == {}
        assert live_differences(self.db) == []
        live, kept = "TABLE live.customers", "TABLE rollup.customer_figures"
        assert (
            self.db.execute(f"({live} EXCEPT ALL {kept}) UNION ALL ({kept} EXCEPT ALL {live})".encode()).fetchall()
            == []
        )

    def teardown(self) -> None:
        """Refresh everything from nothing: no view may change. Models are of the day of their fit: both times they are new."""
        self.db.execute("UPDATE predict.model SET is_refit_wanted = true")
        self.db.execute("CALL refresh_analytics()")
        incremental = shop.hashes(self.db)
        self.db.execute("CALL refresh_analytics(p_full => true)")
        assert shop.hashes(self.db) == incremental


@pytest.mark.takes(15)
def test_incremental_refresh_equals_a_rebuild_whatever_is_written(db: Db) -> None:
    let_write(db, examples=5)


@pytest.mark.slow
def test_incremental_refresh_equals_a_rebuild_whatever_is_written_for_long(db: Db) -> None:
    let_write(db, examples=25)


def let_write(db: Db, examples: int) -> None:
    """Let so many machines write at random, and hold each to the law."""
    for name in ("data_fresh", "customer_names_present"):
        db.execute("INSERT INTO config.assertion_severity VALUES (%s, 'warn', 'random rows')", (name,))

    class Machine(Writers):
        pass

    Machine.db = db
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


EACH_WRITER = {
    "an order comes": "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
    " VALUES ('N', 'C1', '2024-03-01', 'completed', 5)",
    "an order goes": "WITH lines AS (DELETE FROM staging.order_items WHERE order_id = 'O1')"
    " DELETE FROM staging.orders WHERE order_id = 'O1'",
    "an order without lines goes": "DELETE FROM staging.orders WHERE order_id = 'O5'",
    "another customer": "UPDATE staging.orders SET customer_id = 'C2' WHERE order_id = 'O1'",
    "another day": "UPDATE staging.orders SET order_date = '2024-03-02' WHERE order_id = 'O1'",
    "another hour": "UPDATE staging.orders SET order_date = '2024-03-01 07:00' WHERE order_id = 'O1'",
    "another status": "UPDATE staging.orders SET status = 'cancelled' WHERE order_id = 'O1'",
    "another amount": "UPDATE staging.orders SET total_amount = 1 WHERE order_id = 'O1'",
    "a refund": "UPDATE staging.orders SET refunded_amount = 1, refunded_at = '2024-03-03' WHERE order_id = 'O1'",
    "a discount": "UPDATE staging.orders SET discount_amount = 1 WHERE order_id = 'O1'",
    "all orders go": "TRUNCATE staging.orders CASCADE",
    "a line comes": "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
    " VALUES ('N', 'O2', 'P2', 1, 5, 5)",
    "a line goes": "DELETE FROM staging.order_items WHERE order_item_id = 'I1'",
    "more units": "UPDATE staging.order_items SET quantity = 9 WHERE order_item_id = 'I1'",
    "a line of another order": "UPDATE staging.order_items SET order_id = 'O2' WHERE order_item_id = 'I1'",
    "another product": "UPDATE staging.order_items SET product_id = 'P2' WHERE order_item_id = 'I1'",
    "all lines go": "TRUNCATE staging.order_items",
    "another category": "UPDATE staging.products SET category = 'New' WHERE product_id = 'P1'",
    "another cost from today on": "UPDATE staging.products SET cost = 2 WHERE product_id = 'P1'",
    "another cost of the past": "UPDATE staging.product_prices SET cost = 2 WHERE product_id = 'P1'",
    "prices are forgotten": "DELETE FROM staging.product_prices WHERE product_id = 'P1'",
    "all prices are forgotten": "TRUNCATE staging.product_prices",
    "a price becomes known": "INSERT INTO staging.product_prices (product_id, valid_from, price, cost)"
    " VALUES ('P2', '-infinity', 10, 6)",
    "a product is replaced": "WITH gone AS (DELETE FROM staging.products WHERE product_id = 'P1' RETURNING product_id)"
    " INSERT INTO staging.products (product_id, price, category) SELECT product_id, 1, 'New' FROM gone",
    "a product gives its id away": "WITH moved AS (UPDATE staging.products SET product_id = 'X' WHERE product_id = 'P1'"
    " RETURNING 1) INSERT INTO staging.products (product_id, price, category) SELECT 'P1', 1, 'New' FROM moved",
    "another country": "UPDATE staging.customers SET country = 'FR' WHERE customer_id = 'C1'",
    "a customer is replaced": "WITH gone AS (DELETE FROM staging.customers WHERE customer_id = 'C1' RETURNING customer_id)"
    " INSERT INTO staging.customers (customer_id, country) SELECT customer_id, 'FR' FROM gone",
    "a customer gives the id away": "WITH moved AS (UPDATE staging.customers SET customer_id = 'X' WHERE customer_id = 'C1'"
    " RETURNING 1) INSERT INTO staging.customers (customer_id, country) SELECT 'C1', 'FR' FROM moved",
    "a status becomes revenue": "UPDATE config.order_status SET is_revenue = true WHERE status = 'cancelled'",
    "a status is forgotten": "WITH aliases AS (DELETE FROM config.order_status_alias)"
    " DELETE FROM config.order_status WHERE status = 'completed'",
    "a status becomes known": "INSERT INTO config.order_status (status, is_revenue) VALUES ('odd', true)",
    "a status is renamed": "WITH aliases AS (DELETE FROM config.order_status_alias)"
    " UPDATE config.order_status SET status = 'odd' WHERE status = 'shipped'",
    "all statuses are forgotten": "TRUNCATE config.order_status CASCADE",
    "the clock moves": "UPDATE config.clock SET as_of = as_of + 40",
    "the clock is replaced": "WITH gone AS (DELETE FROM config.clock RETURNING as_of)"
    " INSERT INTO config.clock (is_only_row, as_of, is_fixed) SELECT true, as_of + 40, true FROM gone",
    "a pair must be bought more often": "UPDATE config.affinity SET min_orders = 2",
    "how often is replaced": "WITH gone AS (DELETE FROM config.affinity RETURNING is_only_row)"
    " INSERT INTO config.affinity (is_only_row, min_orders) SELECT is_only_row, 2 FROM gone",
}


def test_each_writer_leaves_marks_that_mend_what_it_made_wrong(db: Db) -> None:
    shop.fill(db)
    db.execute("CALL config.set_clock('2024-03-01')")  # so that today has sales
    db.execute("UPDATE config.affinity SET min_orders = 1")
    db.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " VALUES ('O5', 'C2', '2024-03-01', 'odd', 3)"
    )
    db.execute("DELETE FROM staging.product_prices WHERE product_id = 'P2'")
    count = "SELECT rollup.apply_changes() + rollup.apply_deferred()"
    db.execute(count.encode())
    db.execute("DELETE FROM rollup.changed")
    assert differences(db) == {}
    for name, statement in EACH_WRITER.items():
        with db.transaction(force_rollback=True):
            db.execute(statement.encode())
            assert differences(db) != {}, f"{name}: changes nothing that is counted"
            db.execute(count.encode())
            assert differences(db) == {}, name


def test_who_is_replaced_in_one_statement_is_counted_again(db: Db) -> None:
    shop.fill(db)
    db.execute("CALL rollup.rebuild()")
    for table, old, new in (
        ("customers", "customer_id", "customer_id, country"),
        ("products", "product_id, price", "product_id, price, category"),
    ):
        db.execute(
            f"WITH gone AS (DELETE FROM staging.{table} RETURNING {old}) INSERT INTO staging.{table} ({new})"
            f" SELECT {old}, 'Else' FROM gone".encode()
        )
        db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
        assert differences(db) == {}, table
        # As a publish does; else the customers are counted with the products, too.
        db.execute("DELETE FROM rollup.changed")
    for table, key, new in (("customers", "customer_id", "country"), ("products", "product_id", "price, category")):
        values = "'New'" if table == "customers" else "1, 'New'"
        db.execute(
            f"WITH moved AS (UPDATE staging.{table} SET {key} = {key} || '-old' RETURNING {key}) INSERT INTO"
            f" staging.{table} ({key}, {new}) SELECT rtrim({key}, '-old'), {values} FROM moved".encode()
        )
        db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
        assert differences(db) == {}, table
        db.execute("DELETE FROM rollup.changed")


def test_many_dirty_groups_are_recounted_whole_and_equal(db: Db) -> None:
    db.execute(
        "INSERT INTO staging.customers (customer_id, first_name) SELECT 'C' || n, 'A' FROM generate_series(1, 300) AS n"
    )
    db.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " SELECT 'O' || n, 'C' || 1 + n % 300, date '2024-01-01' + n % 200, 'completed', n"
        " FROM generate_series(1, 900) AS n"
    )
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    db.execute(
        "UPDATE staging.orders SET total_amount = total_amount + 1, customer_id = NULL WHERE order_id LIKE 'O1%'"
    )
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    assert differences(db) == {}


@pytest.mark.slow
def test_a_rollup_of_many_rows_is_counted_anew_with_its_keys_and_indexes(db: Db) -> None:
    indexes = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'rollup' ORDER BY indexname"
    before = db.execute(indexes.encode()).fetchall()
    db.execute(
        "INSERT INTO staging.customers (customer_id, first_name)"
        " SELECT 'C' || n, 'A' FROM generate_series(1, 100001) AS n"
    )
    db.execute(
        "INSERT INTO staging.orders (order_id, customer_id, order_date, status, total_amount)"
        " SELECT 'O' || n, 'C' || n, date '2024-01-01' + n % 9, 'completed', 1 FROM generate_series(1, 100001) AS n"
    )
    for _ in range(2):
        db.execute("CALL rollup.rebuild()")
        assert differences(db) == {}
        assert db.execute(indexes.encode()).fetchall() == before


@pytest.mark.slow
def test_a_statement_that_wrote_most_order_lines_leaves_one_mark_that_means_everything(db: Db) -> None:
    shop.fill(db)
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    lines = (
        "INSERT INTO staging.order_items (order_item_id, order_id, product_id, quantity, unit_price, total_amount)"
        " SELECT '{0}' || n, 'O1', 'P1', 1, 1, 1 FROM generate_series(1, {1}) AS n"
    )
    marks = "SELECT count(*) AS n, count(order_id) AS orders FROM rollup.dirty"
    db.execute(lines.format("few", 100_000).encode())
    assert db.execute(marks.encode()).fetchone() == {"n": 1, "orders": 1}
    db.execute("DELETE FROM rollup.dirty")
    db.execute(lines.format("many", 100_001).encode())
    assert db.execute(marks.encode()).fetchone() == {"n": 1, "orders": 0}
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    assert differences(db) == {}


def test_rebuild_mends_what_a_bypass_of_the_triggers_left_wrong(db: Db) -> None:
    shop.fill(db)
    db.execute("CALL rollup.rebuild()")
    assert differences(db) == {}
    db.execute("SET session_replication_role = replica")
    db.execute("UPDATE staging.orders SET total_amount = 77 WHERE order_id = 'O1'")
    db.execute("RESET session_replication_role")
    db.execute("SELECT rollup.apply_changes() + rollup.apply_deferred()")
    assert "day_hours" in differences(db)
    db.execute("CALL rollup.rebuild()")
    assert differences(db) == {}
