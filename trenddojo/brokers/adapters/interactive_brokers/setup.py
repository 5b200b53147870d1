"""What a person sets up in TWS or IB Gateway before connecting. Source: IBKR, "TWS API: initial setup"."""

from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.spec import SetupStep
from trenddojo.domain.terms import Mode


def _of(mode: Mode, kind: str, tws: int, gateway: int) -> tuple[SetupStep, ...]:
    modes = frozenset({mode})
    return (
        SetupStep(text=f"Start TWS or IB Gateway, and sign in to your {kind} account.", modes=modes),
        SetupStep(
            text="Open Configure > Settings > API > Settings, in TWS Global Configuration > API > Settings:",
            switches=(
                ("Enable ActiveX and Socket Clients", "ticked; IB Gateway has no such box"),
                ("Read-Only API", "not ticked"),
                ("Socket port", f"{tws} in TWS, {gateway} in IB Gateway, and the same here"),
                ("Trusted IPs", "this server's address, if it is another machine"),
            ),
            modes=modes,
        ),
    )


SETUP = (
    *_of(Mode.PAPER, "paper", 7497, 4002),
    *_of(Mode.LIVE, "live", 7496, 4001),
    SetupStep(
        text="Under API > Precautions tick Bypass Order Precautions for API Orders, or some orders wait for a click."
    ),
    SetupStep(
        text="Under Lock and Exit choose Auto restart: it then begins anew every day by itself, and asks for a sign-in "
        "once a week."
    ),
)

NEXT_STEPS = {
    BrokerErrorCode.GATEWAY_NOT_RUNNING: "Start TWS or IB Gateway there and sign in to it. We try again by ourselves.",
    BrokerErrorCode.AUTHENTICATION_FAILED: "Sign in to the right account there, then try again.",
}
