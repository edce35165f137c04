"""A few people whose texts match while somebody types: quick in a tenant of any size, and it says when there
may be more.

A list of users finds everybody and counts them. Typing needs ten names at once, so here few candidates are
looked at: the first that the index finds, or the beginning of the alphabet where letters are too few for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.directory import search
from partner_center.directory.facets import FacetSet, facets
from partner_center.directory.listing import sorted_numbers
from partner_center.directory.models import DirectoryUser
from partner_center.directory.orders import whole_order
from partner_center.directory.values import UserSort
from partner_center.shared.names import fold

SHORTEST = 2
"""Letters from which on something is looked for (screens, 7.10)."""

RARE = 50
"""So many of those whom the index finds are looked at."""

STEPS = (100, 400)
"""So many names from the start of the alphabet are read at once, first a few: common letters are soon met."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """User numbers, best first. `cut`: there may be others, more letters will tell."""

    numbers: tuple[int, ...]
    cut: bool


def suggest(
    session: Session, customer_id: int, query: str, language: str = "en", limit: int = 10
) -> Suggested:
    """At most `limit` living users in whose texts every part of `query` occurs, by name.

    Those with a word that begins so come first. Of very many only some are looked at, among them those who
    have the words one behind the other as they were typed. Raises Refusal for a query that is too long.
    """
    terms = search.terms_of(query)
    if len("".join(terms)) < SHORTEST:
        return Suggested((), False)
    few = search.find_few(session, customer_id, terms, RARE + 1)
    if few is None:
        found, cut = _walk(session, facets(session, customer_id), terms, language, limit)
    else:
        found, cut = _matching(session, customer_id, few, terms), len(few) > RARE
        if cut and len(terms) > 1:
            as_typed = search.find_few(session, customer_id, (" ".join(fold(query).split()),), RARE)
            found |= _matching(session, customer_id, as_typed or [], terms)
    by_name = sorted_numbers(session, customer_id, BitMap(found), language, limit=len(found) or 1)
    best = sorted(by_name, key=lambda number: not _begins(found[number], terms))
    return Suggested(tuple(best[:limit]), cut or len(best) > limit)


def _walk(
    session: Session, view: FacetSet, terms: tuple[str, ...], language: str, limit: int
) -> tuple[dict[int, str], bool]:
    """Matches at the beginning of the alphabet; whether anybody was not looked at."""
    order = whole_order(session, view, UserSort.NAME, language)
    found: dict[int, str] = {}
    start = 0
    for size in STEPS:
        found |= _matching(session, view.customer_id, order[start : start + size].tolist(), terms)
        start += size
        if len(found) > limit:
            break
    return found, start < len(order)


def _matching(
    session: Session, customer_id: int, numbers: list[int], terms: tuple[str, ...]
) -> dict[int, str]:
    """The texts of those among `numbers` in which every term occurs."""
    rows = session.execute(
        select(DirectoryUser.number, DirectoryUser.search_text).where(
            DirectoryUser.customer_id == customer_id,
            DirectoryUser.number.in_(numbers),
            DirectoryUser.deleted_at.is_(None),
        )
    )
    return {number: text for number, text in rows if all(term in text for term in terms)}


def _begins(text: str, terms: tuple[str, ...]) -> bool:
    """Whether each term begins a word: who is called so comes before whose address has the letters."""
    return all(text.startswith(term) or f" {term}" in text for term in terms)
