"""Many threads at once: no seat is given twice, none is lost, and waiting holds nobody up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from partner_center.sandbox.seats import units
from tests.unit.sandbox.asking import Asking, sku


def test_thirty_two_threads_share_five_seats(plain: Asking) -> None:
    users = plain.users()

    def attempt(number: int) -> int:
        return plain.assign(users[number % 10], "ENTERPRISEPACK").status_code

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(attempt, range(96)))

    held = [user for user in users if plain.states(user)]
    assert set(answers) <= {200, 400, 409}
    assert len(held) == 5
    assert plain.consumed("ENTERPRISEPACK") == 5


def test_seats_given_and_taken_at_once_add_up(plain: Asking) -> None:
    plain.control("edit", tenant=plain.tenant, do="seats", sku="POWER_BI_PRO", quantity=50)
    users = plain.users()

    def back_and_forth(user: str) -> None:
        for _ in range(5):
            plain.assign(user, "POWER_BI_PRO")
            plain.assign(user, remove=("POWER_BI_PRO",))
        plain.assign(user, "POWER_BI_PRO")

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(back_and_forth, users))

    assert plain.consumed("POWER_BI_PRO") == 10
    log = plain.client.get("/sandbox/writes").json["writes"]
    steps = [(w["seats_before"], w["seats_after"]) for w in log if w["kind"] == "assignLicense"]
    assert len(steps) == 110
    assert all(before == after for (_, before), (after, _) in pairwise(steps))


def test_a_user_being_changed_is_free_again_once_the_answer_is_out(plain: Asking) -> None:
    user = plain.users()[0]
    with plain.world.answering("first call"):
        plain.world.claim(user, "first call")
        plain.world.claim(user, "first call")
        assert plain.assign(user, "POWER_BI_PRO").status_code == 409

    assert plain.assign(user, "POWER_BI_PRO").status_code == 200


def test_calls_wait_out_their_latency_side_by_side(plain: Asking) -> None:
    plain.world.switches.latency_ms = 60
    together = threading.Barrier(4, timeout=10)

    def call(number: int) -> None:
        with plain.world.answering(str(number)):
            together.wait()  # passes only if all four are inside at once

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, range(4)))


def test_counted_seats_are_those_people_hold(demo: Asking) -> None:
    for tenant in demo.state.db.execute("SELECT id FROM tenant").fetchall():
        held: dict[str, int] = {}
        for row in demo.state.db.execute(
            "SELECT skus FROM user WHERE tenant = ? AND deleted_at IS NULL", (tenant["id"],)
        ):
            for key in row["skus"].split():
                held[key] = held.get(key, 0) + 1
        counted = {key: u.consumed for key, u in units(demo.state.db, tenant["id"]).items() if u.consumed}
        assert counted == held
    assert sku("SPE_E3") in {r["sku"] for r in demo.state.db.execute("SELECT sku FROM seat")}
