"""Brokers: connections as they stand, and the form that makes one."""
