"""One door out of two halves: neither may take a name of the other's by accident."""

from __future__ import annotations

from partner_center.cloud.connect import Microsoft
from partner_center.cloud.graph import Graph
from partner_center.cloud.partner_center import PartnerCenter


def test_the_halves_have_no_name_in_common(cloud: Microsoft) -> None:
    shared = vars(Graph).keys() & vars(PartnerCenter).keys()
    assert {name for name in shared if not name.startswith("__")} == set()
    assert set(vars(cloud)) == {"_graph", "_reports", "_commerce", "_partner", "close"}
