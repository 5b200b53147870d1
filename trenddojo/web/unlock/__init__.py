"""Unlocking live trading with the password, and locking it again."""
