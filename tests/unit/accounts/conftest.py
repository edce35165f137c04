"""The desk of these tests."""

from tests.unit.accounts.desk import desk

__all__ = ["desk"]
