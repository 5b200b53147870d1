"""What a test can switch on the gateway, at its making (`gateway(clock, read_only=True)`) or at any time after."""

from dataclasses import dataclass, field
from typing import Literal

Login = Literal["ready", "hung"]
Times = Literal["zone", "utc", "old"]
Access = Literal["live", "delayed", "delayed_off", "api_only", "none", "competing", "silent"]


@dataclass(kw_only=True, eq=False)
class Switches:
    """All at their defaults: the gateway behaves as the reference says, and answers at once."""

    server_version: int = 176
    """The highest version it speaks; the highest common one is agreed on."""
    login: Login = "ready"
    """`hung`: after the handshake nobody is let in, as while a person is asked something at the screen."""
    is_silent: bool = False
    """Nothing at all is sent on any connection; what comes is done."""
    keeps_dead_clients: bool = False
    """A client's id stays taken after its connection has ended, until `forget_clients`."""
    master_client_id: int | None = None
    """The client that is told of all clients' orders and fills."""
    read_only: bool = False
    """"Read-Only API" is ticked: no orders, neither sent nor told."""
    hold_fills: bool = False
    """Nothing fills by itself, and no immediate order ends unfilled."""
    hold_cancels: bool = False
    """What was cancelled stays PendingCancel."""
    hold_acceptance: bool = False
    """What was placed stays PendingSubmit, without a permId, and nothing is told of it."""
    commission_after: int | None = 0
    """After how many further messages from clients a fill's commission is reported; None waits for
    `release_commissions`."""
    commissions_last: bool = False
    """Asked for executions, the gateway reports commissions after the end of the list instead of in it."""
    hard_to_borrow: dict[str, str] = field(default_factory=dict)
    """Shares by name whose short sales are held with whyHeld "locate", and in which status."""
    allows_fractions: bool = False
    times: Times = "zone"
    """How executions are stamped: 20241122 10:00:00 US/Eastern, 20241122-15:00:00, or 20241122  10:00:00."""
    access: dict[str, Access] = field(default_factory=dict)
    """Market data by name, where it is not live: `delayed` where asked for, `delayed_off` (10168), `api_only` (10089),
    `none` (354), `competing` (10197), or accepted and `silent`."""
    history_pacing: bool = False
    """Historical requests are counted, and refused (162) where there are too many."""
    message_rate: int | None = None
    """How many messages a second a client may send, 50 in life; None counts none. Real seconds."""
    account_ready: bool = True
    """Whether the figures can be trusted yet: the value AccountReady."""
