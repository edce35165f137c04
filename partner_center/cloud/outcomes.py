"""What it means for what was asked, when a whole call failed. Pure."""

from __future__ import annotations

from partner_center.cloud.errors import CloudError, OutcomeUnknown, Rejected, Throttled, WrongTenant
from partner_center.cloud.port import Answer, Reason, Verdict
from partner_center.cloud.wire.batch import UNKNOWN, refusal
from partner_center.cloud.wire.refusals import Trouble


def answer_to(error: CloudError) -> Answer:
    """The answer to each request of an unsafe call that ended in this error.

    Only a lost answer leaves doubt; whatever else is no refusal kept the call from being done, and asking
    again later is right. Raises the error itself where it is a `WrongTenant`.
    """
    if isinstance(error, WrongTenant):
        raise error
    if isinstance(error, OutcomeUnknown):
        return UNKNOWN
    if isinstance(error, Rejected):
        return refusal(error.status, Trouble(error.code, error.message), request_id=error.request_id)
    wait = error.retry_after if isinstance(error, Throttled) else None
    reached = isinstance(error, Throttled)
    return Answer(Verdict.THROTTLED, Reason.BUSY, str(error), retry_after=wait, reached=reached)
