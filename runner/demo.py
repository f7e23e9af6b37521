"""The headline figures, worded for the terminal."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from runner import database

DASH = "–"  # noqa: RUF001 - for a figure that the shop does not have yet
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def headlines() -> tuple[dict[str, Any], str]:
    """Return the row of bi.kpi_summary and the shop's currency."""
    with database.connect() as connection:
        kpis = connection.execute("SELECT * FROM bi.kpi_summary").fetchone()
        shop = connection.execute("SELECT currency FROM config.shop").fetchone()
        return kpis or {}, shop["currency"] if shop else ""


def worded(kpis: dict[str, Any], currency: str) -> list[dict[str, str]]:
    """Return (figure, value) rows for people; a figure that the shop does not have yet is a dash."""
    sign = SYMBOLS.get(currency, f"{currency} ")

    def money(key: str, divisor: int = 1, unit: str = "", places: int = 2) -> str:
        return _or_dash(kpis.get(key), lambda value: f"{sign}{value / divisor:,.{places}f}{unit}")

    def count(key: str) -> str:
        return _or_dash(kpis.get(key), lambda value: f"{value:,}")

    def percent(key: str, places: int) -> str:
        return _or_dash(kpis.get(key), lambda value: f"{value:.{places}f} %")

    others = " and ".join(name for name in (kpis.get("second_category"), kpis.get("third_category")) if name)
    figures = {
        "Total revenue": money("total_revenue"),
        "Customers / products": f"{count('total_customers')} / {count('total_products')}",
        "Revenue orders": count("completed_orders"),
        "Average order value": money("avg_order_value"),
        "Customer lifetime value": money("customer_lifetime_value"),
        "Active customers": f"{count('active_customers')} ({percent('active_customer_share', 1)})",
        "At Risk customers": f"{count('at_risk_customers')}, {money('at_risk_revenue', 1000, ' K', 0)} revenue",
        "Loyal customers": f"{count('loyal_customers')}, {percent('loyal_revenue_share', 0)} of revenue",
        "VIP average value": money("vip_avg_value", places=0),
        "Loyal minus Regular": f"{money('loyal_value_lead', places=0)} a customer",
        "Top category": f"{kpis.get('top_category') or DASH}, {money('top_category_revenue', 1_000_000, ' M')}"
        f", {percent('top_category_share', 0)}",
        "Next categories": others or DASH,
    }
    return [{"figure": figure, "value": value} for figure, value in figures.items()]


def _or_dash(value: Decimal | int | None, word: Callable[[Any], str]) -> str:
    """Return the worded value, or a dash for None."""
    return DASH if value is None else word(value)
