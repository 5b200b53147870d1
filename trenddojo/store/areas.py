"""What the audit log tells acts apart by."""

from enum import StrEnum


class Area(StrEnum):
    """What an act is about. Where one act changes several tables, the area that comes first here names it."""

    BROKERS = "brokers"
    PEOPLE = "people"
    SIGN_IN = "sign_in"
    ACCOUNTS = "accounts"
    RISK = "risk"
    TRADING = "trading"
