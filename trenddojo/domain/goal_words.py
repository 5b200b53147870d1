"""A goal in plain English."""

from decimal import Decimal

from trenddojo.domain.figures import money, quantity
from trenddojo.domain.goals import GoalKind, GoalPeriod


def asked(kind: GoalKind, target: Decimal, period: GoalPeriod, currency: str) -> str:
    """What a goal asks: "Earn 2,000.00 USD a month"."""
    count = quantity(target)
    match kind:
        case GoalKind.GAIN_MONEY:
            return f"Earn {money(target)} {currency} a {period}"
        case GoalKind.GAIN_PERCENT:
            return f"Earn {count}% a {period}"
        case GoalKind.RESULT_R:
            return f"Close trades with {count}R a {period}"
        case GoalKind.JOURNAL_DAYS:
            return f"Write the journal on {count} {'day' if target == 1 else 'days'} a {period}"
        case GoalKind.DRAWDOWN:
            return f"Draw down at most {count}% in a {period}"
        case GoalKind.LOSSES_IN_A_ROW:
            return f"At most {count} {'loss' if target == 1 else 'losses'} in a row in a {period}"
        case GoalKind.STOPS_LOOSENED:
            if not target:
                return f"Loosen no stop in a {period}"
            return f"Loosen at most {count} {'stop' if target == 1 else 'stops'} in a {period}"
