"""A trading desk for small teams of swing and trend traders."""
