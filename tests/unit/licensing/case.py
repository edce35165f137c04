"""Reading the case files: a few facts, a wish, and what must come of it, one of each a line.

product E3: EXO TEAMS             also: [company] [suspended] [self-service]; a plan as TEAMS(company)
exclusive EXO2 EXO1               needs PHONE: TEAMS SKYPE          prohibited CALLS: TR CN
user location NO                  or: user location none
has E3 off EXO                    or: has E3 by Sales, has E3 and by Sales
wish assign E3 on EXO off TEAMS   or: wish revoke E3, wish leave E3 off EXO, wish location NO missing
then assign E3 off TEAMS          what is sent; or "already …", "… fails: reason …", "loses mailbox"
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from partner_center.catalog.rules import Rules
from partner_center.cloud.port import Reason
from partner_center.licensing.decide import Decision, Judged, decide
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import Context, Holder, License, OwnedPlan, OwnedProduct
from partner_center.licensing.losses import losses_of
from partner_center.licensing.values import LocationScope, LocationWish, Op, PlanMode, ProductWish, Wish

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))


def guid(name: str) -> str:
    """The id that stands for a short name in every case."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


@dataclass
class Case:
    """A parsed file. `expected` are its `then` lines."""

    products: dict[str, OwnedProduct] = field(default_factory=dict)
    exclusions: list[frozenset[str]] = field(default_factory=list)
    dependencies: dict[str, frozenset[str]] = field(default_factory=dict)
    prohibited: dict[str, frozenset[str]] = field(default_factory=dict)
    location: str | None = None
    licenses: dict[str, License] = field(default_factory=dict)
    wishes: dict[str, ProductWish] = field(default_factory=dict)
    wished_location: LocationWish | None = None
    expected: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def id(self, name: str) -> str:
        self.names[guid(name)] = name
        return guid(name)

    def decide(self) -> tuple[Decision, Context]:
        rules = Rules(tuple(self.exclusions), self.dependencies, self.prohibited)
        context = Context(self.products, rules)
        holder = Holder(self.licenses, self.location)
        return decide(holder, Wish(self.wishes, self.wished_location), context), context

    def outcome(self) -> list[str]:
        decision, context = self.decide()
        lines = [self._line(judged) for judged in decision.judged]
        lines += [f"loses {loss}" for loss in sorted(losses_of(decision.prospect, context))]
        return lines or ["nothing"]

    def _line(self, judged: Judged) -> str:
        deed, problem = judged.deed, judged.problem
        words = ["already"] if deed.already else []
        words += [deed.kind.value, self.names[deed.sku_id] if deed.sku_id else str(deed.location)]
        words += self._plans("off", deed.off) if deed.kind is not DeedKind.PLANS else self._switched(deed)
        words += ["by group"] if deed.by_group else []
        if problem is None:
            return " ".join(words)
        plans = sorted(self.names[plan] for plan in problem.plans)
        if problem.reason == Reason.DEPENDENCY:  # the plan that needs comes first, what it needs after it
            first = self.names[problem.plans[0]]
            plans = [first, *(name for name in plans if name != first)]
        about = [*(self.names[sku] for sku in problem.others), *plans]
        about += [problem.country] if problem.country else []
        return " ".join([*words, "fails:", str(problem.reason), *about])

    def _switched(self, deed: Deed) -> list[str]:
        return self._plans("on", deed.turned_on) + self._plans("off", deed.turned_off)

    def _plans(self, word: str, plans: tuple[str, ...]) -> list[str]:
        return [word, *sorted(self.names[plan] for plan in plans)] if plans else []


def read(path: Path) -> Case:
    case = Case()
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word in READERS:
            READERS[word](case, " ".join(rest.split()))
    return case


def _product(case: Case, text: str) -> None:
    head, plans = text.split(":")
    name, *marks = head.split()
    case.products[case.id(name)] = OwnedProduct(
        case.id(name),
        applies_to="Company" if "[company]" in marks else "User",
        status="Suspended" if "[suspended]" in marks else "Enabled",
        self_service="[self-service]" in marks,
        plans=tuple(OwnedPlan(case.id(plan), plan) for plan in plans.split()),
    )


def _exclusive(case: Case, text: str) -> None:
    case.exclusions.append(frozenset(case.id(plan) for plan in text.split()))


def _needs(case: Case, text: str) -> None:
    plan, needed = text.split(":")
    case.dependencies[case.id(plan)] = frozenset(case.id(name) for name in needed.split())


def _prohibited(case: Case, text: str) -> None:
    thing, countries = text.split(":")
    case.prohibited[case.id(thing)] = frozenset(countries.split())


def _user(case: Case, text: str) -> None:
    value = text.removeprefix("location ")
    case.location = None if value == "none" else value


def _has(case: Case, text: str) -> None:
    match = re.fullmatch(r"(\S+)( and)?( by (\S+))?( off (.+))?", text)
    assert match, text
    name, also, group, off = match[1], match[2], match[4], (match[6] or "").split()
    case.licenses[case.id(name)] = License(
        case.id(name),
        direct=group is None or also is not None,
        groups=(group,) if group else (),
        off=frozenset(case.id(plan) for plan in off),
    )


def _wish(case: Case, text: str) -> None:
    verb, name, *rest = text.split()
    if verb == "location":
        case.wished_location = LocationWish(name, LocationScope(rest[0]))
        return
    modes: dict[str, PlanMode] = {}
    mode = PlanMode.LEAVE
    for word in rest:
        if word in ("on", "off"):
            mode = PlanMode(word)
        else:
            modes[case.id(word)] = mode
    case.wishes[case.id(name)] = ProductWish(Op(verb), modes)


def _then(case: Case, text: str) -> None:
    case.expected.append(text)


READERS: dict[str, Callable[[Case, str], None]] = {
    "product": _product,
    "exclusive": _exclusive,
    "needs": _needs,
    "prohibited": _prohibited,
    "user": _user,
    "has": _has,
    "wish": _wish,
    "then": _then,
}
