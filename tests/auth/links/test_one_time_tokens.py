"""One-time tokens: what they are made of, and when their rows go."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from frozen_clock import NOON, FrozenClock
from people import BROWSER
from rows import everything

from authberry import Auth
from authberry.errors import InvalidToken
from authberry.links.one_time_tokens import basis
from authberry.models import User
from authberry.settings import LinkPurpose

MakeAuth = Callable[..., Awaitable[Auth]]
VERIFY = LinkPurpose.VERIFY_EMAIL


async def test_a_token_has_256_bits_and_its_row_a_digest(auth: Auth, ada: User) -> None:
    """Nothing that is stored can be presented."""
    token = await auth.links.tokens.issue(ada, VERIFY)
    (row,) = (await everything(auth))["OneTimeToken"]
    row_id = row.pop("id")
    assert row == {
        "user_id": ada.id,
        "purpose": "verify_email",
        "token_hash": sha256(token.encode()).hexdigest(),
        "rests_on": basis(ada),
        "email": None,
        "email_key": None,
        "browser_hash": None,
        "created_at": NOON,
        "expires_at": NOON + timedelta(minutes=30),
    }
    assert len(token) == 43
    assert token not in repr((row_id, row))


async def test_no_two_tokens_are_alike(auth: Auth, ada: User) -> None:
    """And they use every letter that there is."""
    tokens = {await auth.links.tokens.issue(ada, VERIFY) for _ in range(200)}
    assert len(tokens) == 200
    assert len(set("".join(tokens))) == 64


@pytest.mark.parametrize(
    ("purpose", "lifetime"),
    [
        (LinkPurpose.VERIFY_EMAIL, timedelta(minutes=20)),
        (LinkPurpose.RESET_PASSWORD, timedelta(minutes=20)),
        (LinkPurpose.CONFIRM_EMAIL_CHANGE, timedelta(minutes=20)),
        (LinkPurpose.LOGIN, timedelta(minutes=5)),
        (LinkPurpose.UNDO_EMAIL_CHANGE, timedelta(days=3)),
    ],
)
async def test_each_kind_lives_as_long_as_it_is_set_to(
    make_auth: MakeAuth, purpose: LinkPurpose, lifetime: timedelta
) -> None:
    """A setting for most of them, and one each for two."""
    auth = await make_auth(link_ttl=1200, login_link_ttl=300, undo_link_ttl=3 * 86_400)
    ada = await auth.accounts.create("ada@example.com", None)
    await auth.links.tokens.issue(ada, purpose)
    (row,) = (await everything(auth))["OneTimeToken"]
    assert row["expires_at"] == NOON + lifetime


async def test_what_is_past_its_time_is_pruned_and_nothing_else(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """To the instant."""
    tokens = auth.links.tokens
    await tokens.issue(ada, LinkPurpose.LOGIN)
    await tokens.issue(ada, VERIFY)
    clock.tick(599)
    assert (await auth.pruning.prune()).deleted_links == 0
    clock.tick(1)
    assert (await auth.pruning.prune()).deleted_links == 1
    (row,) = (await everything(auth))["OneTimeToken"]
    assert row["purpose"] == "verify_email"


async def test_a_token_goes_with_its_person(auth: Auth, ada: User) -> None:
    """The database sees to it."""
    token = await auth.links.tokens.issue(ada, VERIFY)
    with auth.database.use():
        await User.filter(id=ada.id).delete()
    assert (await everything(auth))["OneTimeToken"] == []
    with pytest.raises(InvalidToken):
        await auth.accounts.verification.verify(token, BROWSER)


async def test_what_a_token_rests_on_is_address_and_password(ada: User) -> None:
    """Neither moves into the other's place."""
    bases = set()
    for email, password_hash in (("ab", "c"), ("a", "bc"), ("ab", None), ("a", None), ("abc", "")):
        ada.email, ada.password_hash = email, password_hash
        bases.add(basis(ada))
    assert len(bases) == 5


async def test_a_password_set_between_the_look_and_the_use_voids_a_link(
    auth: Auth, ada: User
) -> None:
    """The account is changed only as it was found."""
    token = await auth.links.tokens.issue(ada, VERIFY)
    found = await auth.links.tokens.find(token, VERIFY)
    await auth.accounts.password_changes.set(ada, "some other long phrase", BROWSER)
    before = await everything(auth)
    with auth.database.use(), pytest.raises(InvalidToken):
        async with auth.database.transaction():
            await auth.links.tokens.use(found, email_verified=True)
    assert await everything(auth) == before
