"""A trading desk for small teams of swing and trend traders."""

__version__ = "0.1.0"
