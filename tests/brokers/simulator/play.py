"""Random trading on a random market, a pure function of a seed: what the properties of the matching engine are held on.

Run as a module it prints a digest of the histories of some seeds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Any

from msgspec import to_builtins

from tests.brokers.simulator.desk import EVERYTHING, order, update
from tests.brokers.simulator.scripted import FIRST_OPEN, WalkingMarket, money
from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.simulator.exchange import Exchange
from trenddojo.brokers.simulator.profile import IdFormat, Profile
from trenddojo.brokers.types import Order
from trenddojo.domain.commissions import FREE, ibkr_shares
from trenddojo.domain.orders import OrderRequest, OrderType

SESSIONS = 4
LENGTH = 30

Around = Callable[[Exchange, datetime], Exchange]
"""Called before every act: it may ask the exchange anything, or put another in its place."""


@dataclass
class Played:
    """What came of a seed."""

    market: WalkingMarket
    exchange: Exchange
    end: datetime
    changed_ids: set[str] = field(default_factory=set)
    refused: int = 0


def profile_of(seed: int) -> Profile:
    """Every combination of a broker's ways, by turns."""
    return Profile(
        commission=ibkr_shares if seed % 3 else FREE,
        id_format=list(IdFormat)[seed % 4],
        exits_wait_for_all=seed % 2 == 0,
        replaces_with_new_id=seed // 2 % 2 == 0,
    )


def market_of(seed: int) -> WalkingMarket:
    ratio = ("2", "0.1", "1.5")[seed % 3]
    return WalkingMarket(seed, length=LENGTH, splits={"AAA": {2: ratio}} if seed % 5 == 0 else None)


def exchange_of(seed: int, market: WalkingMarket) -> Exchange:
    return Exchange(market, profile_of(seed), EVERYTHING, "MOCK123456", connection=str(seed))


def restored(seed: int, market: WalkingMarket, texts: dict[str, str]) -> Exchange:
    return Exchange.restored(market, profile_of(seed), EVERYTHING, texts, "MOCK123456", connection=str(seed))


def play(seed: int, around: Around | None = None, watch: Callable[[Exchange, datetime], None] | None = None) -> Played:
    """Trade through SESSIONS sessions. `around` must not change what happens; `watch` looks on after every act."""
    random, market = Random(seed), market_of(seed)
    exchange = exchange_of(seed, market)
    played = Played(market, exchange, FIRST_OPEN + timedelta(days=SESSIONS))
    for number, now in enumerate(_moments(random)):
        if around is not None:
            exchange = around(exchange, now)
        try:
            _act(random, exchange, market, now, f"{seed}-{number}", played)
        except BrokerError:
            played.refused += 1
        if watch is not None:
            watch(exchange, now)
    if around is not None:
        exchange = around(exchange, played.end)
    exchange.advance(played.end)
    played.exchange = exchange
    return played


def history(played: Played) -> dict[str, Any]:
    """All that an exchange tells, as plain data."""
    exchange = played.exchange
    return {
        "orders": [to_builtins(one) for one in exchange.orders()],
        "executions": [asdict(one) for one in exchange.executions()],
        "positions": [asdict(one) for one in exchange.positions(played.end)],
        "balances": asdict(exchange.balances(played.end)),
    }


def digest(seeds: range) -> str:
    text = json.dumps([history(play(seed)) for seed in seeds], default=str, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def every_order(exchange: Exchange) -> Iterator[Order]:
    """Every order, legs too."""
    for one in exchange.orders():
        yield one
        yield from one.legs


def _moments(random: Random) -> Iterator[datetime]:
    """One to six moments a session, some while closed, some on whole minutes, some together."""
    for day in range(SESSIONS):
        found = []
        for _ in range(random.randint(1, 6)):
            seconds = random.randrange(-120, LENGTH * 60 + 120)
            fine = random.choice((0.0, 0.0, 0.25, 0.123457))
            whole = seconds - seconds % 60 if random.random() < 0.3 else seconds + fine
            found.append(FIRST_OPEN + timedelta(days=day, seconds=whole))
        yield from sorted(found)


def _act(random: Random, exchange: Exchange, market: WalkingMarket, now: datetime, cid: str, played: Played) -> None:
    exchange.advance(now)
    opened = [one for told in exchange.open_orders() for one in (told, *told.legs) if not one.status.is_final]
    kind = random.random()
    if opened and kind < 0.12:
        exchange.cancel(random.choice(opened).order_id, now)
    elif opened and kind < 0.3:
        _change(random, exchange, random.choice(opened), now, cid, played)
    else:
        exchange.submit(_request(random, exchange, market, now, cid), now)


def _change(random: Random, exchange: Exchange, told: Order, now: datetime, cid: str, played: Played) -> None:
    changes: dict[str, Any] = {}
    if told.limit_price is not None:
        changes["limit_price"] = told.limit_price + money(random.randrange(-20, 21))
    elif told.stop_price is not None and told.order_type is OrderType.STOP:
        changes["stop_price"] = told.stop_price + money(random.randrange(-20, 21))
    if random.random() < 0.4:
        changes["quantity"] = Decimal(random.randrange(1, 150))
    played.changed_ids.add(told.order_id)
    exchange.replace(told.order_id, update(cid=cid, **changes), now)


def _request(random: Random, exchange: Exchange, market: WalkingMarket, now: datetime, cid: str) -> OrderRequest:
    symbol = random.choice(market.names)
    last = market.price(symbol, now)
    held = next((one.quantity for one in exchange.positions(now) if one.symbol == symbol), Decimal(0))
    closes = bool(held) and random.random() < 0.5
    side = ("sell" if held > 0 else "buy") if closes else random.choice(("buy", "sell"))
    quantity = min(abs(held), Decimal(random.randrange(1, 150))) if closes else random.randrange(1, 150)
    up = 1 if side == "buy" else -1
    order_type = random.choice(list(OrderType))
    given: dict[str, Any] = {"tif": random.choice(("day", "gtc", "gtc", "ioc", "fok", "opg", "cls"))}
    near, far = money(random.randrange(-30, 80)), money(random.randrange(1, 60))
    if order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT):
        given["limit_price"] = str(last - up * near if order_type is OrderType.LIMIT else last + up * (near + far))
    if order_type in (OrderType.STOP, OrderType.STOP_LIMIT):
        given["stop_price"] = str(last + up * near)
    if order_type is OrderType.TRAILING_STOP:
        given[random.choice(("trail_amount", "trail_percent"))] = str(money(random.randrange(5, 120)))
    if order_type not in (OrderType.MARKET, OrderType.LIMIT):
        given["tif"] = random.choice(("day", "gtc"))
    elif random.random() < 0.5:
        given |= _exits(random, last if "limit_price" not in given else Decimal(given["limit_price"]), up, closes)
        given["tif"] = random.choice(("day", "gtc"))
    return order(side, quantity, order_type, symbol=symbol, cid=cid, **given)


def _exits(random: Random, base: Decimal, up: int, closes: bool) -> dict[str, Any]:
    first, second = (str(base + sign * up * money(random.randrange(5, 90))) for sign in (1, -1))
    if closes:
        return {"is_oco": True, "stop": first}
    return random.choice(({"stop": second, "target": first}, {"stop": second}, {"target": first}))


if __name__ == "__main__":
    print(digest(range(int(sys.argv[1]))))
