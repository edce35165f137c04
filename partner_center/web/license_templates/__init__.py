"""**Templates**: named bundles of products and services, under Settings and under a customer's Licenses."""

from partner_center.web.license_templates.views import blueprint

__all__ = ["blueprint"]
