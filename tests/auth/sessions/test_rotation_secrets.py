"""Refreshing behind a restored backup and under another secret of the server."""

import json

import pytest
from frozen_clock import FrozenClock
from people import begin, outcome, refresh
from rotations import MakeAuth, hash_of, rotated
from rows import session_row

from authberry import Auth, Issued
from authberry.errors import (
    RefreshTokenInvalid,
)
from authberry.models import RefreshToken
from authberry.tokens.jose import Key
from authberry.tokens.refresh_tokens import RefreshTokenCodec


async def test_a_restored_backup_is_nobodys_fault(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A token ahead of its row is refused; the session stays as the backup had it."""
    backup = await session_row(auth, issued)
    (_, parent, current) = await rotated(auth, issued, clock, 2)
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).delete()
        await RefreshToken.create(**backup)

    for token in (parent, current):
        with pytest.raises(RefreshTokenInvalid) as refusal:
            await refresh(auth, token)
        assert not refusal.value.session_over
    assert await session_row(auth, issued) == backup


async def test_a_token_of_a_chain_that_never_was_is_refused(auth: Auth, issued: Issued) -> None:
    """A good tag with the current generation and another secret is no reuse, and no token."""
    codec = RefreshTokenCodec(auth.settings.secrets)
    before = await session_row(auth, issued)
    forged = codec.seal(codec.first(issued.session.id))
    assert await outcome(auth, forged) is RefreshTokenInvalid
    assert await session_row(auth, issued) == before


OLD, NEW = "1-old-secret-of-the-server-abcdefghijklm", "2-new-secret-of-the-server-nopqrstuvwxyz"


async def test_a_new_secret_logs_nobody_out(make_auth: MakeAuth, clock: FrozenClock) -> None:
    """Added last, then moved to the front: the token of each step is good in the next."""
    auth = await make_auth(secret=(OLD,))
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    token = issued.refresh_token
    for secrets in ((OLD, NEW), (NEW, OLD)):
        auth = await make_auth(secret=secrets)
        clock.tick(60)
        token = (await refresh(auth, token)).refresh_token
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (2, None)


@pytest.mark.parametrize(
    ("first", "second"),
    [((OLD, NEW), (NEW, OLD)), ((NEW, OLD), (OLD, NEW)), ((OLD,), (OLD, NEW))],
)
async def test_processes_with_secrets_in_another_order_find_the_same_successor(
    make_auth: MakeAuth, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    """While secrets are being rotated, whoever lost the answer may ask either process."""
    one, two = await make_auth(secret=first), await make_auth(secret=second)
    issued = await begin(one, await one.accounts.create("ada@example.com", None))
    made = await refresh(one, issued.refresh_token)

    again = await refresh(two, issued.refresh_token)

    assert hash_of(two, again.refresh_token) == hash_of(two, made.refresh_token)
    assert (await session_row(one, issued))["generation"] == 1


async def test_a_current_token_comes_back_as_it_was_presented(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Also where a newer secret would spell it anew: the client sees that nothing has changed.

    The rotation that follows is made with the new secret, and needs the old one no more.
    """
    keys = json.dumps({"keys": [dict(Key.generate("ES256").jwk)]})
    old = await make_auth(secret=(OLD,), signing_keys=keys)
    issued = await begin(old, await old.accounts.create("ada@example.com", None))
    current = (await refresh(old, issued.refresh_token)).refresh_token
    both = await make_auth(secret=(NEW, OLD), signing_keys=keys)

    assert (await refresh(both, current)).refresh_token == current

    clock.tick(30)
    successor = (await refresh(both, current)).refresh_token
    new = await make_auth(secret=(NEW,), signing_keys=keys)
    assert (await refresh(new, successor)).refresh_token == successor


async def test_a_token_of_a_secret_that_is_gone_is_refused(make_auth: MakeAuth) -> None:
    """Taking a secret away makes garbage of its tokens, and revokes nothing."""
    keys = json.dumps({"keys": [dict(Key.generate("ES256").jwk)]})
    auth = await make_auth(secret=(OLD,), signing_keys=keys)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    before = await session_row(auth, issued)
    assert await outcome(
        await make_auth(secret=(NEW,), signing_keys=keys), issued.refresh_token
    ) is (RefreshTokenInvalid)
    assert await session_row(auth, issued) == before
