"""Makes the sample shop: four CSV files, the same bytes on every machine.

Run: python data/generate.py [--out DIR]

Everything is invented. The rows are planned in this order:

1. a catalogue of products with prices that change, costs, and an uneven popularity;
2. customers, each with a tier (how many revenue orders) and a health (when the last one was);
3. orders on days drawn by season, weekday and growth, and baskets drawn by popularity, some products in pairs;
4. a calibration: within each tier, lines swap their product for another of the same category until the revenue of the
   tier is next to its target; one discounted line of each group then takes the odd cents.

Only ``random.Random.random()`` is used, which Python promises to keep; money is whole cents.
"""

from __future__ import annotations

import argparse
import csv
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TypeVar

T = TypeVar("T")

FIRST_DAY, AS_OF = date(2024, 1, 1), date(2025, 12, 31)
DAYS = [FIRST_DAY + timedelta(days=number) for number in range((AS_OF - FIRST_DAY).days + 1)]


@dataclass(frozen=True)
class Tier:
    """What the customers of a tier amount to. Revenue in cents; customers by health."""

    name: str
    customers: tuple[int, int, int, int]
    fewest_orders: int
    most_orders: int
    orders: int
    revenue: int


HEALTHS = ("Active", "At Risk", "Dormant", "Lost")
HEALTH_DAYS = ((0, 90), (91, 180), (181, 365), (366, 700))  # since the last revenue order
TIERS = (
    Tier("VIP", (30, 8, 2, 0), 10, 16, 480, 18_188_000),
    Tier("Loyal", (150, 185, 26, 8), 6, 9, 2583, 93_210_000),
    Tier("Regular", (142, 170, 116, 60), 2, 5, 1858, 65_002_400),
    Tier("One-time", (15, 17, 24, 23), 1, 1, 79, 2_844_094),
)
PROSPECTS = 24  # customers without an order
AT_RISK_REVENUE = 73_705_000
BEAUTY_SHARE = 0.7906
OTHER_ORDERS, GUEST_ORDERS = 600, 12  # pending, processing, cancelled, returned; and those of them without a customer
DISCOUNT_ROOM = 200  # cents that one discounted line can take without looking odd

MONTH_WEIGHTS = (0.92, 0.72, 0.90, 0.98, 1.05, 0.92, 0.80, 0.76, 0.98, 1.15, 1.85, 1.75)
WEEKDAY_WEIGHTS = (1.25, 1.05, 1.00, 1.02, 0.95, 0.70, 1.15)
HOUR_WEIGHTS = (1, 1, 0, 0, 0, 1, 2, 4, 6, 8, 9, 9, 10, 9, 8, 8, 9, 10, 12, 15, 17, 14, 8, 3)
LINE_WEIGHTS = (0.40, 0.34, 0.18, 0.08)
QUANTITY_WEIGHTS = (0.82, 0.13, 0.03, 0.02)


@dataclass(frozen=True)
class Category:
    """How much of the shop a category is, and what its products are called. Prices in whole units of money."""

    weight: float
    products: int
    prices: tuple[int, int]
    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


