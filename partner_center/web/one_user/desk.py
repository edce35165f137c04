"""What **Licenses and apps** of a person stands on: who it is, what they have, what is set, not saved."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.draft import clear_draft, get_draft, set_draft
from partner_center.changes.matrix import matrix
from partner_center.changes.matrix_values import Matrix
from partner_center.changes.situation import Names, Situation, holder_of, look, names_for
from partner_center.directory import listing
from partner_center.directory.desks import user_desk
from partner_center.directory.values import UserRow
from partner_center.licensing.holders import Holder, License, OwnedPlan
from partner_center.licensing.values import Wish
from partner_center.staff.actor import Actor
from partner_center.web.language import current_language


@dataclass(frozen=True, slots=True)
class UserDesk:
    """Read once per request; `holder` is the person as the licensing engine sees them."""

    session: Session
    actor: Actor
    customer_id: int
    user: UserRow
    holder: Holder
    situation: Situation
    wish: Wish

    @property
    def name(self) -> str:
        """Its name among the desks."""
        return user_desk(self.user.number)

    @property
    def members(self) -> BitMap:
        """The one person."""
        return BitMap([self.user.number])

    def held(self, sku_id: str) -> License | None:
        """What they have of the product."""
        return self.holder.licenses.get(sku_id)

    def apps(self, sku_id: str) -> tuple[OwnedPlan, ...]:
        """The services inside the product that can be set for a person; none where it is not owned now."""
        product = self.situation.context.products.get(sku_id)
        return product.switchable if product else ()

    def matrix(self, wish: Wish) -> Matrix:
        """The engine's figures over the one person."""
        place = self.session, self.actor, self.customer_id
        return matrix(*place, self.members, wish, language=current_language())

    def names(self) -> Names:
        """What the services of all products are called."""
        plans = self.situation.context.plan_names
        return names_for(self.session, self.situation, plans=plans)

    def keep(self, wish: Wish) -> None:
        """Keep what is set. Raises Forbidden and Refusal."""
        set_draft(self.session, self.actor, self.customer_id, wish, desk=self.name)

    def forget(self) -> None:
        """Set everything back to what the person has."""
        clear_draft(self.session, self.actor, self.customer_id, desk=self.name)


def open_desk(session: Session, actor: Actor, customer_id: int, number: int) -> UserDesk:
    """The desk of that person. Raises NotFound where the customer has nobody of that number."""
    user = listing.get_user(session, customer_id, number)
    return UserDesk(
        session=session,
        actor=actor,
        customer_id=customer_id,
        user=user,
        holder=holder_of(user.licenses, user.usage_location, guest=user.guest),
        situation=look(session, customer_id),
        wish=get_draft(session, actor, customer_id, desk=user_desk(number)).wish,
    )
