"""Which hosts are this machine."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names of this machine: the only ones that are reached without encryption."""
