"""Sets of user numbers as compressed bitmaps, and their way to bytes and to numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

Numbers = NDArray[np.uint32]
Mask = NDArray[np.bool_]

STORED_NUMBER = np.dtype("<u4")
"""How a number lies in the database, whatever the machine."""


def dump(members: BitMap) -> bytes:
    """The portable Roaring format, runs packed. Does not change `members`."""
    packed = members.copy()
    packed.run_optimize()
    return bytes(packed.serialize())


def load(data: bytes) -> BitMap:
    """The set that `dump` wrote."""
    return BitMap.deserialize(data)


def to_numbers(members: BitMap) -> Numbers:
    """The members in ascending order."""
    return np.frombuffer(members.to_array(), dtype=np.uint32)


def to_mask(members: BitMap, size: int) -> Mask:
    """`mask[number]` tells whether `number` is in the set, for numbers below `size`."""
    mask = np.zeros(size, dtype=np.bool_)
    numbers = to_numbers(members)
    mask[numbers[: np.searchsorted(numbers, size)]] = True
    return mask


def from_numbers(numbers: Numbers) -> BitMap:
    """The set of these numbers."""
    return BitMap(np.ascontiguousarray(numbers, dtype=np.uint32).data)


def dump_order(numbers: Numbers) -> bytes:
    """A sequence of numbers as packed little-endian 32-bit integers."""
    return numbers.astype(STORED_NUMBER, copy=False).tobytes()


def load_order(data: bytes) -> Numbers:
    """The sequence that `dump_order` wrote; read-only."""
    return np.frombuffer(data, dtype=STORED_NUMBER).astype(np.uint32, copy=False)
