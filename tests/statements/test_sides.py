"""Words for the sides of the market."""

from __future__ import annotations

import pytest

from trenddojo.domain.terms import Direction, Side
from trenddojo.statements.lines import Effect
from trenddojo.statements.sides import direction_of, effect_of, is_side, side_of
from trenddojo.statements.values import BadValue


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Buy", (Side.BUY, None)),
        ("BOT", (Side.BUY, None)),
        ("sld", (Side.SELL, None)),
        ("SS", (Side.SELL, Effect.OPEN)),
        ("Sell Short", (Side.SELL, Effect.OPEN)),
        ("Buy to Cover", (Side.BUY, Effect.CLOSE)),
        ("BTO", (Side.BUY, Effect.OPEN)),
        ("sell_to_close", (Side.SELL, Effect.CLOSE)),
    ],
)
def test_sides(text: str, told: tuple[Side, Effect | None]) -> None:
    assert side_of(text, "Side") == told
    assert is_side(text)


def test_other_words_are_refused() -> None:
    for bad in ("", "hold", "buyer", "=buy()x", "-"):
        with pytest.raises(BadValue, match="Side"):
            side_of(bad, "Side")
        assert not is_side(bad)
    with pytest.raises(BadValue, match="Effect"):
        effect_of("sideways", "Effect")
    with pytest.raises(BadValue, match="Way"):
        direction_of("up", "Way")


def test_effects_and_directions() -> None:
    assert [effect_of(text, "Effect") for text in ("TO OPEN", "C", "", "closing")] == [
        Effect.OPEN,
        Effect.CLOSE,
        None,
        Effect.CLOSE,
    ]
    assert [direction_of(text, "Way") for text in ("L", "Short")] == [Direction.LONG, Direction.SHORT]
