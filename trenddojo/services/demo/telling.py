"""What the demo's trader writes down about his trades, and when."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from trenddojo.domain import figures
from trenddojo.domain.fills import FIRST_LEG, Fill
from trenddojo.domain.terms import Direction, ExitReason, NoteKind, TradeStatus
from trenddojo.services.demo.holding import Holding
from trenddojo.services.demo.signals import Setup
from trenddojo.services.demo.story import Exit, LegPlan, Note, Plan, StopMove, Story
from trenddojo.services.demo.words import SENTENCES, Words

_TAGS = {
    Setup.BREAKOUT: ("base 6w+", "leader", "volume", "weekly high"),
    Setup.PULLBACK: ("20d", "leader", "retest"),
    Setup.EARNINGS: ("post-earnings", "gap", "volume"),
    Setup.BREAKDOWN: ("weak sector", "failed base"),
}
_EXIT_DECKS = {
    ExitReason.STOP_LOSS: "exit stop",
    ExitReason.TRAILING_STOP: "exit trail",
    ExitReason.TARGET: "exit target",
    ExitReason.MANUAL: "exit time",
}


class Telling:
    """Adds the trader's words and tags to trades as they go on."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"{seed}:telling")
        self.words = Words(Random(f"{seed}:words"))

    def thesis(self, plan: Plan) -> str:
        """Why a plan was made, and what it risks."""
        signal = plan.signal
        facts = {
            "symbol": signal.listing.symbol,
            "name": signal.listing.name,
            "group": signal.listing.group,
            "level": figures.price(signal.level),
            "stop": figures.price(signal.stop),
            "target": figures.price(signal.targets[0]),
            "quantity": figures.quantity(plan.sizing.quantity),
            "risk": f"{figures.money(plan.sizing.loss_at_stop)} USD",
        }
        about = "halved" if plan.sizing.halved else "risk"
        return f"{self.words.say(f'why {signal.setup}', **facts)} {self.words.say(about, **facts)}"

    def tags(self, plan: Plan) -> list[str]:
        """One or two tags that fit a plan's setup."""
        found = self._rng.sample(_TAGS[plan.signal.setup], self._rng.choice((1, 1, 2)))
        return [*found, "half size"] if plan.sizing.halved else found

    def planned(self, holding: Holding) -> None:
        """Write the thesis of a plan that has just filled."""
        holding.note(NoteKind.ENTRY, holding.plan.planned_at, self.thesis(holding.plan))
        holding.tags += self.tags(holding.plan)

    def unfilled(self, plan: Plan, status: TradeStatus, *notes: Note) -> Story:
        """A plan that has not filled, with its thesis."""
        signal, at = plan.signal, plan.planned_at
        return Story(
            plan=plan,
            status=status,
            legs=(LegPlan(FIRST_LEG, at, signal.entry, plan.sizing.quantity, signal.stop),),
            moves=(StopMove(FIRST_LEG, at, None, signal.stop),),
            notes=(Note(NoteKind.ENTRY, at, self.thesis(plan)), *notes),
            tags=tuple(self.tags(plan)),
        )

    def cancelled(self, plan: Plan, at: datetime) -> Story:
        """A plan that was given up, and why."""
        return self.unfilled(plan, TradeStatus.CANCELLED, Note(NoteKind.REVIEW, at, self.words.say("cancelled")))

    def chased(self, holding: Holding, at: datetime, slip: Decimal) -> None:
        """Own up to an entry beyond its limit."""
        holding.tags.append("chased")
        holding.note(NoteKind.MANAGEMENT, at + timedelta(minutes=9), self.words.say("chase", slip=figures.price(slip)))

    def added(self, holding: Holding, leg: LegPlan) -> None:
        """Say why the position grows."""
        note = self.words.say(
            "add",
            level=figures.price(leg.entry),
            quantity=figures.quantity(leg.quantity),
            stop=figures.price(leg.stop),
        )
        holding.note(NoteKind.MANAGEMENT, leg.planned_at, note)
        holding.tags.append("scaled in")

    def froze(self, holding: Holding, at: datetime) -> None:
        """A stop was passed and nothing done."""
        holding.tags.append("late exit")
        note = self.words.say("late", symbol=holding.listing.symbol)
        holding.note(NoteKind.MANAGEMENT, at + timedelta(minutes=20), note)

    def overrode(self, holding: Holding, at: datetime, new: Decimal) -> None:
        """Loosen the stop, with the reason on record."""
        holding.set_stop(FIRST_LEG, at, new, self.words.say("override"), is_override=True)
        holding.note(NoteKind.MANAGEMENT, at, self.words.say("override note"))
        holding.tags.append("override")

    def waited(self, holding: Holding, at: datetime) -> None:
        """Now and then, a line about doing nothing."""
        if self._rng.random() < 0.05:
            deck = self._deck(holding, "patience" if holding.r < Decimal("0.5") else "patience up")
            holding.note(NoteKind.MANAGEMENT, at, self.words.say(deck, symbol=holding.listing.symbol))

    def reason(self, holding: Holding, *, to_entry: bool) -> str:
        """Why a stop goes where it goes."""
        return self.words.say("to entry" if to_entry else self._deck(holding, "raise"))

    def left(self, holding: Holding, fill: Fill, reason: ExitReason) -> None:
        """Keep why a fill left, and write about a target or the end of the trade."""
        holding.exits.append(Exit(fill.key, reason))
        if holding.is_open:
            if reason is ExitReason.TARGET:
                note = self.words.say(self._deck(holding, "target"), target=figures.price(fill.price))
                holding.note(NoteKind.MANAGEMENT, fill.at + timedelta(minutes=1), note)
            return
        if self._rng.random() < 0.9 or holding.leaves_late:
            deck = "late exit" if holding.leaves_late else self._deck(holding, self._exit_deck(holding, reason))
            note = self.words.say(deck, **self._result(holding), price=figures.price(fill.price))
            holding.note(NoteKind.EXIT, fill.at + timedelta(minutes=self._rng.randint(2, 14)), note)

    def _exit_deck(self, holding: Holding, reason: ExitReason) -> str:
        """By the reason, but nobody calls a loss a ride."""
        if "override" in holding.tags and holding.r < -1:
            return "override exit"
        lost = reason is ExitReason.TRAILING_STOP and holding.r < 0
        return "exit stop" if lost else _EXIT_DECKS[reason]

    def review(self, holding: Holding, now: datetime) -> None:
        """Write a review on the weekend after a trade was closed, if that has come, and not of every trade."""
        closed_at = holding.position.fills[-1].at
        saturday = closed_at + timedelta(days=5 - closed_at.weekday())
        at = saturday.replace(hour=10, minute=self._rng.randint(0, 59))
        is_lesson = bool({"chased", "late exit", "override"} & set(holding.tags))
        if at <= now and (is_lesson or self._rng.random() < 0.8):
            holding.note(NoteKind.REVIEW, at, self.words.say(self._review_deck(holding), **self._result(holding)))

    def _review_deck(self, holding: Holding) -> str:
        if "late exit" in holding.tags:
            return "late review"
        if "chased" in holding.tags:
            return "chase review"
        if "override" in holding.tags and holding.r < -1:
            return "override review"
        if abs(holding.r) < Decimal("0.4"):
            return "review scratch"
        return self._deck(holding, "review win" if holding.r > 0 else "review loss")

    def _result(self, holding: Holding) -> dict[str, str]:
        """What a closed trade came to, as sentences say it."""
        sign = "+" if holding.r > 0 else ""
        days = (holding.position.fills[-1].at - holding.opened_at).days
        return {
            "symbol": holding.listing.symbol,
            "group": holding.listing.group,
            "setup": holding.plan.signal.setup.value,
            "quality": str(holding.plan.quality),
            "r": f"{sign}{figures.number(holding.r, 2)}R",
            "days": str(max(1, days)),
        }

    def _deck(self, holding: Holding, about: str) -> str:
        """The deck for shorts where there is one of their own."""
        own = f"{about} short"
        return own if holding.direction is Direction.SHORT and own in SENTENCES else about