CATEGORIES = {
    "Beauty": Category(
        0.670,
        70,
        (48, 420),
        (
            (
                "Rose Hip",
                "Sea Kelp",
                "Green Tea",
                "Vitamin C",
                "Hyaluron",
                "Retinol",
                "Calendula",
                "Silk",
                "Argan",
                "Caviar",
            ),
            ("Night Serum", "Day Cream", "Eye Concentrate", "Cleansing Set", "Sonic Brush", "LED Mask", "Perfume Oil"),
            ("30 ml", "50 ml", "100 ml", "Deluxe", "Travel Set", "Refill Duo", "Gift Box"),
        ),
    ),
    "Sports": Category(
        0.095,
        28,
        (25, 210),
        (
            ("Alpine", "Coast", "Trail", "Summit", "Harbour", "Sprint", "Northern"),
            ("Running Vest", "Yoga Mat", "Trekking Poles", "Swim Goggles"),
            ("Light", "Pro", "Classic", "II"),
        ),
    ),
    "Books": Category(
        0.085,
        30,
        (18, 140),
        (
            ("The Quiet", "A Short", "The Illustrated", "The Last", "An Honest", "The Pocket"),
            ("Atlas of Islands", "History of Salt", "Guide to Ferns", "Winter Kitchen", "Book of Knots"),
            ("Hardcover", "Boxed Set", "Signed Edition"),
        ),
    ),
    "Home": Category(
        0.060,
        24,
        (20, 160),
        (
            ("Linen", "Oak", "Stoneware", "Copper", "Wool", "Willow"),
            ("Table Runner", "Serving Board", "Throw", "Lantern"),
            ("Small", "Large", "Natural"),
        ),
    ),
    "Fashion": Category(
        0.042,
        20,
        (22, 150),
        (
            ("Merino", "Organic Cotton", "Recycled", "Harris", "Lambswool"),
            ("Scarf", "Crew Sweater", "Canvas Tote", "Beanie"),
            ("Navy", "Sand", "Forest"),
        ),
    ),
    "Electronics": Category(
        0.030,
        16,
        (25, 180),
        (
            ("Pebble", "Orbit", "Echo Bay", "Lumen"),
            ("Wireless Charger", "Desk Lamp", "Travel Speaker", "Headphones"),
            ("White", "Graphite"),
        ),
    ),
    "Toys": Category(
        0.018,
        12,
        (15, 95),
        (
            ("Wooden", "Magnetic", "Forest Friends"),
            ("Train Set", "Puzzle", "Building Blocks", "Memory Game"),
            ("3+", "6+"),
        ),
    ),
}

# A product (category, place by popularity), its companion, and how often the companion goes along.
PAIRS = (
    (("Beauty", 2), ("Beauty", 31), 0.52),
    (("Beauty", 4), ("Beauty", 36), 0.48),
    (("Beauty", 5), ("Beauty", 40), 0.45),
    (("Beauty", 7), ("Beauty", 44), 0.50),
    (("Beauty", 9), ("Beauty", 47), 0.42),
    (("Beauty", 11), ("Home", 14), 0.34),
    (("Beauty", 13), ("Beauty", 52), 0.50),
    (("Sports", 1), ("Sports", 14), 0.55),
    (("Books", 1), ("Books", 16), 0.55),
    (("Home", 1), ("Home", 12), 0.55),
)

FIRST_NAMES = (
    "Amelia,Noah,José,Zoë,Łukasz,Aisha,Hiroshi,Siobhán,Mateo,Ingrid,Kwame,Priya,Lars,Chloé,Dmitri,Fatima,Giulia,Oliver,"
    "Mei,Tomás,Freya,Omar,Hannah,Björn,Leila,Ravi,Sofia,Pádraig,Anh,Grace,Emil,Nadia,Samuel,Yuki,Eva,Thabo,Clara,Hugo,"
    "Elif,Marta"
).split(",")
LAST_NAMES = (
    "O'Neill,Nguyễn,García,Müller,Kowalski,Okafor,Tanaka,Rossi,Dubois,Andersen,Silva,Novák,Johansson,Sharma,Haddad,"
    "Murphy,van Dijk,Papadopoulos,Yılmaz,Ferreira,Smith,Ivanova,Chen,Björk,D'Angelo,Larsen,Moreau,Weber,Kaya,Lindqvist,"
    "Brown,Costa,Farkas,Ó Briain,Patel,Horvat,Jansen,Mensah,Popescu,Wright"
).split(",")
COUNTRIES = {
    "United Kingdom": 24,
    "Germany": 17,
    "United States": 15,
    "France": 11,
    "Netherlands": 8,
    "Ireland": 6,
    "Spain": 5,
    "Italy": 4,
    "Sweden": 3,
    "Poland": 3,
    "Denmark": 2,
    "Portugal": 2,
}
SEGMENTS = {"Consumer": 74, "Small Business": 19, "Corporate": 7}


