"""A small tree of a page's elements, and what every page owes its readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
PRODUCT = "Partner Center console"


@dataclass(slots=True)
class Element:
    """A tag with its attributes and what is inside, in order."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list)
    parent: Element | None = None

    def walk(self) -> Iterator[Element]:
        """Every element below, in the order of the page."""
        waiting = self.inside[::-1]
        while waiting:
            child = waiting.pop()
            if isinstance(child, Element):
                yield child
                waiting.extend(reversed(child.inside))

    def all(self, *tags: str, **attrs: str) -> list[Element]:
        """The elements below with one of these tags (any, if none) and all of these attributes."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        found = [element for element in self.walk() if not tags or element.tag in tags]
        for name, value in wanted.items():
            found = [element for element in found if element.attrs.get(name) == value]
        return found

    def one(self, *tags: str, **attrs: str) -> Element:
        """The only such element."""
        found = self.all(*tags, **attrs)
        assert len(found) == 1, f"{len(found)} elements instead of one: {tags} {attrs}"
        return found[0]

    @property
    def text(self) -> str:
        """The words inside, with single spaces."""
        parts = (child if isinstance(child, str) else child.text for child in self.inside)
        return " ".join(" ".join(parts).split())

    @property
    def ancestors(self) -> Iterator[Element]:
        """From the parent up."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#page")
        self.at = self.root
        self.complaints: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        if len(names) != len(set(names)):
            self.complaints.append(f"<{tag}> has an attribute twice: {names}")
        element = Element(tag, {name: value or "" for name, value in attrs}, parent=self.at)
        self.at.inside.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.at = self.at.parent or self.root

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.at.tag != tag:
            self.complaints.append(f"</{tag}> closes <{self.at.tag}>")
            return
        self.at = self.at.parent or self.root

    def handle_data(self, data: str) -> None:
        self.at.inside.append(data)


def parse(html: str) -> tuple[Element, list[str]]:
    """The tree, and complaints about tags that do not match."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    if builder.at is not builder.root:
        builder.complaints.append(f"<{builder.at.tag}> is never closed")
    return builder.root, builder.complaints


def complaints_about(html: str, page: Element, unmatched: list[str]) -> list[str]:
    """What is wrong with a whole page, of which `parse` said the rest; empty when nothing is."""
    complaints = list(unmatched)
    if not html.lstrip().lower().startswith("<!doctype html>"):
        complaints.append("no doctype")
    for judge in (_head, _ids, _labels, _forms, _inline, _names, _tables):
        complaints += judge(page)
    return complaints


def _head(page: Element) -> Iterator[str]:
    if not page.one("html").attrs.get("lang"):
        yield "no lang"
    headings = page.all("h1")
    if len(headings) != 1 or not headings[0].text:
        yield f"{len(headings)} h1 instead of one with words"
    parts = page.one("title").text.split(" – ")
    if len(parts) < 2 or parts[-1] != PRODUCT or not all(parts):
        yield f"title is not '[state –] page – [customer –] {PRODUCT}': {parts}"
    if len(page.all("main")) != 1:
        yield "not exactly one main"


def _ids(page: Element) -> Iterator[str]:
    ids = Counter(element.attrs["id"] for element in page.walk() if "id" in element.attrs)
    yield from (f"id {name!r} is there {times} times" for name, times in ids.items() if times > 1 or not name)
    pointers = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "form")
    for element in page.walk():
        targets = [name for pointer in pointers for name in element.attrs.get(pointer, "").split()]
        if element.tag == "a" and element.attrs.get("href", "").startswith("#"):
            targets.append(element.attrs["href"][1:])
        yield from (f"<{element.tag}> points to #{name}, not there" for name in targets if name not in ids)


def _labels(page: Element) -> Iterator[str]:
    named = {label.attrs["for"] for label in page.all("label") if "for" in label.attrs and label.text}
    for control in page.all("input", "select", "textarea"):
        if control.attrs.get("type") in {"hidden", "submit", "button", "image"}:
            continue
        wrapped = any(above.tag == "label" and above.text for above in control.ancestors)
        said = control.attrs.get("aria-label") or control.attrs.get("aria-labelledby")
        if not (wrapped or said or control.attrs.get("id") in named):
            yield f"no label: <{control.tag} name={control.attrs.get('name')}>"


def _forms(page: Element) -> Iterator[str]:
    for form in page.all("form"):
        if any(above.tag == "form" for above in form.ancestors):
            yield "a form in a form"
        method = form.attrs.get("method", "get").lower()
        tokens = [field.attrs.get("value") for field in form.all("input", name="csrf_token")]
        if method == "post" and (len(tokens) != 1 or not tokens[0]):
            yield f"POST form to {form.attrs.get('action')} has {len(tokens)} CSRF tokens"
        if method == "get" and tokens:
            yield f"GET form to {form.attrs.get('action')} leaks the CSRF token into the address"
        if not form.attrs.get("action"):
            yield "a form without an action"


def _inline(page: Element) -> Iterator[str]:
    for element in page.walk():
        if element.tag == "style" or (element.tag == "script" and "src" not in element.attrs):
            yield f"inline <{element.tag}>"
        yield from (
            f"<{element.tag} {name}=…>" for name in element.attrs if name == "style" or name.startswith("on")
        )
        for name in ("href", "src", "action", "formaction"):
            if "download" in element.attrs and element.attrs.get(name, "").startswith("data:text/plain;"):
                continue  # a file that the page brings along: nothing is opened
            if element.attrs.get(name, "").strip().lower().startswith(("javascript:", "data:", "http", "//")):
                yield f"{name} leaves the site: {element.attrs[name]}"


def _names(page: Element) -> Iterator[str]:
    for element in page.all("a", "button", "summary"):
        pictures = any("alt" in image.attrs for image in element.all("img"))
        if not (element.text or element.attrs.get("aria-label") or pictures):
            yield f"<{element.tag}> without words: {element.attrs}"
    yield from (f"<img> without alt: {image.attrs}" for image in page.all("img") if "alt" not in image.attrs)


def _tables(page: Element) -> Iterator[str]:
    for table in page.all("table"):
        if not (table.all("caption") or table.attrs.get("aria-label") or table.attrs.get("aria-labelledby")):
            yield "a table without a caption"
        if not all(cell.attrs.get("scope") for cell in table.all("th")):
            yield "a th without scope"
