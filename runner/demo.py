"""The headline figures, worded for people."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from runner import database, install
from runner.errors import ConfigurationError
from runner.wording import DASH, count, money, percent, short_money


def sample() -> Path:
    """Return the folder of the sample shop; refuse a database that holds another shop, which it would mix with the sample."""
    folder = install.DB.parent / "data"
    if not folder.is_dir():
        raise ConfigurationError(
            "the sample shop is not part of this installation", "Run make demo in a clone of the repository."
        )
    with (folder / "customers.csv").open(encoding="utf-8", newline="") as file:
        known = [row["customer_id"] for row in csv.DictReader(file)]
    with database.connect() as connection:
        table = connection.execute("SELECT to_regclass('staging.customers') AS name").fetchone()
        if table and table["name"]:
            other = connection.execute(
                "SELECT c.customer_id FROM staging.customers AS c WHERE c.customer_id <> ALL (%s) LIMIT 1", (known,)
            ).fetchone()
            if other:
                raise ConfigurationError(
                    f"the database {connection.info.dbname} holds another shop (customer {other['customer_id']}),"
                    " and the demo would mix the sample into it",
                    "Name an empty database in DATABASE_URL, or leave it unset and another folder in PIPELINE_PGDATA.",
                )
    return folder


def name_shop() -> None:
    """Call the shop of the sample what it is, unless somebody gave it a name."""
    with database.connect() as connection:
        shop = connection.execute("SELECT FROM config.shop WHERE shop_name = 'My shop'").fetchone()
        if shop is not None:  # an UPDATE of no row would mark the table as changed, too
            connection.execute("UPDATE config.shop SET shop_name = 'Sample shop'")


def headlines() -> tuple[dict[str, Any], str]:
    """Return the row of bi.kpi_summary and the shop's currency."""
    with database.connect() as connection:
        kpis = connection.execute("SELECT * FROM bi.kpi_summary").fetchone()
        shop = connection.execute("SELECT currency FROM config.shop").fetchone()
        return kpis or {}, shop["currency"] if shop else ""


def worded(kpis: dict[str, Any], currency: str) -> list[dict[str, str]]:
    """Return (figure, value) rows for people; a figure that the shop does not have yet is a dash."""
    get = kpis.get
    others = " and ".join(name for name in (get("second_category"), get("third_category")) if name)
    figures = {
        "Total revenue": money(get("total_revenue"), currency),
        "Customers / products": f"{count(get('total_customers'))} / {count(get('total_products'))}",
        "Revenue orders": count(get("completed_orders")),
        "Average order value": money(get("avg_order_value"), currency),
        "Customer lifetime value": money(get("customer_lifetime_value"), currency),
        "Active customers": f"{count(get('active_customers'))} ({percent(get('active_customer_share'))})",
        "At Risk customers": f"{count(get('at_risk_customers'))}, {short_money(get('at_risk_revenue'), currency)}",
        "Loyal customers": f"{count(get('loyal_customers'))}, {percent(get('loyal_revenue_share'), 0)} of revenue",
        "VIP average value": money(get("vip_avg_value"), currency, 0),
        "Loyal minus Regular": f"{money(get('loyal_value_lead'), currency, 0)} a customer",
        "Top category": f"{get('top_category') or DASH}, {short_money(get('top_category_revenue'), currency)}"
        f", {percent(get('top_category_share'), 0)}",
        "Next categories": others or DASH,
    }
    return [{"figure": figure, "value": value} for figure, value in figures.items()]
