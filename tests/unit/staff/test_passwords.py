"""Password hashes, and the work done where there is none."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from partner_center.shared.errors import Refusal
from partner_center.staff import passwords


def test_only_the_right_password_matches() -> None:
    stored = passwords.hash_password("Øystein's long password")
    assert passwords.matches(stored, "Øystein's long password")
    assert not passwords.matches(stored, "øystein's long password")
    assert not passwords.matches(stored, "")


def test_without_a_hash_the_same_work_is_done_and_nothing_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Watched(time_cost=2, memory_cost=19_456, parallelism=1))
    assert not passwords.matches(None, "the account that is not there")
    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_damaged_hash_matches_nothing() -> None:
    assert not passwords.matches("not a hash", "anything")


@pytest.mark.parametrize("password", ["", "x" * (passwords.LONGEST + 1)])
def test_impossible_passwords_are_neither_hashed_nor_verified(password: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        passwords.hash_password(password)
    assert not passwords.matches(passwords.hash_password("a good one"), password)


def test_weaker_hashes_are_known_as_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("secret")
    assert passwords.is_outdated(weak)
    assert not passwords.is_outdated(passwords.hash_password("secret"))


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("eleven char", "12 to 256 characters"),
        ("x" * 257, "12 to 256 characters"),
        ("Password-1234", "first that are tried"),
        ("aaaaaaaaaaaaaa", "first that are tried"),
        ("Ada Lovelace 1", "mostly your name"),
        ("ada.lovelace1", "mostly your name"),
        ("ada.l@partner.example", "mostly your name"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        passwords.demand_good(password, name="Ada Lovelace", email="ada.l@partner.example")


@pytest.mark.parametrize(
    "password", ["four words of sense", "ada lovelace and her engine", "日本語のパスワード十二文字"]
)
def test_no_rule_asks_for_signs_or_digits(password: str) -> None:
    passwords.demand_good(password, name="Ada Lovelace", email="ada.l@partner.example")
