"""The form that takes a list of e-mail addresses, typed or as a file."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FileField, TextAreaField

from partner_center.directory.address_lists import AddressList, read_file, read_text
from partner_center.shared.errors import Refusal
from partner_center.web.wording import _


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
