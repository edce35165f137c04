"""Finding users by a part of their name, addresses or department.

SQLite: an FTS5 table of trigrams beside the users, rowid = customer_id << 32 | number. It is contentless,
so a text leaves it by being told once more. PostgreSQL: LIKE on `directory_user.search_text`, by the
trigram index where the extension may be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, Select, bindparam, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from partner_center.directory.models import DirectoryUser
from partner_center.shared.bitmaps import from_numbers
from partner_center.shared.errors import Refusal
from partner_center.shared.names import fold

LONGEST_QUERY = 200
TRIGRAM = 3
SEARCH_TABLE = "directory_search"
TRIGRAM_INDEX = "ix_directory_user_search_text_trgm"

RARE = 300  # matches over all customers that are read to keep those of some
FEW = 5_000  # candidates that are looked at one by one rather than with everybody else
_NUMBER_BITS = 32
_CREATE_TABLE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {SEARCH_TABLE} "
    "USING fts5(text, content='', columnsize=0, tokenize='trigram')"
)
_CREATE_INDEX = (
    f"CREATE INDEX IF NOT EXISTS {TRIGRAM_INDEX} ON directory_user USING gin (search_text gin_trgm_ops)"
)
_MATCH = text(
    f"SELECT rowid FROM {SEARCH_TABLE} WHERE {SEARCH_TABLE} MATCH :terms "  # noqa: S608 - own constants
    "AND rowid BETWEEN :first AND :last"
)
_MATCH_FEW = text(f"{_MATCH.text} LIMIT :most")
_ADD = text(f"INSERT INTO {SEARCH_TABLE}(rowid, text) VALUES (:id, :text)")  # noqa: S608
_TAKE = text(
    f"INSERT INTO {SEARCH_TABLE}({SEARCH_TABLE}, rowid, text) VALUES ('delete', :id, :text)"  # noqa: S608
)


def create_search(connection: Connection) -> None:
    """Make what searching needs beside the tables; harmless when it is there."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(_CREATE_TABLE))
    elif _has_trigrams(connection):
        connection.execute(text(_CREATE_INDEX))


