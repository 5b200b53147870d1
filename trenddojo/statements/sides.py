"""Which side of the market a word means, and whether it opened or closed the position."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from trenddojo.domain.terms import Direction, Side
from trenddojo.statements.lines import Effect
from trenddojo.statements.values import BadValue

Told = tuple[Side, Effect | None]

_LETTERS = re.compile(r"[^a-z]+")
_GROUPS: Mapping[Told, str] = MappingProxyType(
    {
        (Side.BUY, None): "buy b bot bought long purchase purchased",
        (Side.SELL, None): "sell s sld sold short sale",
        (Side.BUY, Effect.OPEN): "buytoopen bto buyopen boughttoopen buylong",
        (Side.BUY, Effect.CLOSE): "buytoclose btc buytocover buycover cover covered bc buyclose boughttocover",
        (Side.SELL, Effect.OPEN): "selltoopen sto sellshort selltoshort shortsell soldshort ss sellopen",
        (Side.SELL, Effect.CLOSE): "selltoclose stc sellclose selllong soldtoclose",
    }
)
_SIDES: Mapping[str, Told] = MappingProxyType({word: told for told, words in _GROUPS.items() for word in words.split()})
_EFFECTS: Mapping[str, Effect | None] = MappingProxyType(
    {
        "": None,
        **dict.fromkeys(("o", "open", "toopen", "opening", "opened"), Effect.OPEN),
        **dict.fromkeys(("c", "close", "toclose", "closing", "closed"), Effect.CLOSE),
    }
)
_DIRECTIONS: Mapping[str, Direction] = MappingProxyType(
    {
        **dict.fromkeys(("l", "long", "b", "buy"), Direction.LONG),
        **dict.fromkeys(("s", "short", "sell"), Direction.SHORT),
    }
)


def side_of(text: str, name: str) -> Told:
    """The side that a word means, and what it did to the position where the word says so ("Sell Short", "BTC").

    `name` is the column's, for the sentence. Raises BadValue for another word.
    """
    told = _SIDES.get(_folded(text))
    if told is None:
        raise BadValue(f"{name}: “{text[:60]}” is no side. It should be a word such as Buy, Sell, Sell Short or Cover.")
    return told


def is_side(text: str) -> bool:
    """Whether a word means a side."""
    return _folded(text) in _SIDES


def effect_of(text: str, name: str) -> Effect | None:
    """What a fill did to the position, by a word of its own ("TO OPEN", "C"); None where empty. Raises BadValue."""
    folded = _folded(text)
    if folded not in _EFFECTS:
        raise BadValue(f"{name}: “{text[:60]}” is neither Open nor Close.")
    return _EFFECTS[folded]


def direction_of(text: str, name: str) -> Direction:
    """Which way a whole trade went ("L", "Short"). Raises BadValue."""
    found = _DIRECTIONS.get(_folded(text))
    if found is None:
        raise BadValue(f"{name}: “{text[:60]}” is neither long nor short.")
    return found


def _folded(text: str) -> str:
    return _LETTERS.sub("", text.casefold())
