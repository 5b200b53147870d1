"""All operations of the API, in the order in which they are described."""

from trenddojo.web.api import accounts, cash, fills, management, members, reports, risk, sizing, trades

GROUPS = (
    accounts.group,
    risk.group,
    cash.group,
    members.group,
    sizing.group,
    trades.group,
    fills.group,
    management.group,
    reports.group,
)
OPERATIONS = tuple(operation for group in GROUPS for operation in group.operations)
