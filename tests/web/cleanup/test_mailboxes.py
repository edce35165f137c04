"""**Mailboxes** that are nobody's own: which need a licence (S5.5)."""

from __future__ import annotations

import pytest

from partner_center.cloud.port import RemoteMailbox
from partner_center.directory import mailboxes
from partner_center.directory.sign_ins import Trouble
from partner_center.shared import clock
from tests.page import PageClient
from tests.web.changes.scene import ANNA, ASE, BO, ZOE, Scene

GB = 1024**3


@pytest.fixture
def address(scene: Scene) -> str:
    return f"/customers/{scene.customer_id}/cleanup/mailboxes"


def tell(scene: Scene, sizes: dict[int, tuple[str, int]], *, concealed: bool = False) -> None:
    """Microsoft reports kind and size in GB of these users' mailboxes."""
    now = clock.now()
    page = [
        RemoteMailbox(
            "5F3A" if concealed else scene.tenant.users[scene.graph_ids[number]].user_principal_name.upper(),
            kind,
            size * GB,
        )
        for number, (kind, size) in sizes.items()
    ]
    mailboxes.store_page(scene.session, scene.customer_id, page, now)
    mailboxes.finish(scene.session, scene.customer_id, now)
    scene.session.commit()


def test_s5_5_says_which_need_a_license_the_urgent_ones_first(
    page: PageClient, scene: Scene, address: str
) -> None:
    tell(
        scene,
        {ANNA: ("Shared", 12), BO: ("SharedMailbox", 55), ASE: ("Room", 51), ZOE: ("Equipment", 3)},
    )
    shown = page.get(address)
    assert shown.h1 == "Mailboxes"
    found = [(row[0].split()[0], row[1], row[2], row[3].split(".")[0]) for row in shown.rows]
    assert found == [
        ("Åse", "Room", "51 of 50 GB", "Needs a license"),
        ("Bo", "Shared mailbox", "55 of 50 GB", "Has the license it needs"),
        ("Anna", "Shared mailbox", "12 of 50 GB", "License not needed It is within its quota"),
        ("Zoe", "Equipment", "3 of 50 GB", "No license needed"),
    ]
    assert "locked after a month" in shown.text


def test_peoples_own_mailboxes_are_not_listed(page: PageClient, scene: Scene, address: str) -> None:
    tell(scene, {ANNA: ("User", 80), BO: ("UserMailbox", 80)})
    assert "This customer has no shared, room or equipment mailbox." in page.get(address).text


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Trouble.NO_RIGHTS, "permission Reports.Read.All"),
        (Trouble.OTHER, "Microsoft could not be asked for mailboxes."),
        (None, "Mailboxes have not been read yet."),
    ],
)
def test_where_they_are_not_known_it_says_why(
    page: PageClient, scene: Scene, address: str, trouble: Trouble | None, words: str
) -> None:
    if trouble:
        mailboxes.note(scene.session, scene.customer_id, clock.now(), trouble)
        scene.session.commit()
    assert words in page.get(address).text


def test_concealed_names_are_told_as_such(page: PageClient, scene: Scene, address: str) -> None:
    tell(scene, {ANNA: ("Shared", 60)}, concealed=True)
    assert "This customer conceals names in its reports." in page.get(address).text
