"""Books beside a statement: what matches, what differs, and why it probably does."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.reconciling import (
    Cause,
    Figures,
    Finding,
    Held,
    Matter,
    compare,
    split_ratio,
    unexplained_cash,
)

D = Decimal
SINCE, AS_OF = date(2026, 1, 1), date(2026, 1, 31)


def figures(held: dict[str, Held] | None = None, realised: dict[str, str] | None = None, **sums: str) -> Figures:
    told = None if realised is None else {name: D(amount) for name, amount in realised.items()}
    return Figures(AS_OF, SINCE, held, told, {Matter(name): D(amount) for name, amount in sums.items()})


def held(quantity: str, average: str | None = None) -> Held:
    return Held(D(quantity), None if average is None else D(average))


def only(ours: Figures, theirs: Figures) -> Finding:
    (found,) = compare(ours, theirs)
    return found


def test_what_only_one_side_tells_is_not_compared() -> None:
    assert compare(figures({"A": held("1")}, cash="5"), figures(fees="3")) == ()
    assert compare(figures(None, {"A": "1"}), figures({}, None)) == ()


def test_a_position_that_one_side_lacks_is_zero_there() -> None:
    ours, theirs = figures({"A": held("10"), "B": held("5")}), figures({"B": held("5"), "C": held("-3")})
    found = {one.name: (one.difference, one.cause) for one in compare(ours, theirs)}
    assert found == {
        "A": (D("-10"), Cause.MISSING_FILLS),
        "B": (D(0), None),
        "C": (D("-3"), Cause.MISSING_FILLS),
    }


def test_a_split_shows_by_quantity_and_price() -> None:
    found = only(figures({"A": held("10", "400")}), figures({"A": held("40", "100.20")}))
    assert (found.cause, found.ratio) == (Cause.SPLIT, (4, 1))
    found = only(figures({"A": held("-100", "2")}), figures({"A": held("-10", "20")}))
    assert (found.cause, found.ratio) == (Cause.SPLIT, (1, 10))


def test_twice_as_many_at_the_same_price_were_bought() -> None:
    found = only(figures({"A": held("10", "400")}), figures({"A": held("20", "401")}))
    assert (found.cause, found.ratio) == (Cause.MISSING_FILLS, None)


@given(st.integers(1, 10_000), st.sampled_from([(2, 1), (3, 1), (20, 1), (3, 2), (1, 2), (1, 100)]), st.booleans())
def test_every_usual_split_is_recognised(lots: int, ratio: tuple[int, int], is_short: bool) -> None:
    new, old = ratio
    sign = -1 if is_short else 1
    before, after = Held(D(sign * lots * old), D("30")), Held(D(sign * lots * new), D("30") * old / new)
    assert split_ratio(before, after) == ratio
    assert split_ratio(before, before) is None
    assert split_ratio(before, Held(-after.quantity, after.average)) is None


def test_realised_follows_a_position_that_differs_else_other_lots_or_a_whole_round_trip() -> None:
    ours = figures({"A": held("10"), "B": held("1")}, {"A": "5", "B": "7", "D": "1.00"})
    theirs = figures({"A": held("20"), "B": held("1")}, {"A": "6", "B": "8", "C": "3", "D": "1"})
    found = {one.name: one.cause for one in compare(ours, theirs) if one.matter is Matter.REALISED}
    assert found == {"A": Cause.FOLLOWS, "B": Cause.OTHER_LOTS, "C": Cause.MISSING_FILLS, "D": None}


def test_cash_follows_from_fees_and_flows_that_differ() -> None:
    ours = figures(fees="10", deposits="100", withdrawals="0", cash="1000")
    theirs = figures(fees="12.50", deposits="150", withdrawals="20", cash="1027.50")
    found = {one.matter: one.cause for one in compare(ours, theirs)}
    assert found == {
        Matter.FEES: Cause.FEE,
        Matter.DEPOSITS: Cause.TRANSFER,
        Matter.WITHDRAWALS: Cause.TRANSFER,
        Matter.CASH: Cause.FOLLOWS,
    }
    assert unexplained_cash(compare(ours, theirs)) == 0


def test_cash_alone_is_a_transfer_and_beside_missing_fills_theirs() -> None:
    alone = only(figures(cash="10"), figures(cash="30"))
    assert (alone.cause, unexplained_cash((alone,))) == (Cause.TRANSFER, D("20"))
    ours, theirs = figures({"A": held("4")}, cash="10"), figures({"A": held("7")}, cash="5")
    assert [one.cause for one in compare(ours, theirs)] == [Cause.MISSING_FILLS, Cause.MISSING_FILLS]
    ours, theirs = figures(fees="1", cash="10"), figures(fees="2", cash="5")
    assert [one.cause for one in compare(ours, theirs)] == [Cause.FEE, Cause.UNKNOWN]
    assert unexplained_cash(compare(ours, theirs)) == D("-4")


MONEY = st.decimals(-1_000_000, 1_000_000, places=2)
SIDE = st.builds(
    lambda quantities, realised, sums: Figures(
        AS_OF, SINCE, {name: Held(quantity) for name, quantity in quantities.items()}, realised, sums
    ),
    st.dictionaries(st.sampled_from("ABCD"), st.decimals(-1000, 1000, places=3)),
    st.dictionaries(st.sampled_from("ABCD"), MONEY),
    st.dictionaries(st.sampled_from([one for one in Matter if one not in ("position", "realised")]), MONEY),
)


@given(SIDE)
def test_books_agree_with_themselves(side: Figures) -> None:
    assert all(one.matches and not one.difference for one in compare(side, side))


@given(SIDE, SIDE)
def test_a_difference_always_has_a_cause_and_nothing_else_has(ours: Figures, theirs: Figures) -> None:
    for one in compare(ours, theirs):
        assert one.matches == (one.ours == one.theirs)
