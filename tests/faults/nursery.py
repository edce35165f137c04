"""A process that brings workers to life by fork: `partner-center worker` without its second of imports.

Reads one JSON object a line: {"life": …} starts a worker, {"stop": pid} ends one gently. Answers with a line
{"born": pid} and, whenever one has ended, {"died": pid, "status": …}. Ends itself, and them, with its input.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from partner_center.cloud.settings import CloudSettings
from partner_center.commands.console import Console, open_console
from partner_center.commands.workers import working
from partner_center.config import Config
from partner_center.serving import interruptible, listen, serve
from partner_center.web.journal import configure_logging
from tests.faults.tampering import Life, tamper


def config_from(data: dict[str, Any]) -> Config:
    """The configuration as `Rig.config_json` wrote it."""
    cloud = CloudSettings(**data.pop("cloud"))
    return Config(**{**data, "var_dir": Path(data["var_dir"]), "cloud": cloud})


def main() -> None:
    """Until the input ends."""
    data = json.loads(sys.argv[1])
    log = Path(data["var_dir"], "workers.log").open("a", encoding="utf-8")  # noqa: SIM115 - for good
    configure_logging(logging.INFO, stream=log)
    console = open_console(config_from(data))
    children: set[int] = set()
    try:
        while _serve(console, children):
            pass
    finally:
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _serve(console: Console, children: set[int]) -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], 0.02)
    _bury(children)
    if not readable:
        return True
    line = sys.stdin.buffer.raw.readline()  # type: ignore[attr-defined]
    if not line:
        return False
    order = json.loads(line)
    if "stop" in order:
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(order["stop"], signal.SIGTERM)
        return True
    pid = os.fork()
    if pid == 0:
        _live(console, Life.from_json(order["life"]))
    children.add(pid)
    _say({"born": pid})
    return True


def _bury(children: set[int]) -> None:
    for pid in list(children):
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone:
            children.discard(pid)
            _say({"died": pid, "status": os.waitstatus_to_exitcode(status)})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _live(console: Console, life: Life) -> None:
    """A worker's whole life, as `partner-center worker` lives it; or that of `serve --no-workers`."""
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    status = 1
    try:
        tamper(life)
        with contextlib.suppress(KeyboardInterrupt), interruptible():
            if life.serve_on:
                serve(console.app, listen("127.0.0.1", life.serve_on))
            else:
                with working(console):
                    threading.Event().wait()
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
