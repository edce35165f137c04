"""Licenses as a plain list of the same rows would show them: the names of the products, by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any


def product_names(database: str) -> dict[str, str]:
    """What each product is called, read once as the app starts."""
    with sqlite3.connect(database) as connection:
        return dict(
            connection.execute(
                "SELECT s.sku_id, coalesce(p.name, s.part_number) FROM subscribed_sku s"
                " LEFT JOIN product p ON p.sku_id = s.sku_id"
            ).fetchall()
        )


def in_words(licenses: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """`licenses` as a holding keeps them."""
    return ", ".join(sorted(names[one["sku"]] for one in licenses))
