"""Recurring work in the server's own process: APScheduler around one service call each."""

from trenddojo.jobs.scheduler import Scheduler

__all__ = ["Scheduler"]
