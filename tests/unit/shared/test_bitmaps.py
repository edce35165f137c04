"""Sets of numbers and their way to bytes and numpy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from partner_center.shared import bitmaps

NUMBERS = st.sets(st.integers(1, 200_000), max_size=300)


@given(NUMBERS)
def test_a_stored_set_comes_back(numbers: set[int]) -> None:
    members = BitMap(numbers)
    assert bitmaps.load(bitmaps.dump(members)) == members == bitmaps.from_numbers(bitmaps.to_numbers(members))
    assert bitmaps.to_numbers(members).tolist() == sorted(numbers)


@given(NUMBERS, st.integers(1, 200_100))
def test_a_mask_tells_who_is_in_the_set(numbers: set[int], size: int) -> None:
    mask = bitmaps.to_mask(BitMap(numbers), size)
    assert set(np.flatnonzero(mask).tolist()) == {number for number in numbers if number < size}
    assert len(mask) == size


def test_a_million_in_a_row_take_a_few_bytes() -> None:
    assert len(bitmaps.dump(BitMap(range(1, 1_000_001)))) < 300


def test_an_order_is_stored_alike_on_every_machine() -> None:
    order = np.array([3, 1, 65_536], dtype=np.uint32)
    assert bitmaps.dump_order(order) == b"\x03\0\0\0\x01\0\0\0\0\0\x01\0"
    assert bitmaps.load_order(bitmaps.dump_order(order)).tolist() == [3, 1, 65_536]
