"""The audit from outside: does the chain hold, and anchors that say later that it was whole now."""

from __future__ import annotations

from pathlib import Path

import structlog
from click import BadParameter, echo
from sqlalchemy.orm import Session, sessionmaker

from partner_center.audit import anchors
from partner_center.audit.anchors import Anchor
from partner_center.audit.verify import Point, Walk, newest
from partner_center.commands.console import open_console
from partner_center.config import Config
from partner_center.shared import clock

MOST_SAID = 100
log = structlog.get_logger(__name__)


def anchor_file(config: Config) -> Path:
    """Where the workers keep the anchors; copy it to another machine, or keep its lines from the log."""
    return config.var_dir / anchors.FILE_NAME


def keep_anchor(sessions: sessionmaker[Session], config: Config) -> Anchor | None:
    """Anchor the end of the chain, in the file and in the log, unless that is anchored already."""
    with sessions() as session:
        end = newest(session)
    last = anchors.newest_in(anchor_file(config))
    if end.number == 0 or (last is not None and last.point == end):
        return None
    anchor = anchors.make(config.secret_key, end, clock.now())
    anchors.append(anchor_file(config), anchor)
    log.info("audit anchor", entry=anchor.number, hash=anchor.hash, mac=anchor.mac)
    return anchor


def run_anchor(config: Config) -> None:
    """Keep an anchor now, and print the chain's end for whoever writes it down."""
    console = open_console(config)
    keep_anchor(console.sessions, config)
    with console.sessions() as session:
        end = newest(session)
    echo(f"{end.number}:{end.hash}")


def run_verify(config: Config, *, file: Path | None, noted: tuple[str, ...]) -> bool:
    """Print what does not hold and what can't be seen; whether all holds. `noted` came from `run_anchor`."""
    kept = file or anchor_file(config)
    points, troubles = _anchored(config.secret_key, kept)
    points += [_point(text) for text in noted]
    with open_console(config).sessions() as session:
        walk = Walk(session, points)
        for finding in walk.findings():
            troubles.append(finding.text)
    for trouble in troubles[:MOST_SAID]:
        echo(f"WRONG  {trouble}")
    if len(troubles) > MOST_SAID:
        echo(f"WRONG  {len(troubles) - MOST_SAID} more.")
    _say_what_was_seen(walk, points, kept)
    return not troubles


def _say_what_was_seen(walk: Walk, points: list[Point], file: Path) -> None:
    echo(f"{walk.counted} entries checked, the last is {walk.end.number}:{walk.end.hash}")
    if not points:
        echo(f"No anchor in {file}: entries cut off at the end, or a log written anew, would not be seen.")
        return
    last = max(point.number for point in points)
    echo(f"{len(points)} anchors checked, up to entry {last}.")
    if walk.end.number > last:
        echo(f"Entries cut off after {last}, or written anew from there on, would not be seen.")


def _anchored(secret: str, file: Path) -> tuple[list[Point], list[str]]:
    points: list[Point] = []
    troubles: list[str] = []
    for line, anchor in enumerate(anchors.read(file), 1):
        if anchor is None or not anchors.is_ours(secret, anchor):
            troubles.append(f"Line {line} of {file} was changed, or made with another secret key.")
        else:
            points.append(anchor.point)
    return points, troubles


def _point(text: str) -> Point:
    number, colon, digest = text.partition(":")
    if not (colon and number.isascii() and number.isdigit()):
        raise BadParameter(f"{text} is no line of: partner-center audit anchor")
    return Point(int(number), digest)
