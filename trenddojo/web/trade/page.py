"""The whole trade page, put together from a trade's records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import Direction, Timeframe, TradeStatus
from trenddojo.services import splits
from trenddojo.services.books import Books, open_books
from trenddojo.services.courses import course_of
from trenddojo.services.details import details_of
from trenddojo.services.discipline.pyramids import Pyramid, pyramid_of
from trenddojo.services.fills import unfilled
from trenddojo.services.split_fractions import fraction_of
from trenddojo.services.stops_had import may_be_told
from trenddojo.services.timeline import Chapter, Story, story_of
from trenddojo.store import plans, trades
from trenddojo.store.models import Leg, Trade
from trenddojo.store.seats import Seat
from trenddojo.web import deps
from trenddojo.web.format import day
from trenddojo.web.forms import Form
from trenddojo.web.frame import mode_of
from trenddojo.web.gallery import Gallery, of_trade
from trenddojo.web.order_desk import TradeDesk, desk_of
from trenddojo.web.trade import chart, figures, panels, story, tables, words
from trenddojo.web.trade.axis import Axis
from trenddojo.web.trade.bars import ShownBars, shown_bars
from trenddojo.web.trade.figures import Figure
from trenddojo.web.trade.panels import Panel
from trenddojo.web.trade.story import Shown
from trenddojo.web.trade.tables import LegRow, PlanAndFact, SplitRow, WhileItRan

_UNFILLED = (TradeStatus.PLANNING, TradeStatus.PENDING)


@dataclass(frozen=True, slots=True)
class Head:
    """What the trade is. `zone` is the account's, in which times are typed; `fx` is empty where no rate is needed."""

    id: UUID
    symbol: str
    direction: Direction
    status: TradeStatus
    chip: tuple[str, str]
    about: str
    account: str
    mode: str
    base: str
    currency: str
    fx: str
    zone: ZoneInfo
    may_trade: bool
    last_price: Any
    last_at: datetime | None
    stop: Any
    held: str
    leave: str

    @property
    def is_plan(self) -> bool:
        """Whether nothing has been filled yet."""
        return self.status not in (TradeStatus.ACTIVE, TradeStatus.CLOSED)

    @property
    def is_open(self) -> bool:
        """Whether something is held."""
        return self.status is TradeStatus.ACTIVE

    @property
    def place(self) -> str:
        """The place that the account's zone is named after."""
        return self.zone.key.rpartition("/")[2].replace("_", " ")


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the page shows; clock times are formatted in `zone`, the viewer's.

    `assumed` is the rule that made up a stop which nobody placed, `import_id` the statement that brought the trade.
    """

    head: Head
    figures: list[Figure]
    chart: dict[str, Any]
    chart_label: str
    bars: ShownBars
    panels: Mapping[str, Panel]
    legs: list[LegRow]
    pyramid: Pyramid | None
    leg_options: list[tuple[int, str]]
    plan_and_fact: PlanAndFact
    course: WhileItRan | None
    items: list[Shown]
    chapter: Chapter
    chapters: list[tuple[str, str]]
    details: dict[str, Any]
    assumed: str
    import_id: UUID | None
    checks: list[tuple[str, bool]]
    splits: list[SplitRow]
    fraction: Decimal
    other: UUID | None
    reasons: list[tuple[str, str]]
    note_kinds: list[tuple[str, str]]
    setups: list[str]
    act: str
    now: datetime
    zone: ZoneInfo
    desk: TradeDesk | None
    gallery: Gallery


def _chapters(told: Story) -> list[tuple[str, str]]:
    """What the timeline can be narrowed to: to orders only where there were any."""
    has_orders = bool(told.of(Chapter.ORDERS))
    return [(one.value, one.value.capitalize()) for one in Chapter if has_orders or one is not Chapter.ORDERS]


def page_of(
    seat: Seat,
    trade: Trade,
    now: datetime,
    *,
    chapter: Chapter = Chapter.ALL,
    timeframe: Timeframe = Timeframe.DAY,
    act: str = "",
    sent: Mapping[str, Form] | None = None,
) -> Page:
    """The page of a trade; `act` is the panel asked for, `sent` holds forms that were refused."""
    books = open_books(trade, seat.account)
    stops, legs = trades.stops_of(trade.id), list(trades.legs_of(trade.id))
    told = story_of(books)
    other = trades.open_trade_in(trade.account_id, trade.instrument_id)
    bars = chart.bars_of(books, timeframe, now)
    return Page(
        head=_head(seat, books, now),
        figures=_figures(books, seat, now),
        chart=chart.levels(books, course_of(books, stops), Axis(seat.zone, timeframe, bars.bars), deps.zone(), now),
        chart_label=chart.described(books, bars),
        bars=shown_bars(timeframe, bars, deps.zone(), now),
        panels=_panels(seat, books, legs, now, _Wanted(act, sent or {})),
        legs=tables.leg_rows(books, legs, seat.zone),
        pyramid=pyramid_of(books.position),
        leg_options=[(leg.number, _leg_option(leg, books)) for leg in legs],
        plan_and_fact=tables.plan_and_fact(told.slippages),
        course=tables.course(books),
        items=story.shown(told, chapter, books, seat.user.id, seat.zone),
        chapter=chapter,
        chapters=_chapters(told),
        details=details_of(trade),
        assumed=next((row.reason for row in stops if row.is_assumed), ""),
        import_id=trade.import_id,
        checks=[(answer.text, answer.checked) for answer in plans.responses_of(trade.id)],
        splits=tables.split_rows(splits.of_trade(seat, trade)),
        fraction=fraction_of(books),
        other=other.id if other and other.id != trade.id else None,
        reasons=[(reason.value, words.REASONS[reason].capitalize()) for reason in words.TOLD_REASONS],
        note_kinds=[(kind.value, kind.value.capitalize()) for kind in words.NOTES],
        setups=[setup.name for setup in plans.setups_of(seat.account.id)],
        act=act,
        now=now,
        zone=deps.zone(),
        desk=desk_of(seat, trade, now, deps.zone()),
        gallery=of_trade(seat, trade.id, trade.symbol),
    )


def _head(seat: Seat, books: Books, now: datetime) -> Head:
    trade, instrument = books.trade, books.instrument
    base = seat.account.base_currency
    return Head(
        id=trade.id,
        symbol=trade.symbol,
        direction=trade.direction,
        status=trade.status,
        chip=words.STATUS_CHIP[trade.status],
        about=" · ".join(filter(None, (instrument.name, trade.setup, _span(trade, seat, now)))),
        account=seat.account.name,
        mode=mode_of(seat.account.mode).value,
        base=base,
        currency=instrument.currency,
        fx=f"1 {instrument.currency} in {base}" if instrument.currency != base else "",
        zone=seat.zone,
        may_trade=seat.may_trade,
        last_price=trade.last_price,
        last_at=trade.last_price_at,
        stop=trade.stop,
        held=words.units(instrument.asset_type, books.position.quantity),
        leave=words.leave(trade.direction),
    )


def _span(trade: Trade, seat: Seat, now: datetime) -> str:
    today = local_date(now, seat.zone)
    if trade.opened_at is None:
        return f"planned {day(local_date(trade.planned_at, seat.zone), today)}"
    opened = local_date(trade.opened_at, seat.zone)
    end = trade.closed_on or today
    days = (end - opened).days
    return f"{day(opened)} to {day(end, today)}, {days} day{'' if days == 1 else 's'}"


def _figures(books: Books, seat: Seat, now: datetime) -> list[Figure]:
    match books.trade.status:
        case TradeStatus.ACTIVE:
            return figures.open_figures(books, seat)
        case TradeStatus.CLOSED:
            return figures.closed_figures(books, seat)
        case _:
            return figures.plan_figures(books, seat, now)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked of the page: a panel by name, and forms that were refused."""

    act: str
    sent: Mapping[str, Form]


