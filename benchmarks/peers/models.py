"""The models that every peer computes: one SQL text each, the same for PostgreSQL and DuckDB.

The first line of a file says the grain and the key: "-- One row per customer. Key: customer_id". A condition in a comment,
/* newest: … */, is in force where dbt is incremental: it then counts only the newest period anew. Names are bare; each engine
finds them on its search path: the shop's four tables, order_status, clock, calendar, and the other models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "models"
CALENDAR = "SELECT DATE '2020-01-01' + n::integer AS sale_date FROM generate_series(0, 4000) AS g (n)"  # a day a row


@dataclass(frozen=True)
class Model:
    """A query, the key of its rows, and the other models that it reads."""

    name: str
    text: str
    key: str
    needs: tuple[str, ...]

    @property
    def is_published(self) -> bool:
        """Whether people read it; what only other models read is there so that dbt can be incremental."""
        return "; not published." not in self.text.splitlines()[0]


def known() -> list[str]:
    """Return the names of all models."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def in_order(wanted: Iterable[str]) -> list[Model]:
    """Return the models of these names and what they need, each after what it needs."""
    found: dict[str, Model] = {}

    def add(name: str) -> None:
        if name in found:
            return
        text = (FOLDER / f"{name}.sql").read_text()
        needs = tuple(other for other in known() if re.search(rf"\b(FROM|JOIN) {other}\b", text))
        for other in needs:
            add(other)
        found[name] = Model(name, text, text.splitlines()[0].split("Key: ")[1], needs)

    for name in sorted(wanted):
        add(name)
    return list(found.values())
