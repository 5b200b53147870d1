"""The table of an order's moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.order_states import ADOPTIONS, MOVES, IllegalMove, OrderState, check_move, state_of
from trenddojo.domain.orders import OrderStatus

states = st.sampled_from(OrderState)


@given(before=states, after=states, is_adoption=st.booleans())
def test_only_what_the_table_allows(before: OrderState, after: OrderState, is_adoption: bool) -> None:
    allowed = after in MOVES[before] or (is_adoption and after in ADOPTIONS.get(before, ()))
    if allowed:
        check_move(before, after, is_adoption=is_adoption)
    else:
        with pytest.raises(IllegalMove):
            check_move(before, after, is_adoption=is_adoption)


@given(walk=st.lists(st.integers(0, 20), min_size=1, max_size=12))
def test_a_walk_ends_in_an_end_and_never_leaves_it(walk: list[int]) -> None:
    at = OrderState.CREATED
    for step in walk:
        choices = sorted(MOVES[at])
        if at.is_final:
            assert choices == []
            break
        at = choices[step % len(choices)]


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(MOVES) == set(OrderState)
    assert set().union(*MOVES.values()) == set(OrderState)


def test_nothing_ends_by_inference() -> None:
    doubtful = (OrderState.UNKNOWN, OrderState.SUBMITTING)
    assert OrderState.DENIED not in set().union(*(MOVES[one] for one in doubtful))
    assert OrderState.CREATED not in MOVES[OrderState.UNKNOWN]  # an unknown is never sent again


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_has_a_state_but_an_unknown_word(status: OrderStatus) -> None:
    assert (state_of(status) is None) == (status is OrderStatus.UNKNOWN)
