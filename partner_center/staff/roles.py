"""The five roles of a partner's staff. Pure."""

from enum import StrEnum


class Role(StrEnum):
    """Microsoft's partner roles that may manage customers' licences (mission S1)."""

    ADMIN_AGENT = "admin_agent"
    GLOBAL_ADMIN = "global_admin"
    HELPDESK_AGENT = "helpdesk_agent"
    SALES_AGENT = "sales_agent"
    USER_MANAGEMENT_ADMIN = "user_management_admin"


class Scope(StrEnum):
    """Which customers a member of staff may see."""

    ALL = "all"
    RESELLER = "reseller"
    LISTED = "listed"
