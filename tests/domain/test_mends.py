"""What could be booked about a difference."""

from decimal import Decimal

import pytest

from trenddojo.domain.mends import Way, cash_kind, way_of
from trenddojo.domain.reconciling import Cause, Finding, Matter
from trenddojo.domain.terms import CashKind


def found(matter: Matter, difference: str, cause: Cause | None, ratio: tuple[int, int] | None = None) -> Finding:
    return Finding(matter, "", Decimal(0), Decimal(difference), cause, ratio)


@pytest.mark.parametrize(
    ("matter", "difference", "cause", "way"),
    [
        (Matter.POSITION, "0", None, None),
        (Matter.POSITION, "40", Cause.MISSING_FILLS, Way.FILL),
        (Matter.POSITION, "-40", Cause.MISSING_FILLS, Way.FILL),
        (Matter.POSITION, "300", Cause.SPLIT, Way.SPLIT),
        (Matter.REALISED, "12", Cause.FOLLOWS, None),
        (Matter.REALISED, "12", Cause.OTHER_LOTS, None),
        (Matter.REALISED, "12", Cause.MISSING_FILLS, None),
        (Matter.FEES, "3.20", Cause.FEE, Way.CASH),
        (Matter.FEES, "-3.20", Cause.FEE, Way.CASH),
        (Matter.DEPOSITS, "100", Cause.TRANSFER, Way.CASH),
        (Matter.DEPOSITS, "-100", Cause.TRANSFER, None),
        (Matter.WITHDRAWALS, "-100", Cause.TRANSFER, None),
        (Matter.DIVIDENDS, "-1", Cause.INCOME, Way.CASH),
        (Matter.CASH, "5", Cause.FOLLOWS, None),
        (Matter.CASH, "5", Cause.UNKNOWN, None),
        (Matter.CASH, "5", Cause.MISSING_FILLS, None),
        (Matter.CASH, "5", Cause.TRANSFER, Way.CASH),
    ],
)
def test_a_difference_is_mended_by_what_it_lacks(
    matter: Matter, difference: str, cause: Cause | None, way: Way | None
) -> None:
    assert way_of(found(matter, difference, cause)) is way


@pytest.mark.parametrize(
    ("matter", "difference", "cause", "kind"),
    [
        (Matter.CASH, "5", Cause.TRANSFER, CashKind.DEPOSIT),
        (Matter.CASH, "-5", Cause.TRANSFER, CashKind.WITHDRAWAL),
        (Matter.FEES, "-1", Cause.FEE, CashKind.FEE),
        (Matter.WITHDRAWALS, "9", Cause.TRANSFER, CashKind.WITHDRAWAL),
        (Matter.INTEREST, "9", Cause.INCOME, CashKind.INTEREST),
        (Matter.POSITION, "9", Cause.MISSING_FILLS, None),
    ],
)
def test_cash_has_the_kind_of_the_figure(matter: Matter, difference: str, cause: Cause, kind: CashKind | None) -> None:
    assert cash_kind(found(matter, difference, cause)) is kind
