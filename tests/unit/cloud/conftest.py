"""Microsoft, answering from recordings: an address nobody has recorded an answer for can't be reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from partner_center.cloud.connect import Microsoft, connect
from tests.unit.cloud import recorded


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """The recordings; tokens of the usual tenants are there already."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        recorded.answer_tokens(mock, recorded.PARTNER, recorded.CUSTOMER)
        yield mock


@pytest.fixture
def bare_wire() -> Iterator[responses.RequestsMock]:
    """The recordings, with no token yet."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def cloud() -> Microsoft:
    """The real client with Microsoft's own addresses."""
    return connect(recorded.settings())
