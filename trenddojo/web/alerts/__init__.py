"""Alerts: what a person should know, and the bell that rings for it."""
