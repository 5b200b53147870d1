"""The rows of a trade that imports make. Everything in them follows from its fills and from what its imports assume:
made anew from the same fills it is the same again, ids included."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from trenddojo.domain.equity import TradeDay, trade_days
from trenddojo.domain.fills import FIRST_LEG, Fill
from trenddojo.domain.splits import in_last_units
from trenddojo.domain.terms import ExitReason, TradeStatus
from trenddojo.domain.trades import replay
from trenddojo.services.books import Books, write_outcome
from trenddojo.services.imports import assumed_stops
from trenddojo.services.imports.arranging import Entry, Piece
from trenddojo.services.imports.assumed_stops import Assumed, Ranges
from trenddojo.services.imports.facts import Facts
from trenddojo.services.imports.ground import Ground
from trenddojo.services.inputs.imports import StopRule
from trenddojo.statements.lines import Effect
from trenddojo.store import import_books
from trenddojo.store.models import Account, Execution, Instrument, Leg, Trade, TradeDayRow, TradeStop

CLOSES_NOTHING = (
    "Its first fill closed a position, the statement says, that is not in the books: bring the one before it."
)
_OUTCOME = tuple(one.key for one in Trade.__table__.columns if one.info.get("audit") == "skip")
_AMOUNTS = tuple(one.name for one in fields(TradeDay) if one.name != "date")
_PLAN = {
    "planned_stop": None,
    "target_1": None,
    "target_2": None,
    "risk_percent": None,
    "initial_margin": None,
    "bound_by": "",
    "label": "",
    "setup": "",
    "setup_quality": None,
    "market_condition": "",
    "timeframe": "",
    "correlation_group": "",
    "deleted_at": None,
}


@dataclass(slots=True)
class Rows:
    """Rows to add, by table."""

    trades: list[dict[str, Any]] = field(default_factory=list)
    legs: list[dict[str, Any]] = field(default_factory=list)
    stops: list[dict[str, Any]] = field(default_factory=list)
    fills: list[dict[str, Any]] = field(default_factory=list)
    days: list[dict[str, Any]] = field(default_factory=list)

    def put(self) -> None:
        """Add them; the caller commits."""
        import_books.put(Trade, self.trades)
        import_books.put(Leg, self.legs)
        import_books.put(TradeStop, self.stops)
        import_books.put(Execution, self.fills)
        import_books.put(TradeDayRow, self.days)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the rows of one instrument's trades. Nothing of `account` is read, which would begin a transaction."""

    ground: Ground
    facts: Facts
    account: Account
    instrument_id: UUID
    ranges: Ranges
    rows: Rows

    def add(self, piece: Piece) -> UUID:
        """Add a trade's rows to what is to be written; returns its id."""
        trade_id = self.id_of(piece)
        first = piece.entry(piece.trip.fills[0])
        fills = list(self._stopped(piece, trade_id, first))
        rows = [self.fill_row(piece, fill, trade_id) for fill in fills]
        self.rows.fills += rows
        self._outcome(piece, trade_id, first, fills, rows)
        return trade_id

    def id_of(self, piece: Piece) -> UUID:
        """A made trade has the name of its first fill."""
        return uuid5(self.ground.account_id, f"trade:{piece.trip.fills[0].key}")

    def _stopped(self, piece: Piece, trade_id: UUID, first: Entry) -> Iterator[Fill]:
        """The trade's fills with the stops that are assumed of its entries, whose rows are added."""
        rule = self.ground.sources[first.import_id].stop_rule if first.import_id else None
        if rule is None:
            yield from piece.trip.fills
            return
        found = list(assumed_stops.assumed(rule, piece.trip, self.facts, self.ground.zone, self.ranges))
        self.rows.stops += moves(trade_id, rule, found, self._creator(first))
        stops = {one.fill.key: one.stop for one in found}
        for fill in piece.trip.fills:
            yield replace(fill, stop=stops[fill.key]) if fill.key in stops else fill

    def _creator(self, entry: Entry) -> UUID:
        return entry.rows[0].created_by if entry.rows else self.ground.source.created_by

    def fill_row(self, piece: Piece, fill: Fill, trade_id: UUID) -> dict[str, Any]:
        """A fill's row within a trade: the one that it has, else one of its own."""
        entry = piece.entry(fill)
        same = next((one for one in entry.rows if one.key == fill.key), None)
        row = same or next(iter(entry.rows), None)
        reason = None if fill.leg is not None else (entry.reason or ExitReason.RECONCILED)
        return {
            "id": same.id if same else uuid5(self.ground.account_id, f"fill:{fill.key}"),
            "account_id": self.ground.account_id,
            "trade_id": trade_id,
            "key": fill.key,
            "at": fill.at,
            "sequence": fill.sequence,
            "side": fill.side,
            "quantity": fill.quantity,
            "price": fill.price,
            "fee": fill.fee,
            "fee_estimated": fill.fee_estimated,
            "fx": fill.fx,
            "leg": fill.leg,
            "stop": fill.stop,
            "exit_reason": reason,
            "order_id": row.order_id if row else None,
            "import_id": entry.import_id,
            "root_id": row.root_id if row else None,
            "revision": row.revision if row else 0,
            "created_by": self._creator(entry),
            "created_at": row.created_at if row else self.ground.now,
            "deleted_at": None,
        }

    def _outcome(
        self, piece: Piece, trade_id: UUID, first: Entry, fills: list[Fill], rows: list[dict[str, Any]]
    ) -> None:
        """Add the trade, its leg and its days, all that follows computed as for any other."""
        direction, multiplier = piece.trip.direction, self.facts.multiplier
        position = replay(direction, multiplier, in_last_units(direction, fills, self.facts.splits)[0])
        opened, closed = fills[0].at, position.closed_at
        marks = tuple(one for one in self.facts.marks if opened <= one.at and (closed is None or one.at <= closed))
        stop = next((fill.stop for fill in reversed(fills) if fill.stop is not None), None)
        plan = self._plan(piece, trade_id, first, fills[0])
        books = Books(
            trade=Trade(status=TradeStatus.PLANNING, direction=direction, planned_at=opened),
            account=self.account,
            instrument=Instrument(multiplier=multiplier),
            executions=tuple(Execution(side=row["side"], exit_reason=row["exit_reason"]) for row in rows[-1:]),
            position=position,
            legs=(Leg(number=FIRST_LEG, stop=stop),),
            marks=marks,
            commission=self.facts.commission,
        )
        write_outcome(books, self.ground.zone)
        derived = {name: getattr(books.trade, name) for name in _OUTCOME}
        self.rows.trades.append({**plan, **derived, "status": books.trade.status})
        self.rows.legs.append(_leg_row(trade_id, fills[0], stop))
        whose = {"trade_id": trade_id, "account_id": self.ground.account_id}
        for day in trade_days(direction, multiplier, position.fills, marks, self.ground.zone):
            amounts = {name: getattr(day, name) for name in _AMOUNTS}
            self.rows.days.append({"on": day.date, **whose, **amounts})

    def _plan(self, piece: Piece, trade_id: UUID, first: Entry, begun: Fill) -> dict[str, Any]:
        """What of the trade is no outcome: nobody planned it, and its first fill stands for a plan."""
        return {
            **_PLAN,
            "id": trade_id,
            "account_id": self.ground.account_id,
            "instrument_id": self.instrument_id,
            "symbol": self.facts.symbol,
            "direction": piece.trip.direction,
            "planned_entry": begun.price,
            "planned_quantity": begun.quantity,
            "fx": begun.fx,
            "tags": [],
            "planned_at": begun.at,
            "created_by": self._creator(first),
            "review": self._review(first),
            "import_id": first.import_id,
        }

    def _review(self, first: Entry) -> str:
        """Whether somebody should look at a trade that begins in the middle of a position."""
        if first.told is not None:
            return CLOSES_NOTHING if first.told.effect is Effect.CLOSE else ""
        review = self.facts.trade(first.rows[0].trade_id).review
        return review if review == CLOSES_NOTHING else ""


def _leg_row(trade_id: UUID, begun: Fill, stop: Decimal | None) -> dict[str, Any]:
    return {
        "id": uuid5(trade_id, "leg"),
        "trade_id": trade_id,
        "number": FIRST_LEG,
        "planned_entry": begun.price,
        "planned_quantity": begun.quantity,
        "stop": stop,
        "created_at": begun.at,
    }


def moves(trade_id: UUID, rule: StopRule, found: Iterable[Assumed], by: UUID) -> list[dict[str, Any]]:
    """The rows of a trade's assumed stops, one for each that its leg's stop moved to."""
    moved = [one for one in found if one.moved]
    why = {"reason": assumed_stops.words(rule), "created_by": by}
    before = [None, *(one.stop for one in moved)]
    return [_move(trade_id, one.fill.at, old, one.stop, why) for one, old in zip(moved, before, strict=False)]


def _move(
    trade_id: UUID, at: datetime, old: Decimal | None, new: Decimal | None, why: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": uuid5(trade_id, f"assumed:{at.isoformat()}:{new}"),
        "trade_id": trade_id,
        "leg": FIRST_LEG,
        "at": at,
        "old": old,
        "new": new,
        "is_override": False,
        "is_assumed": True,
        **why,
    }
