"""Microsoft's error texts become our reasons, and anything new stays readable."""

from __future__ import annotations

import pytest

from partner_center.cloud.port import Reason
from partner_center.cloud.wire.refusals import Trouble, named_ids, read_trouble, reason_for
from tests.unit.cloud.recorded import ADA, CUSTOMER, E3, E5, SWAY, TEAMS, refusal

BAD = "Request_BadRequest"

TEXTS = [
    (400, BAD, f"Subscription with SKU {E3} does not have any available licenses.", Reason.NO_SEATS),
    (
        400,
        "60012",
        f"LicenseQuotaExceededException : Subscription with Account {CUSTOMER} and SKU {E3} "
        "does not have any available licenses left.",
        Reason.NO_SEATS,
    ),
    (
        400,
        BAD,
        f"License assignment failed because service plans {TEAMS}, {SWAY} are mutually exclusive.",
        Reason.CONFLICT,
    ),
    (
        400,
        BAD,
        f"License assignment failed because service plans [{TEAMS}], [{SWAY}] are mutually exclusive.",
        Reason.CONFLICT,
    ),
    (
        400,
        BAD,
        "You can't assign licenses that contain these conflicting services: Exchange Online (Plan 2), "
        "Exchange Online (Plan 1).",
        Reason.CONFLICT,
    ),
    (
        400,
        BAD,
        f"License assignment failed because service plan {TEAMS} depends on the service plan(s) {SWAY}",
        Reason.DEPENDENCY,
    ),
    (
        400,
        BAD,
        "License assignment cannot be done for user with invalid usage location.",
        Reason.LOCATION_MISSING,
    ),
    (
        400,
        BAD,
        f"License assignment failed because service plan {TEAMS} is not available in usage location TR.",
        Reason.LOCATION_PROHIBITED,
    ),
    (400, BAD, "ProhibitedInUsageLocationViolation", Reason.LOCATION_PROHIBITED),
    (
        400,
        BAD,
        "Another object with the same value for property proxyAddresses already exists.",
        Reason.ADDRESS_TAKEN,
    ),
    (400, BAD, "Proxy address is already being used", Reason.ADDRESS_TAKEN),
    (400, BAD, f"License {E3} does not correspond to a valid company License.", Reason.NOT_OWNED),
    (400, BAD, "User does not have a corresponding license.", Reason.NOT_HELD),
    (
        400,
        BAD,
        "User license is inherited from a group membership and it cannot be removed directly from the user.",
        Reason.INHERITED,
    ),
    (400, BAD, f"License {E3} cannot be assigned to a user.", Reason.NOT_ASSIGNABLE),
    (
        400,
        BAD,
        f"License {E3} belongs to a self-service purchase and cannot be assigned or removed "
        "by an administrator until the subscription is taken over.",
        Reason.SELF_SERVICE,
    ),
    (
        404,
        "Request_ResourceNotFound",
        f"Resource '{ADA}' does not exist or one of its queried reference-property objects are not present.",
        Reason.USER_GONE,
    ),
    (
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
        Reason.NO_RIGHTS,
    ),
    (401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", Reason.TOKEN),
    (
        409,
        "Directory_ConcurrencyViolation",
        "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.",
        Reason.BUSY,
    ),
    (400, BAD, "No license changes provided", Reason.OTHER),
    (
        400,
        BAD,
        "Cannot convert a primitive value to the expected type 'Edm.Guid'. See the inner exception for more "
        "details",
        Reason.OTHER,
    ),
    (400, BAD, "Other errors are typically the result of an error with another license", Reason.OTHER),
    (418, "", "", Reason.OTHER),
]


@pytest.mark.parametrize(("status", "code", "text", "reason"), TEXTS)
def test_each_known_text_has_its_reason(status: int, code: str, text: str, reason: Reason) -> None:
    assert reason_for(status, Trouble(code, text)) is reason


def test_each_reason_is_reached_by_some_text() -> None:
    assert {reason for *_, reason in TEXTS} == set(Reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("60012", Reason.NO_SEATS),
        ("60002", Reason.USER_GONE),
        ("900308", Reason.NO_RIGHTS),
        ("900420", Reason.TOKEN),
        ("900278", Reason.BUSY),
        ("invalid_client", Reason.TOKEN),
    ],
)
def test_a_code_decides_where_the_text_is_new(code: str, reason: Reason) -> None:
    assert reason_for(400, Trouble(code, "Words nobody has seen.")) is reason


def test_ids_in_a_text_are_kept_apart_by_what_they_name() -> None:
    no_seats = (
        f"Subscription with Account {CUSTOMER} and SKU {E3.upper()} does not have any available licenses"
    )
    assert named_ids(Reason.NO_SEATS, no_seats) == ((E3,), ())
    conflict = f"service plans {TEAMS}, {SWAY} are mutually exclusive."
    assert named_ids(Reason.CONFLICT, conflict) == ((), (TEAMS, SWAY))
    new = f"License {E5} is odd: service plan {SWAY} is odder."
    assert named_ids(Reason.OTHER, new) == ((E5,), (SWAY,))
    assert named_ids(Reason.OTHER, f"User {ADA} is odd.") == ((), ())


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (refusal("Code", "Text.", "r-1"), Trouble("Code", "Text.", "r-1")),
        ({"error": {"code": "Code", "message": "Text."}}, Trouble("Code", "Text.")),
        (
            {"code": 60012, "description": "Text.", "data": [], "source": "PartnerFD"},
            Trouble("60012", "Text."),
        ),
        (
            {"statusCode": 429, "message": "Rate limit is exceeded."},
            Trouble("429", "Rate limit is exceeded."),
        ),
        (
            {"error": "invalid_client", "error_description": "AADSTS7000215: Wrong.\r\nTrace ID: x"},
            Trouble("invalid_client", "AADSTS7000215: Wrong."),
        ),
        ({"error": "invalid_client"}, Trouble("invalid_client", "")),
        (None, Trouble("", "")),
        ("<html>", Trouble("", "")),
        ([], Trouble("", "")),
        ({}, Trouble("", "")),
    ],
)
def test_every_shape_of_error_is_read(body: object, trouble: Trouble) -> None:
    assert read_trouble(body) == trouble


def test_an_endless_text_is_cut() -> None:
    assert len(read_trouble(refusal("Code", "x" * 10_000)).message) == 2000
