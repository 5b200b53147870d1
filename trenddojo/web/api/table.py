"""All operations of the API, in the order in which they are described."""

from trenddojo.web.api import (
    accounts,
    attachments,
    audit,
    bars,
    brokers,
    cash,
    fills,
    management,
    members,
    orders,
    rates,
    reconciliations,
    reports,
    risk,
    sizing,
    splits,
    statements,
    trades,
)

GROUPS = (
    accounts.group,
    risk.group,
    cash.group,
    members.group,
    brokers.group,
    sizing.group,
    trades.group,
    fills.group,
    management.group,
    splits.group,
    attachments.group,
    orders.group,
    statements.group,
    reports.group,
    rates.group,
    bars.group,
    reconciliations.group,
    audit.group,
)
OPERATIONS = tuple(operation for group in GROUPS for operation in group.operations)
