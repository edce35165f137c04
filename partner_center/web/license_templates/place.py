"""Where a template belongs: to the partner, or to one customer."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from partner_center.customers.models import Customer


@dataclass(frozen=True, slots=True)
class Place:
    """`customer` is None for the partner's own, under Settings."""

    customer: Customer | None

    @property
    def customer_id(self) -> int | None:
        """The customer's, if there is one."""
        return self.customer.id if self.customer else None

    def url(self, page: str, template_id: int | None = None) -> str:
        """The address of `list`, `new`, `one` or `delete` here."""
        whose = "customer" if self.customer else "partner"
        endpoint = f"license_templates.{whose}_{page}"
        return url_for(endpoint, customer_id=self.customer_id, template_id=template_id)
