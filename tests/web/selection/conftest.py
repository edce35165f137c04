"""The same desk as the users' list, at the page of the selected."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient
from tests.web.users.conftest import Desk, seat


@dataclass(frozen=True, slots=True)
class SelectedDesk(Desk):
    """At Fjord's selected users."""

    @property
    def path(self) -> str:
        return f"/customers/{self.fjord.id}/selected"

    def press(self, shown: Page, button: str, *ticked: int, **values: object) -> Page:
        """As on the list, in the form of this page."""
        form = shown.form("/selected")
        return self.page.submit(form, button=button, u=[str(number) for number in ticked], **values)


@pytest.fixture
def selected(page: PageClient, session: Session, cast: Cast, make: Make) -> SelectedDesk:
    """Fjord with its people, nobody selected yet."""
    return SelectedDesk(page, session, cast, seat(page, cast, make))
