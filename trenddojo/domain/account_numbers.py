"""Account numbers at brokers, as far as they are shown."""

from trenddojo.domain.terms import Mode

_GAP = "…"


def masked(number: str, mode: Mode) -> str:
    """An account's number at its broker, its middle left out unless the account is simulated: `PA3…7XQK`.

    What is masked already stays as it is.
    """
    if mode is Mode.MOCK or _GAP in number:
        return number
    return f"{number[:3]}{_GAP}{number[-4:]}" if len(number) > 8 else f"{_GAP}{number[-3:]}"
