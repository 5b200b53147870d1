"""Prices of the market: what is wanted of them, how they come, and what is read from them."""
