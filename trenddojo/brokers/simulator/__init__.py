"""The simulated exchange: a market that is a pure function of symbol and time, and an account that trades on it."""
