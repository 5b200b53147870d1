"""Toy without request limits, for traffic that no person makes."""

from dataclasses import replace

from tests.brokers.toy.toy_broker import SPEC as TOY
from trenddojo.brokers.spec import RateLimits

SPEC = replace(TOY, limits=RateLimits(otherwise=1_000_000))
