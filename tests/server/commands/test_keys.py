"""`authberry keys`."""

from datetime import UTC, datetime, timedelta

import pytest
from command_line import (
    CommandLine,
    Outcome,
    refused,
)
from rows import everything

from authberry import Auth
from authberry.signing import configured_keys
from authberry.signing.keys import KeyState
from authberry.tokens.jose import Key


async def test_a_new_key_is_published_before_it_signs(authberry: CommandLine, rules: Auth) -> None:
    """Caches have a quarter of an hour to see it."""
    outcome = await authberry("keys", "rotate")
    await rules.signing.keys.load()
    (active, _), (following, state) = rules.signing.keys.states()
    assert state is KeyState.NEXT
    starts = following.activates_at.strftime("%Y-%m-%d %H:%M UTC")
    assert outcome == Outcome(0, f"Key {following.key.kid} signs from {starts} on.\n", "")
    assert following.activates_at - datetime.now(UTC) > timedelta(minutes=14)
    assert rules.signing.keys.signing().kid == active.key.kid


async def test_a_new_key_signs_at_once_when_told_to(authberry: CommandLine, rules: Auth) -> None:
    """As when the present one is known to be stolen; what that one signed is still verified."""
    outcome = await authberry("keys", "rotate", "--immediately")
    await rules.signing.keys.load()
    assert outcome.out.startswith(f"Key {rules.signing.keys.signing().kid} signs from ")
    assert [state for _, state in rules.signing.keys.states()] == [
        KeyState.RETIRED,
        KeyState.ACTIVE,
    ]


async def test_keys_are_listed_oldest_first(authberry: CommandLine, rules: Auth) -> None:
    """With the time each signs from and until; nothing secret is in the list."""
    await authberry("keys", "rotate")
    await rules.signing.keys.load()
    (active, _), (following, _) = rules.signing.keys.states()
    listed = await authberry("keys", "list", "--json")
    assert listed.json == [
        {
            "kid": held.key.kid,
            "algorithm": "ES256",
            "state": state,
            "created_at": held.created_at.isoformat() if held.created_at else None,
            "activates_at": held.activates_at.isoformat(),
            "retires_at": held.retires_at.isoformat() if held.retires_at else None,
        }
        for held, state in ((active, "active"), (following, "next"))
    ]
    table = await authberry("keys", "list")
    _, *rows = table.out.splitlines()
    assert [row.split()[:3] for row in rows] == [
        [active.key.kid, "ES256", "active"],
        [following.key.kid, "ES256", "next"],
    ]


async def test_keys_from_the_environment_are_rotated_there(
    authberry: CommandLine, rules: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that seemed to rotate them would do nothing."""
    jwk = dict(Key.generate("ES256").jwk)
    monkeypatch.setenv("AUTHBERRY_SIGNING_KEYS", f'{{"keys": [{jwk}]}}'.replace("'", '"'))
    before = await everything(rules)
    outcome = await authberry("keys", "rotate")
    assert refused(outcome, "AUTHBERRY_SIGNING_KEYS holds the keys: rotate them there")
    assert await everything(rules) == before


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "HS256"])
async def test_generate_prints_a_set_that_signs(
    authberry: CommandLine, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    """On standard output, and nowhere else; it needs no settings."""
    monkeypatch.setenv("AUTHBERRY_NONSENSE", "1")
    outcome = await authberry("keys", "generate", "--algorithm", algorithm)
    assert (outcome.code, outcome.err) == (0, "")
    (jwk,) = outcome.json["keys"]
    assert (jwk["alg"], jwk["use"]) == (algorithm, "sig")
    (key,) = configured_keys(outcome.out)
    assert (key.algorithm, key.kid) == (algorithm, jwk["kid"])
    again = await authberry("keys", "generate", "--algorithm", algorithm)
    assert again.json["keys"][0]["kid"] != jwk["kid"]
    monkeypatch.delenv("AUTHBERRY_NONSENSE")
    monkeypatch.setenv("AUTHBERRY_SIGNING_KEYS", outcome.out)
    (listed,) = (await authberry("keys", "list", "--json")).json
    assert (listed["kid"], listed["state"]) == (jwk["kid"], "active")


async def test_generate_makes_a_key_for_es256_unless_told_otherwise(
    authberry: CommandLine,
) -> None:
    """As the servers themselves do."""
    assert (await authberry("keys", "generate")).json["keys"][0]["alg"] == "ES256"
