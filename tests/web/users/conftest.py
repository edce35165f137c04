"""A customer with people to page through, and the person who does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.directory import selection
from partner_center.staff import queries as staff
from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient

PEOPLE = 60
"""More than two pages of 25. `Person 01` has number 1, and so on; names sort as numbers do."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Signed in as the admin, at Fjord's list of users."""

    page: PageClient
    session: Session
    cast: Cast
    sku: str

    @property
    def fjord(self) -> Customer:
        return self.cast.fjord

    @property
    def path(self) -> str:
        return f"/customers/{self.fjord.id}/users"

    def get(self, query: str = "") -> Page:
        return self.page.get(f"{self.path}?{query}" if query else self.path)

    def press(self, shown: Page, button: str, *ticked: int, **values: object) -> Page:
        """Leave exactly `ticked` ticked on the page that is shown, and press a button of its form."""
        form = shown.form("/users/selection")
        return self.page.submit(form, button=button, u=[str(number) for number in ticked], **values)

    def selected(self, customer_id: int | None = None) -> set[int]:
        """Whom the admin has selected, as the database has it now."""
        self.session.rollback()
        actor = staff.find_actor(self.session, self.cast.admin.id)
        assert actor
        return set(selection.get_selection(self.session, actor, customer_id or self.fjord.id).members)

    def select(self, *numbers: int) -> None:
        """Have these selected, too."""
        self.session.rollback()
        actor = staff.find_actor(self.session, self.cast.admin.id)
        assert actor
        selection.change(self.session, actor, self.fjord.id, add=BitMap(numbers))
        self.session.commit()


def seat(page: PageClient, cast: Cast, make: Make) -> str:
    """Give Fjord its PEOPLE and sign the admin in; the SKU that every third person has.

    Every tenth has no location.
    """
    sku = make.product("E3")
    people = [
        make.user(
            f"Person {number:02d}",
            *([sku] if number % 3 == 0 else []),
            usage_location=None if number % 10 == 0 else "NO",
        )
        for number in range(1, PEOPLE + 1)
    ]
    make.users(cast.fjord, *people)
    make.skus(cast.fjord, make.sku(sku, enabled=30, consumed=20))
    page.sign_in(cast.admin)
    return sku


@pytest.fixture
def desk(page: PageClient, session: Session, cast: Cast, make: Make) -> Desk:
    """Fjord with its people, nobody selected yet."""
    return Desk(page, session, cast, seat(page, cast, make))
