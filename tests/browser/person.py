"""What a member of staff does, in their own words. Notes what no page may do."""

from __future__ import annotations

import re
from typing import Self
from urllib.parse import quote, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request

PASSWORD = "several words that are long"
"""Of everybody who is invited here."""
ROLES = {
    "admin": "admin.agent@partner.example",
    "global": "global.admin@partner.example",
    "helpdesk": "helpdesk.agent@partner.example",
    "sales": "sales.agent@partner.example",
    "users": "user.admin@partner.example",
}


class Person:
    """One browser, one session."""

    def __init__(self, context: BrowserContext, url: str, script: bool) -> None:
        self.context = context
        self.url = url
        self.script = script
        self.strange: list[str] = []
        context.on("request", self._watch)
        context.on("console", self._hear)
        self.page: Page = context.new_page()

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:")):
            self.strange.append(f"asked {request.url}")

    def _hear(self, message: ConsoleMessage) -> None:
        expected = "the server responded with a status of 4" in message.text
        if message.type in ("error", "warning") and not expected:
            self.strange.append(f"the browser says: {message.text}")

    def check_nothing_strange(self) -> None:
        """No request left the console's own address, and the browser complained of nothing."""
        assert not self.strange, "\n".join(self.strange)

    def signs_in(self, role: str = "admin") -> Self:
        """With the demo's button for the role."""
        self.page.goto("/sign-in")
        self.page.locator(f'button[name=email][value="{ROLES[role]}"]').click()
        self.page.wait_for_url("**/customers**")
        return self

    def invites(self, name: str, email: str, domains: list[str]) -> str:
        """A helpdesk agent for the customers of these domains; gives the link they are to be sent."""
        self.follows("Staff").follows("Invite a person")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Helpdesk agent").check()
        self.page.get_by_label("These customers").check()
        self.page.get_by_label("Customers, one a line").fill("\n".join(domains))
        return self.presses("Invite").page.get_by_label("Link").input_value()

    def accepts(self, link: str) -> Self:
        """Sets the password that the invitation asks for."""
        self.page.goto(link)
        self.page.get_by_label("New password").fill(PASSWORD)
        self.page.get_by_label("The same again").fill(PASSWORD)
        return self.presses("Set the password")

    def gives_password(self, email: str) -> Self:
        """On the sign-in page in front, as somebody who was invited."""
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        return self.presses("Sign in")

    def opens(self, customer: str, query: str = "") -> Self:
        """The customer's **Users and licenses**, found by name in the list of customers."""
        self.page.goto(f"/customers?q={quote(customer)}")
        for name in (customer, re.compile("^Users and licenses$")):
            self.follows(name)
        if query:
            self.page.goto(self.page.url.split("?")[0] + "?" + query)
        return self

    @property
    def customer_path(self) -> str:
        """`/customers/N` of the page in front."""
        return "/".join(urlsplit(self.page.url).path.split("/")[:3])

    @property
    def domains(self) -> list[str]:
        """The domains in the list of customers in front."""
        return [one.inner_text() for one in self.page.locator("tbody .person-address").all()]

    @property
    def boxes(self) -> Locator:
        """The checkboxes of the users on this page."""
        return self.page.locator("tbody input[name=u]")

    def ticks(self, *rows: int) -> list[str]:
        """The users in these rows of the page, counted from 0; gives their names."""
        names = []
        for row in rows:
            self.boxes.nth(row).check()
            names.append(self.page.locator("tbody th[scope=row] a").nth(row).inner_text())
        return names

    def presses(self, label: str | re.Pattern[str]) -> Self:
        """The button of that name; the page that follows is there when this returns."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=label).first.click()
        return self

    def follows(self, label: str | re.Pattern[str]) -> Self:
        """The link of that name; the page that follows is there when this returns."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=label).first.click()
        return self

    def count_selected(self) -> int:
        """What the button **Selected users (N)** says."""
        label = self.page.get_by_role("button", name=re.compile(r"^Selected users")).inner_text()
        return int(re.sub(r"\D", "", label) or "0")

    def product(self, name: str) -> Locator:
        """The product's rows on **Manage licenses**."""
        return self.page.locator("tbody[data-product]", has=self.page.locator("bdi", has_text=exactly(name)))

    def chooses(self, product: str, label: str) -> Self:
        """A radio of the product: "Leave as is", "Assign to", "Revoke from"."""
        self.radio(product, label).check()
        return self

    def radio(self, product: str, label: str) -> Locator:
        """The product's radio whose name begins with `label`."""
        return self.product(product).get_by_role("radio", name=re.compile("^" + label))

    def reviews(self) -> Self:
        """The main button of **Manage licenses**, which says **Save** where there is nothing to review."""
        return self.presses(re.compile("^(Save(?! as)|Review)"))

    def understands(self) -> Self:
        """Ticks what a review wants to be confirmed, if it does."""
        for box in self.page.locator("#review input[type=checkbox][name=understood]").all():
            box.check()
        return self

    def saves(self) -> Self:
        """**Save**, or **Save 3 changes**; never **Save as template**."""
        return self.presses(re.compile("^Save(?! as)"))

    def waits_for_result(self) -> Self:
        """Until the change has finished; without script by the page's own **Refresh**."""
        for _ in range(60):
            if re.search(
                "Licenses updated|No licenses were updated|Nothing had to change|It is not known", self.h1
            ):
                return self
            self.page.wait_for_timeout(500)
            self.page.reload()
        raise AssertionError(f"no result after half a minute: {self.h1}")

    @property
    def h1(self) -> str:
        """The heading."""
        return self.page.locator("h1").inner_text()

    @property
    def text(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()


def exactly(text: str) -> re.Pattern[str]:
    """A pattern for this text and nothing around it."""
    return re.compile(f"^{re.escape(text)}$")
