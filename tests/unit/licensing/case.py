"""Reading the case files: a few facts, a wish, and what must come of it, one of each a line.

product E3: EXO TEAMS             also: [company] [suspended] [self-service]; a plan as TEAMS(company)
exclusive EXO2 EXO1               needs PHONE: TEAMS SKYPE          prohibited CALLS: TR CN
user location NO                  or: user location none
has E3 off EXO                    or: has E3 by Sales, has E3 and by Sales
wish assign E3 on EXO off TEAMS   or: wish revoke E3, wish leave E3 off EXO, wish location NO missing
did revoke E3                     the wish is then the way back from that; also: did assign E3,
                                  did plans E3 on EXO off TEAMS, did location NO
had E3 off EXO                    what the user held before it; was NO: where the user was
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
from partner_center.licensing.inverse import inverse
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
    done: list[Deed] = field(default_factory=list)
    before: dict[str, License] = field(default_factory=dict)
    located: str | None = None
    expected: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def id(self, name: str) -> str:
        self.names[guid(name)] = name
        return guid(name)

    def decide(self) -> tuple[Decision, Context]:
        rules = Rules(tuple(self.exclusions), self.dependencies, self.prohibited)
        context = Context(self.products, rules)
        holder = Holder(self.licenses, self.location)
        return decide(holder, self.wish, context), context

    @property
    def wish(self) -> Wish:
        if self.done:
            return inverse(self.done, self.before, self.located)
        return Wish(self.wishes, self.wished_location)

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
    held = _license(case, text)
    case.licenses[held.sku_id] = held


def _had(case: Case, text: str) -> None:
    held = _license(case, text)
    case.before[held.sku_id] = held


def _was(case: Case, text: str) -> None:
    case.located = text


def _did(case: Case, text: str) -> None:
    kind, name, *rest = text.split()
    if kind == "location":
        case.done.append(Deed(DeedKind.LOCATION, location=name))
        return
    switched: dict[str, list[str]] = {"on": [], "off": []}
    for word in rest:
        if word in switched:
            into = switched[word]
        else:
            into.append(case.id(word))
    on, off = tuple(switched["on"]), tuple(switched["off"])
    case.done.append(Deed(DeedKind(kind), case.id(name), turned_on=on, turned_off=off))


def _license(case: Case, text: str) -> License:
    match = re.fullmatch(r"(\S+)( and)?( by (\S+))?( off (.+))?", text)
    assert match, text
    name, also, group, off = match[1], match[2], match[4], (match[6] or "").split()
    return License(
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
    "did": _did,
    "had": _had,
    "was": _was,
    "then": _then,
}