def drop_search(connection: Connection) -> None:
    """Undo `create_search`; an extension stays, others may use it."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(f"DROP TABLE IF EXISTS {SEARCH_TABLE}"))
    else:
        connection.execute(text(f"DROP INDEX IF EXISTS {TRIGRAM_INDEX}"))


def is_search_table(name: str | None) -> bool:
    """Whether a table or index belongs to the search rather than to a model."""
    return bool(name) and str(name).startswith((SEARCH_TABLE, TRIGRAM_INDEX))


def terms_of(query: str) -> tuple[str, ...]:
    """The parts that all have to be found, folded; the order does not matter, nor do repeats.

    Raises Refusal for a query of more than LONGEST_QUERY characters.
    """
    if len(query) > LONGEST_QUERY:
        raise Refusal(f"The search is too long. Use at most {LONGEST_QUERY} characters.")
    return tuple(sorted(set(fold(query).split())))


def find(session: Session, customer_id: int, terms: tuple[str, ...]) -> BitMap:
    """The living users of the customer in whose text every term occurs."""
    if session.get_bind().dialect.name != "sqlite":
        return _scan(session, customer_id, terms)
    long = [term for term in terms if len(term) >= TRIGRAM]
    short = tuple(term for term in terms if len(term) < TRIGRAM)
    if not long:
        return _scan(session, customer_id, short)
    found = _match(session, customer_id, long)
    if not short or not found:
        return found
    if len(found) > FEW:
        return found & _scan(session, customer_id, short)
    return _scan(session, customer_id, short, among=found)


def find_few(session: Session, customer_id: int, terms: tuple[str, ...], most: int) -> list[int] | None:
    """At most `most` numbers of users in whose text the longer terms occur, whichever come first.

    None where the index knows nothing of so few letters. Who is found may lack the shorter terms.
    """
    if session.get_bind().dialect.name != "sqlite":
        return [row[0] for row in session.execute(_like(customer_id, terms).limit(most))]
    long = [term for term in terms if len(term) >= TRIGRAM]
    if not long:
        return None
    found = session.execute(_MATCH_FEW, {**_asked(customer_id, long), "most": most})
    return [row[0] & (1 << _NUMBER_BITS) - 1 for row in found]


def find_across(
    session: Session, customer_ids: Sequence[int], terms: tuple[str, ...], most: int
) -> list[tuple[int, int]]:
    """At most `most` (customer id, number) of living users at these customers whose texts hold every term.

    By customer and number. Few matches are read at once and those of other customers passed over; of many,
    SQLite's index is asked once for each run of neighbouring ids, until enough are found. So neither many
    matches nor many customers in between cost much. Empty where no term is long enough for the index; who is
    found there may lack the shorter terms, and may have been deleted.
    """
    if not any(len(term) >= TRIGRAM for term in terms):
        return []
    if session.get_bind().dialect.name != "sqlite":
        return [(row.customer_id, row.number) for row in session.execute(_across(customer_ids, terms, most))]
    runs = list(_runs(customer_ids))
    if not runs:
        return []
    long = [term for term in terms if len(term) >= TRIGRAM]
    if len(runs) > 1:
        everybody = _match_run(session, (runs[0][0], runs[-1][1]), long, RARE)
        if len(everybody) < RARE:
            seen = set(customer_ids)
            return [one for one in everybody if one[0] in seen][:most]
    found: list[tuple[int, int]] = []
    for run in runs:
        found += _match_run(session, run, long, most - len(found))
        if len(found) >= most:
            break
    return found


def add_texts(session: Session, customer_id: int, texts: Iterable[tuple[int, str]]) -> None:
    """Make (number, search_text) findable."""
    _write(session, customer_id, texts, taking=False)


def take_texts(session: Session, customer_id: int, texts: Iterable[tuple[int, str]]) -> None:
    """Make (number, search_text) no longer findable; the text must be the one that was added."""
    _write(session, customer_id, texts, taking=True)


def _write(session: Session, customer_id: int, texts: Iterable[tuple[int, str]], *, taking: bool) -> None:
    if session.get_bind().dialect.name != "sqlite":
        return
    rows = [{"id": _row_id(customer_id, number), "text": text_} for number, text_ in texts]
    if rows:
        session.execute(_TAKE if taking else _ADD, rows)


def _match(session: Session, customer_id: int, terms: list[str]) -> BitMap:
    rows = session.execute(_MATCH, _asked(customer_id, terms))
    return _collect(row[0] & (1 << _NUMBER_BITS) - 1 for row in rows)


def _match_run(session: Session, run: tuple[int, int], terms: list[str], most: int) -> list[tuple[int, int]]:
    """The first matches at the customers from one id to another."""
    rows = session.execute(_MATCH_FEW, {**_asked(run[0], terms, run[1]), "most": most})
    return [(row[0] >> _NUMBER_BITS, row[0] & (1 << _NUMBER_BITS) - 1) for row in rows]


def _asked(customer_id: int, terms: list[str], last_id: int | None = None) -> dict[str, object]:
    return {
        "terms": " ".join('"' + term.replace('"', '""') + '"' for term in terms),
        "first": _row_id(customer_id, 0),
        "last": _row_id((last_id or customer_id) + 1, 0) - 1,
    }


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each row of neighbours: 1 2 3 7 8 are (1, 3) and (7, 8)."""
    first = last = None
    for number in sorted(numbers):
        if first is None or last is None or number != last + 1:
            if first is not None and last is not None:
                yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


def _scan(session: Session, customer_id: int, terms: tuple[str, ...], among: BitMap | None = None) -> BitMap:
    query = _like(customer_id, terms)
    if among is None:
        return _collect(row[0] for row in session.execute(query))
    wanted = query.where(DirectoryUser.number.in_(bindparam("among", expanding=True)))
    return _collect(row[0] for row in session.execute(wanted, {"among": list(among)}))


def _across(customer_ids: Sequence[int], terms: tuple[str, ...], most: int) -> Select[int, int]:
    return (
        select(DirectoryUser.customer_id, DirectoryUser.number)
        .where(
            DirectoryUser.customer_id.in_(customer_ids),
            DirectoryUser.deleted_at.is_(None),
            *(DirectoryUser.search_text.contains(term, autoescape=True) for term in terms),
        )
        .limit(most)
    )


def _like(customer_id: int, terms: tuple[str, ...]) -> Select[int]:
    return select(DirectoryUser.number).where(
        DirectoryUser.customer_id == customer_id,
        DirectoryUser.deleted_at.is_(None),
        *(DirectoryUser.search_text.contains(term, autoescape=True) for term in terms),
    )


def _collect(numbers: Iterator[int]) -> BitMap:
    return from_numbers(np.fromiter(numbers, dtype=np.uint32))


def _row_id(customer_id: int, number: int) -> int:
    return customer_id << _NUMBER_BITS | number


def _has_trigrams(connection: Connection) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError:  # not installed on the server, or not for us to install: LIKE works without
        return False
    return True
