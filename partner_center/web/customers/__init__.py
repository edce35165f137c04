"""Customers: the list to choose from, and the overview of one."""

from partner_center.web.customers.views import blueprint

__all__ = ["blueprint"]