class Dice:
    """Draws that give the same result in every version of Python."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to limit - 1."""
        return int(self.random() * limit)

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def one(self, values: Sequence[T]) -> T:
        """Return one of the values, each as likely."""
        return values[self.below(len(values))]

    def weighted(self, values: Sequence[T], cumulative: Sequence[float]) -> T:
        """Return one of the values by their cumulative weights."""
        return values[bisect(cumulative, self.random() * cumulative[-1])]

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """Return the values in a random order."""
        rest = list(values)
        return [rest.pop(self.below(len(rest))) for _ in range(len(rest))]


@dataclass
class Product:
    """A product. Money in cents; prices by the day from which they hold."""

    product_id: str
    name: str
    category: str
    prices: list[tuple[date, int]]
    cost: int
    weight: float

    def price_on(self, day: date) -> int:
        """Return the list price of a day."""
        return next(price for since, price in reversed(self.prices) if since <= day)


@dataclass
class Line:
    """An order line. A fixed one keeps its product when revenue is calibrated."""

    product: Product
    quantity: int
    discount: int
    is_fixed: bool = False
    odd_cents: int = 0

    def unit_price(self, day: date) -> int:
        """Return what one unit cost on a day, in cents."""
        return self.product.price_on(day) * (100 - self.discount) // 100 + self.odd_cents

    def amount(self, day: date) -> int:
        """Return what the line cost on a day, in cents."""
        return self.quantity * self.unit_price(day)


@dataclass
class Customer:
    """A customer, and the days of the revenue orders."""

    tier: str
    health: str
    registered: date
    order_days: list[date] = field(default_factory=list)
    number: int = 0


@dataclass
class Order:
    """An order. A guest's has no customer."""

    customer: Customer | None
    placed_at: datetime
    status: str
    lines: list[Line]

    @property
    def day(self) -> date:
        """The day that it was placed on."""
        return self.placed_at.date()


