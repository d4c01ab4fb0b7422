"""A provider of our own, and ourselves before it."""

from clocks_moved import loop_clock
from stand_in_provider import providers, server

__all__ = ["loop_clock", "providers", "server"]
