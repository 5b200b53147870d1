"""The room of exchange rates."""
