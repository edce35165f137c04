"""Secrets at rest: readable in their own row, with a key that is listed, and nowhere else."""

from __future__ import annotations

import pytest

from partner_center.shared.vault import Vault, VaultError

OLD, NEW = "an old key of at least 32 characters", "a new key of at least 32 characters."
ROW = ("a_table", "secret", 7)


def test_what_was_encrypted_is_read_again_and_never_looks_the_same() -> None:
    vault = Vault([NEW])
    one, two = (vault.encrypt("JBSWY3DP", bound_to=ROW) for _ in range(2))
    assert one != two
    assert "JBSWY3DP" not in one
    assert vault.decrypt(one, bound_to=ROW) == vault.decrypt(two, bound_to=ROW) == "JBSWY3DP"


@pytest.mark.parametrize(
    "other", [("b_table", "secret", 7), ("a_table", "other", 7), ("a_table", "secret", 8)]
)
def test_a_secret_moved_to_another_row_or_column_can_not_be_read(other: tuple[str, str, int]) -> None:
    vault = Vault([NEW])
    with pytest.raises(VaultError):
        vault.decrypt(vault.encrypt("JBSWY3DP", bound_to=ROW), bound_to=other)


@pytest.mark.parametrize("at", [0, 3, 12, 20, -2])
def test_a_damaged_envelope_is_refused_and_tells_nothing(at: int) -> None:
    vault = Vault([NEW])
    envelope = list(vault.encrypt("JBSWY3DP", bound_to=ROW))
    envelope[at] = "A" if envelope[at] != "A" else "B"
    with pytest.raises(VaultError) as refused:
        vault.decrypt("".join(envelope), bound_to=ROW)
    assert "JBSWY3DP" not in str(refused.value)


@pytest.mark.parametrize("envelope", ["", "v1", "v1.x.y", "v2.00000000.AAAA", "plain text"])
def test_what_is_no_envelope_is_refused(envelope: str) -> None:
    with pytest.raises(VaultError):
        Vault([NEW]).decrypt(envelope, bound_to=ROW)


def test_an_older_key_reads_while_it_is_listed_and_the_newest_writes() -> None:
    envelope = Vault([OLD]).encrypt("JBSWY3DP", bound_to=ROW)
    both = Vault([NEW, OLD])
    assert both.decrypt(envelope, bound_to=ROW) == "JBSWY3DP"
    assert not both.is_current(envelope)
    assert both.is_current(both.encrypt("JBSWY3DP", bound_to=ROW))
    with pytest.raises(VaultError, match="not listed"):
        Vault([NEW]).decrypt(envelope, bound_to=ROW)


def test_its_repr_tells_no_key() -> None:
    assert repr(Vault([NEW, OLD])) == "<Vault of 2 keys>"
