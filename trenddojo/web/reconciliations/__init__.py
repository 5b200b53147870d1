"""Comparisons of an account's books with its broker: made, looked back at, and their differences mended."""
