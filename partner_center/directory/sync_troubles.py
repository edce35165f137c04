"""Why a customer could not be synced, in words for the page that shows its copy. Pure."""

from __future__ import annotations

from partner_center.cloud.errors import AccessDenied, CloudError, Throttled, Unreachable

NO_ACCESS = "Microsoft does not let us read this customer. Ask the customer to renew your access."
BUSY = "Microsoft asked us to wait. The next sync goes on from here."
UNREACHABLE = "Microsoft did not answer. Refresh to try again."
UNUSABLE = "Microsoft's answer could not be used. Refresh to try again."
OUR_FAULT = "The sync stopped because of a fault here. Refresh to try again."

SENTENCES = (NO_ACCESS, BUSY, UNREACHABLE, UNUSABLE, OUR_FAULT)
"""All of them, for the catalogue of translations."""


def sentence_for(error: Exception) -> str:
    """The sentence for what stopped a sync; Microsoft's own words stay in the log."""
    if isinstance(error, AccessDenied):
        return NO_ACCESS
    if isinstance(error, Throttled):
        return BUSY
    if isinstance(error, Unreachable):
        return UNREACHABLE
    return UNUSABLE if isinstance(error, CloudError) else OUR_FAULT
