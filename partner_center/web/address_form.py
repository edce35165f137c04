"""The form that takes a list of e-mail addresses, typed or as a file, and what became of the list."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField  # WTForms' own takes a text that was sent for a file
from wtforms import TextAreaField

from partner_center.directory.address_lists import AddressList, read_file, read_text
from partner_center.directory.addresses import AddressMatch
from partner_center.shared.errors import Refusal
from partner_center.web.wording import _

SHOWN = 200
"""How many addresses that matched nobody are listed; the count tells the rest."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Addresses that led to nobody, or could not be read. `left` of them are not listed."""

    count: int
    shown: tuple[str, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a list of addresses. `new` counts those who were not selected before."""

    found: int
    new: int
    duplicates: int
    unknown: Unmatched
    unreadable: Unmatched


class AddressForm(FlaskForm):  # type: ignore[misc]
    """Either box will do; a chosen file wins."""

    addresses = TextAreaField(_l("E-mail addresses"), render_kw={"rows": 8, "spellcheck": "false"})
    file = FileField(_l("Or a file"), render_kw={"accept": ".csv,.txt,text/csv,text/plain"})

    def read(self) -> AddressList | None:
        """The addresses that were sent; None with the reason beside its box when there are none."""
        upload = self.file.data
        try:
            if upload:
                return read_file(upload.read())
            if self.addresses.data and self.addresses.data.strip():
                return read_text(self.addresses.data)
        except Refusal as refusal:
            box = self.file if upload else self.addresses
            box.errors = [_(str(refusal))]
            return None
        self.addresses.errors = [_("Enter at least one e-mail address, or choose a file.")]
        return None


def added_by(match: AddressMatch, given: AddressList, *, new: int) -> Added:
    """What became of the addresses that were `given`; `new` of those found were not there before."""
    return Added(
        found=len(match.found),
        new=new,
        duplicates=len(match.duplicates),
        unknown=_unmatched(tuple(match.unknown)),
        unreadable=_unmatched(given.unreadable),
    )


def _unmatched(pieces: tuple[str, ...]) -> Unmatched:
    return Unmatched(len(pieces), pieces[:SHOWN], max(0, len(pieces) - SHOWN))