class Shop:
    """The sample shop: catalogue, customers and orders."""

    def __init__(self) -> None:
        self.dice = Dice(20_240_101)
        self.day_weights = list(accumulate(map(_day_weight, DAYS)))
        self.catalogue = {category: self._products(category) for category in CATEGORIES}
        self.popularity = {
            category: list(accumulate(product.weight for product in products))
            for category, products in self.catalogue.items()
        }
        self.companions = {
            self.catalogue[first][place].product_id: (self.catalogue[second][other], chance)
            for (first, place), (second, other), chance in PAIRS
        }
        self.customers = self._customers()
        self.orders = self._revenue_orders()
        self._calibrate()
        self.orders += self._other_orders()
        self.orders.sort(key=lambda order: order.placed_at)

    def _products(self, category: str) -> list[Product]:
        """Return the products of a category, the most popular first; the last of a large category is never sold."""
        plan = CATEGORIES[category]
        firsts, seconds, thirds = plan.names
        names = self.dice.shuffled(f"{a} {b}, {c}" for a in firsts for b in seconds for c in thirds)
        earlier = list(CATEGORIES)[: list(CATEGORIES).index(category)]
        number = 1 + sum(CATEGORIES[name].products for name in earlier)
        low, high = plan.prices
        products = []
        for place in range(plan.products):
            price = _list_price(low + (high - low) * self.dice.random() ** 1.6)
            margin = 0.44 + 0.16 * min(place / 20, 1) + 0.12 * (self.dice.random() - 0.5)
            if category != "Beauty" and place == plan.products - 2:
                margin = -0.08  # sold below cost
            is_sold = place < plan.products - 1 or plan.products < 20
            products.append(
                Product(
                    f"P{number + place:04d}",
                    names[place],
                    category,
                    self._prices(price),
                    int(price * (1 - margin)),
                    1 / (place + 4) if is_sold else 0.0,
                )
            )
        return products

    def _prices(self, current: int) -> list[tuple[date, int]]:
        """Return the prices of a product over time: none to three raises up to the current one."""
        changes = self.dice.weighted((0, 1, 2, 3), (0.45, 0.78, 0.93, 1.0))
        days = sorted({self.dice.one(DAYS[60:-60]) for _ in range(changes)}, reverse=True)
        prices = [current]
        for _ in days:
            prices.append(_list_price(prices[-1] / 100 * (0.90 + 0.08 * self.dice.random())))
        return list(zip([FIRST_DAY, *reversed(days)], reversed(prices), strict=True))

    def _customers(self) -> list[Customer]:
        """Return the customers in the order of their registration."""
        customers = [Customer("Prospect", "Prospect", self.dice.one(DAYS[:-20])) for _ in range(PROSPECTS)]
        for tier in TIERS:
            healths = [name for name, count in zip(HEALTHS, tier.customers, strict=True) for _ in range(count)]
            for health, order_count in zip(healths, self._order_counts(tier), strict=True):
                order_days, registered = self._order_days(health, order_count)
                customers.append(Customer(tier.name, health, registered, order_days))
        customers = sorted(self.dice.shuffled(customers), key=lambda customer: customer.registered)
        for number, customer in enumerate(customers, 1):
            customer.number = number
        return customers

    def _order_counts(self, tier: Tier) -> list[int]:
        """Return how many revenue orders each customer of a tier has; they add up to the tier's."""
        low, high = tier.fewest_orders, tier.most_orders
        counts = [self.dice.between(low, high) for _ in range(sum(tier.customers))]
        while gap := tier.orders - sum(counts):
            step = 1 if gap > 0 else -1
            chosen = self.dice.below(len(counts))
            if low <= counts[chosen] + step <= high:
                counts[chosen] += step
        return counts

    def _order_days(self, health: str, order_count: int) -> tuple[list[date], date]:
        """Return the days of a customer's revenue orders, and the day of registration."""
        near, far = HEALTH_DAYS[HEALTHS.index(health)]
        draws = order_count if health == "Active" else 1  # who orders often has ordered lately
        last = max(self._day_between(len(DAYS) - 1 - far, len(DAYS) - 1 - near) for _ in range(draws))
        pause = 16 if health == "Active" else 75  # days between two orders
        first = max(0, last - 30 - pause * order_count - self.dice.below(200))
        earlier = [DAYS[self._day_between(first, last)] for _ in range(order_count - 1)]
        order_days = sorted([*earlier, DAYS[last]])
        return order_days, order_days[0] - timedelta(days=int(240 * self.dice.random() ** 3))

    def _day_between(self, low: int, high: int) -> int:
        """Return the number of a day between two others, both included, by the weights of the days."""
        before = self.day_weights[low - 1] if low else 0.0
        drawn = before + (self.day_weights[high] - before) * self.dice.random()
        return min(bisect(self.day_weights, drawn), high)

    def _revenue_orders(self) -> list[Order]:
        """Return the orders that count as revenue."""
        return [
            Order(customer, self._moment(day), self._revenue_status(day), self._basket())
            for customer in self.customers
            for day in customer.order_days
        ]

    def _moment(self, day: date) -> datetime:
        """Return a time of a day by the rhythm of the hours."""
        hour = self.dice.weighted(range(24), list(accumulate(HOUR_WEIGHTS)))
        return datetime.combine(day, time(hour, self.dice.below(60), self.dice.below(60)))

    def _revenue_status(self, day: date) -> str:
        """Return how far an order of a day has come."""
        age = (AS_OF - day).days
        if age < 4:
            return "shipped"
        if age < 12:
            return self.dice.one(("shipped", "delivered"))
        return self.dice.weighted(("completed", "delivered"), (0.72, 1.0))

    def _basket(self) -> list[Line]:
        """Return the lines of an order; no product stands in it twice."""
        lines: dict[str, Line] = {}
        for _ in range(self.dice.weighted((1, 2, 3, 4), list(accumulate(LINE_WEIGHTS)))):
            names = list(CATEGORIES)
            category = self.dice.weighted(names, list(accumulate(CATEGORIES[name].weight for name in names)))
            product = self.dice.weighted(self.catalogue[category], self.popularity[category])
            companion, chance = self.companions.get(product.product_id, (None, 0.0))
            comes_along = companion is not None and self.dice.random() < chance
            lines.setdefault(product.product_id, self._line(product, is_fixed=comes_along))
            if companion is not None and comes_along:
                lines.setdefault(companion.product_id, self._line(companion, is_fixed=True))
        return list(lines.values())

    def _line(self, product: Product, *, is_fixed: bool) -> Line:
        """Return a line for a product."""
        quantity = self.dice.weighted((1, 2, 3, 4), list(accumulate(QUANTITY_WEIGHTS)))
        discount = self.dice.weighted((0, 5, 10, 15, 20), (0.86, 0.90, 0.95, 0.98, 1.0))
        return Line(product, quantity, discount, is_fixed)

    def _calibrate(self) -> None:
        """Bring the revenue of each tier, of its At Risk customers, and of Beauty in both, to its target."""
        at_risk = {tier.name: round(tier.revenue * tier.customers[1] / sum(tier.customers)) for tier in TIERS}
        at_risk["Loyal"] += AT_RISK_REVENUE - sum(at_risk.values())
        for tier in TIERS:
            for is_at_risk, revenue in ((True, at_risk[tier.name]), (False, tier.revenue - at_risk[tier.name])):
                beauty = round(revenue * BEAUTY_SHARE)
                group = [
                    order
                    for order in self.orders
                    if order.customer
                    and order.customer.tier == tier.name
                    and (order.customer.health == "At Risk") is is_at_risk
                ]
                self._meet(group, True, beauty)
                self._meet(group, False, revenue - beauty)

    def _meet(self, orders: list[Order], is_beauty: bool, target: int) -> None:
        """Swap products of some orders' lines, Beauty or not, until the lines amount to the target in cents."""
        lines = [
            (order, line)
            for order in orders
            for line in order.lines
            if (line.product.category == "Beauty") is is_beauty
        ]
        swappable = [(order, line) for order, line in lines if not line.is_fixed]
        gap = target - sum(line.amount(order.day) for order, line in lines)
        tries = 0
        while abs(gap) > DISCOUNT_ROOM:
            tries += 1
            if tries > 2_000_000:
                raise RuntimeError(f"cannot calibrate: {gap} cents remain")
            order, line = self.dice.one(swappable)
            category = line.product.category
            product = self.dice.weighted(self.catalogue[category], self.popularity[category])
            if product.product_id in self.companions or any(product is other.product for other in order.lines):
                continue
            swapped = Line(product, line.quantity, line.discount)
            change = swapped.amount(order.day) - line.amount(order.day)
            if abs(gap - change) < abs(gap):
                line.product = product
                gap -= change
        single = (line for _, line in swappable if line.quantity == 1)
        max(single, key=lambda line: line.discount).odd_cents = gap

    def _other_orders(self) -> list[Order]:
        """Return the orders that do not count as revenue; some are guests', and no day stays without an order."""
        taken = {order.day for order in self.orders}
        days = [day for day in DAYS if day not in taken]
        days += [AS_OF, *(DAYS[self._day_between(0, len(DAYS) - 1)] for _ in range(OTHER_ORDERS - len(days) - 1))]
        orders = []
        for number, day in enumerate(days):
            known = [customer for customer in self.customers if customer.registered <= day]
            is_guest = number % (OTHER_ORDERS // GUEST_ORDERS) == 0 or not known
            if (AS_OF - day).days < 8:
                status = self.dice.one(("pending", "processing"))
            else:
                status = self.dice.weighted(("cancelled", "returned"), (0.7, 1.0))
            customer = None if is_guest else self.dice.one(known)
            orders.append(Order(customer, self._moment(day), status, self._basket()))
        return orders


def _day_weight(day: date) -> float:
    """Return how many orders a day attracts: growth times season times weekday."""
    growth = 1 + 0.75 * (day - FIRST_DAY).days / len(DAYS)
    return growth * MONTH_WEIGHTS[day.month - 1] * WEEKDAY_WEIGHTS[day.weekday()]


def _list_price(amount: float) -> int:
    """Return an amount as a shop would write it on a tag, in cents."""
    whole = int(amount)
    if whole >= 150:
        return whole // 5 * 500
    return whole * 100 + (95, 99, 50, 0)[whole % 4]


def _money(cents: int) -> str:
    """Return cents as a decimal amount."""
    return f"{cents // 100}.{cents % 100:02d}"


def _plain(name: str) -> str:
    """Return a name in the letters of an e-mail address."""
    folded = unicodedata.normalize("NFKD", name.replace("Ł", "L").replace("ı", "i"))
    return "".join(letter for letter in folded.lower() if letter.isascii() and letter.isalnum())


def _customer_rows(shop: Shop) -> Iterable[list[str]]:
    """Return the rows of customers.csv."""
    yield ["customer_id", "first_name", "last_name", "email", "customer_segment", "country", "registration_date"]
    dice = Dice(7)
    for customer in shop.customers:
        first, last = dice.one(FIRST_NAMES), dice.one(LAST_NAMES)
        host = dice.one(("example.com", "example.net", "example.org"))
        yield [
            f"C{customer.number:05d}",
            first,
            last,
            f"{_plain(first)}.{_plain(last)}{customer.number}@{host}",
            dice.weighted(list(SEGMENTS), list(accumulate(SEGMENTS.values()))),
            dice.weighted(list(COUNTRIES), list(accumulate(COUNTRIES.values()))),
            customer.registered.isoformat(),
        ]


def _product_rows(shop: Shop) -> Iterable[list[str]]:
    """Return the rows of products.csv."""
    yield ["product_id", "product_name", "category", "price", "cost"]
    for products in shop.catalogue.values():
        for product in products:
            price = _money(product.price_on(AS_OF))
            yield [product.product_id, product.name, product.category, price, _money(product.cost)]


def _order_rows(shop: Shop) -> Iterable[list[str]]:
    """Return the rows of orders.csv."""
    yield ["order_id", "customer_id", "order_date", "status", "total_amount"]
    for number, order in enumerate(shop.orders, 1):
        customer_id = f"C{order.customer.number:05d}" if order.customer else ""
        total = sum(line.amount(order.day) for line in order.lines)
        yield [f"O{number:06d}", customer_id, order.placed_at.isoformat(" "), order.status, _money(total)]


def _order_item_rows(shop: Shop) -> Iterable[list[str]]:
    """Return the rows of order_items.csv."""
    yield ["order_item_id", "order_id", "product_id", "quantity", "unit_price", "total_amount"]
    item_number = 0
    for number, order in enumerate(shop.orders, 1):
        for line in order.lines:
            item_number += 1
            yield [
                f"I{item_number:07d}",
                f"O{number:06d}",
                line.product.product_id,
                str(line.quantity),
                _money(line.unit_price(order.day)),
                _money(line.amount(order.day)),
            ]


def write(folder: Path) -> None:
    """Write the four CSV files of the sample shop into a folder."""
    shop = Shop()
    files = {
        "customers.csv": _customer_rows(shop),
        "products.csv": _product_rows(shop),
        "orders.csv": _order_rows(shop),
        "order_items.csv": _order_item_rows(shop),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the sample shop's four CSV files.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder (default: this one)")
    write(parser.parse_args().out)
