"""What a test can switch on the venue."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(kw_only=True, eq=False)
class Switches:
    """All off: the venue behaves as the reference says.

    `replaced_quantity` is how a replacement of a partly filled order counts: "rest" takes the quantity for the new
    total and works for what is missing to it, "carried" also carries the filled quantity over, "anew" buys the
    quantity once more.
    """

    hold_fills: bool = False
    """Nothing fills by itself, and no immediate order ends unfilled."""
    hold_cancels: bool = False
    """What was cancelled stays `pending_cancel`."""
    hold_routing: bool = False
    """What was placed stays `pending_new` or `accepted`."""
    stop_wakes: bool = False
    """A bracket's stop becomes `new` with the take-profit, instead of staying `held`."""
    replacements_fail: bool = False
    """A replacement is answered with 200, then `rejected`; the old order lives on."""
    replaced_quantity: Literal["rest", "carried", "anew"] = "rest"
    shares_execution_ids: bool = False
    """A fill has the same UUID in the stream and among the activities."""
    skew: timedelta = timedelta()
    """How far the venue's clock is ahead."""
    same_instant: bool = False
    """All that happens at a reading of the test's clock has the same time."""
    sip_allowed: bool = False
    """Whether the plan includes the recent SIP feed."""
    rate_limit: int | None = None
    """How many requests a minute are answered; None counts none."""
