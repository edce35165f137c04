"""`partner-center sandbox faults`: turning a running sandbox's faults on and off, by its own door."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import click
from click import ClickException, UsageError, echo

from partner_center.commands.data_folder import default_folder
from partner_center.commands.sandbox_process import HOST, SandboxFiles

USUAL_PORT = 5050
_UNSAID = {"id", "fault", "met", "fired"}
_USUAL = {"chance": 1.0, "when": "before", "path": "*"}


@dataclass(frozen=True, slots=True)
class FaultDoor:
    """The sandbox that listens on `port`. Every method prints; ClickException where it does not answer."""

    port: int

    @classmethod
    def at(cls, port: int | None) -> Self:
        """At this port; without one where the demo's sandbox listens, else at the usual one."""
        return cls(port or SandboxFiles(default_folder()).last_port() or USUAL_PORT)

    def show(self) -> None:
        """What is switched on."""
        _tell(self._ask("GET", "faults"))

    def add(self, rule: Mapping[str, Any]) -> None:
        """Switch one on."""
        body = dict(rule)
        if "edit" in body:
            try:
                body["edit"] = json.loads(body["edit"])
            except ValueError as problem:
                raise UsageError(f"--edit is no JSON: {problem}") from problem
        _tell(self._ask("POST", "faults", body))

    def clear(self, rule_id: int | None) -> None:
        """Switch one or all off."""
        _tell(self._ask("POST", "faults/clear", {} if rule_id is None else {"id": rule_id}))

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Sequence[Mapping[str, Any]]:
        data = None if body is None else json.dumps(body).encode()
        url = f"http://{HOST}:{self.port}/sandbox/{path}"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
                rules: Sequence[Mapping[str, Any]] = json.load(answer)["faults"]
        except urllib.error.HTTPError as refused:
            with refused:
                raise ClickException(json.load(refused)["error"]) from refused
        except OSError as problem:
            raise ClickException(
                f"No sandbox answers on port {self.port}. Give --port, or start one: partner-center sandbox"
            ) from problem
        return rules


def _tell(rules: Sequence[Mapping[str, Any]]) -> None:
    for rule in rules:
        details = " ".join(
            f"{name}={value}"
            for name, value in rule.items()
            if name not in _UNSAID and value and value != _USUAL.get(name) and _matters(rule["fault"], name)
        )
        echo(f"{rule['id']:>3}  {rule['fault']:<13} struck {rule['fired']} of {rule['met']} calls  {details}")
    if not rules:
        echo("No faults are switched on.")


def _matters(fault: str, name: str) -> bool:
    """Whether the setting means anything for the fault."""
    return {"seconds": fault == "slow", "status": fault == "error", "edit": fault == "edit"}.get(name, True)


@click.group()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Of the sandbox. [default: the demo's, else 5050]"
)
@click.pass_context
def faults(ctx: click.Context, port: int | None) -> None:
    """Make a running sandbox misbehave; docs/sandbox.md says how each fault looks."""
    ctx.obj = FaultDoor.at(port)


@faults.command("list")
@click.pass_obj
def list_faults(door: FaultDoor) -> None:
    """Show what is switched on, how many calls it met and how many of them it struck."""
    door.show()


@faults.command("add")
@click.argument("fault")
@click.option("--path", help="Which calls: a glob such as '/graph/v1.0/$batch'. Any by default.")
@click.option("--method", help="Only GET, POST, PATCH or DELETE.")
@click.option("--tenant", help="Only in this customer's tenant.")
@click.option("--when", type=click.Choice(["before", "after"]), help="Before or after it was carried out.")
@click.option("--chance", type=click.FloatRange(0, 1), help="The probability for each call.")
@click.option("--seed", type=int, help="For the dice of --chance.")
@click.option("--nth", type=click.IntRange(1), multiple=True, help="Just the nth call. May be repeated.")
@click.option("--next", type=click.IntRange(1), help="At most so many calls.")
@click.option("--status", type=click.IntRange(400, 599), help="For error: 500, 503 …")
@click.option("--retry-after", type=click.IntRange(0), help="Seconds that a 429 or 503 asks to wait.")
@click.option("--seconds", type=click.FloatRange(0, 600), help="For slow.")
@click.option("--edit", help="For edit: the JSON of a POST to /sandbox/edit.")
@click.pass_obj
def add_fault(door: FaultDoor, /, **rule: Any) -> None:
    """Switch FAULT on.

    One of throttle, error, slow, drop, malformed, lose_batch, missing_item, expire_token, edit.
    """
    door.add({name: value for name, value in rule.items() if value not in (None, ())})


@faults.command("clear")
@click.option("--id", "rule_id", type=int, help="Only this one.")
@click.pass_obj
def clear_faults(door: FaultDoor, rule_id: int | None) -> None:
    """Switch them off, with their last counts."""
    door.clear(rule_id)
