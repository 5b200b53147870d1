"""Brokers: one interface, a registry of adapters, the simulated exchange, and the manager that owns the connections."""
