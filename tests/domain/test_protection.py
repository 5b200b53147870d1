"""What of a position has no working stop."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.protection import Guard, Held, protection_of

D = Decimal
quantities = st.integers(0, 100).map(Decimal)
positions = st.lists(st.tuples(quantities, st.booleans()), max_size=4)
guards = st.lists(st.tuples(st.integers(1, 4), quantities, st.booleans()), max_size=5)


def held(quantity: int, leg: int = 1, stop: str | None = "95") -> Held:
    return Held(leg, D(quantity), D(stop) if stop else None)


def guard(quantity: int, leg: int = 1, *, number: int = 1, family: bool = False) -> Guard:
    return Guard(UUID(int=number), leg, D(quantity), family)


def test_what_no_stop_covers_is_missing_by_leg() -> None:
    found = protection_of([held(100), held(50, leg=2)], [guard(60), guard(50, leg=2, number=2)])
    assert (found.missing, found.unguarded, found.is_complete) == ({1: D(40)}, D(40), False)


def test_a_leg_without_a_planned_stop_is_not_missed() -> None:
    assert protection_of([held(100, stop=None)], []).is_complete


def test_a_stop_closes_whatever_is_held() -> None:
    assert protection_of([held(50), held(50, leg=2)], [guard(100)]).is_complete


def test_what_is_left_over_is_idle_the_brokers_own_last() -> None:
    found = protection_of([held(100)], [guard(30, number=1), guard(100, number=2, family=True)])
    assert [one.order_id for one in found.idle] == [UUID(int=1)]
    assert (found.excess, found.is_complete) == (0, True)


def test_a_guard_that_would_close_too_much_is_told() -> None:
    assert protection_of([held(40)], [guard(100)]).excess == 60


@given(position=positions, working=guards)
def test_missing_and_covered_add_up(
    position: list[tuple[Decimal, bool]], working: list[tuple[int, Decimal, bool]]
) -> None:
    legs = [Held(leg, quantity, D(1) if stop else None) for leg, (quantity, stop) in enumerate(position, 1)]
    found = protection_of(legs, [Guard(UUID(int=n), *one) for n, one in enumerate(working)])
    wanted = sum((leg.quantity for leg in legs if leg.stop is not None), D(0))
    covered = sum((one.quantity for one in found.kept), D(0))
    assert found.unguarded == max(D(0), found.unguarded)
    assert found.unguarded >= wanted - covered
    assert all(quantity > 0 for quantity in found.missing.values())
    total = sum((leg.quantity for leg in legs), D(0))
    assert covered - found.excess <= total
