"""Passwords, tokens, and the vault of broker credentials."""
