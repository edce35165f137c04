"""What a request on **Manage licenses** stands on: the customer, who is selected, the draft, the matrix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from partner_center.changes.draft import get_draft
from partner_center.changes.matrix import matrix
from partner_center.changes.matrix_values import Matrix
from partner_center.customers.models import Customer
from partner_center.directory.selection import Chosen, get_selection
from partner_center.extensions import db
from partner_center.licensing.values import Wish
from partner_center.staff.actor import Actor
from partner_center.web.language import current_language
from partner_center.web.request import current_actor, get_customer


@dataclass(frozen=True, slots=True)
class Desk:
    """Read once per request."""

    customer: Customer
    actor: Actor
    chosen: Chosen
    wish: Wish
    drafted_at: datetime | None

    def matrix(self, wish: Wish | None = None) -> Matrix:
        """The products as they stand and as `wish` (the draft's by default) would leave them."""
        return matrix(
            db.session(),
            self.actor,
            self.customer.id,
            self.chosen.members,
            self.wish if wish is None else wish,
            language=current_language(),
        )


def open_desk(customer_id: int) -> Desk:
    """The desk of the signed-in person at this customer. Raises NotFound."""
    customer, actor = get_customer(customer_id), current_actor()
    draft = get_draft(db.session(), actor, customer.id)
    chosen = get_selection(db.session(), actor, customer.id)
    return Desk(customer, actor, chosen, draft.wish, draft.updated_at)