def _panels(seat: Seat, books: Books, legs: list[Leg], now: datetime, wanted: _Wanted) -> dict[str, Panel]:
    """The panels that the trade's state and the address ask for; somebody who may only look has none."""
    if not seat.may_trade:
        return {}
    sent, act, status, zone = wanted.sent, wanted.act, books.trade.status, seat.zone
    found = {"note": panels.note_panel(books, sent.get("note"))}
    if status is TradeStatus.ACTIVE:
        found["stop"] = panels.stop_panel(books, sent.get("stop"))
        found["exit"] = panels.exit_panel(books, now, zone, sent.get("exit"), whole=act == "close")
        found["mark"] = panels.mark_panel(books, now, zone, sent.get("mark"))
    if may_be_told(books.trade, trades.stops_of(books.trade.id)):
        found["had"] = panels.had_panel(sent.get("had"))
    if books.position.fills and splits.may_be_split(books.instrument):
        found["split"] = panels.split_panel(sent.get("split"))
    if fraction_of(books):
        found["fraction"] = panels.fraction_panel(books, sent.get("fraction"))
    if status is TradeStatus.ACTIVE and act in ("add", "leg"):
        found["leg"] = panels.leg_panel(books, sent.get("leg"))
    asked = act == "entry" and status is not TradeStatus.CANCELLED
    if status in _UNFILLED or asked or _waits(books, legs):
        found["entry"] = panels.entry_panel(books, legs, now, zone, sent.get("entry"))
    return found


def _waits(books: Books, legs: list[Leg]) -> bool:
    return books.trade.status is TradeStatus.ACTIVE and any(unfilled(books, leg) for leg in legs)


def _leg_option(leg: Leg, books: Books) -> str:
    filled = any(lot.fill.leg == leg.number for lot in books.position.entries)
    return f"Leg {leg.number}" if filled else f"Leg {leg.number}, planned"
