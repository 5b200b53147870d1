"""Orders: all of them, one of them, those of a trade, and the reconciliation with the broker."""
