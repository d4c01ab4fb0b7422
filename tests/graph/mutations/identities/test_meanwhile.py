"""What has changed between being looked up and being written: nothing is done by what was before.

The rules are called with what they have found, as two requests have it that overlap.
"""

import pytest
from apps import person
from external_logins import Traveller, identity_rows, link_to, login_rows, people
from people import BROWSER, begin
from starlette.applications import Starlette

from authberry import Auth
from authberry.errors import InvalidTicket, Unauthenticated
from authberry.identities import HeldSecrets
from authberry.models import ExternalIdentity, User

ADA = "ada@example.com"


async def end_sessions(auth: Auth, user: User) -> None:
    """Somebody ends them, in a request of another process."""
    async with auth.resources.transaction():
        await auth.sessions.revocation.end_within(user.id, "password reset")


async def test_whoever_is_unlinked_meanwhile_is_not_logged_in(
    traveller: Traveller, auth: Auth
) -> None:
    """Of a login that has found its identity and one that unlinks it, one comes first."""
    user = await person(auth, ADA)
    await link_to(auth, user)
    ticket = await traveller.travel(transport="BODY")
    completion = auth.identities.completion
    answered = await completion.find(ticket, HeldSecrets())
    assert answered.account
    with auth.database.use():
        identity = await ExternalIdentity.get(subject="person-1").select_related("user")
        await ExternalIdentity.all().delete()
    with pytest.raises(InvalidTicket):
        await completion.arrivals._log_in(answered, identity, answered.account, BROWSER)
    assert await auth.sessions.live(user.id) == []
    assert len(await login_rows(auth)) == 1


@pytest.mark.parametrize("end", ["session", "account"])
async def test_a_session_that_has_ended_meanwhile_links_nothing(
    traveller: Traveller, auth: Auth, end: str
) -> None:
    """Its owner has shut a thief out, or deleted the account."""
    user = await person(auth, ADA)
    traveller.token = (await begin(auth, user)).access_token.value
    ticket = await traveller.travel(intent="LINK", transport="BODY")
    claims = await auth.signing.access_tokens.verify(traveller.token)
    viewer = await auth.sessions.viewers.viewer(claims)
    completion = auth.identities.completion
    answered = await completion.find(ticket, HeldSecrets())
    if end == "session":
        await end_sessions(auth, user)
    else:
        with auth.database.use():
            await User.filter(id=user.id).delete()
    with pytest.raises(Unauthenticated):
        await completion.complete(answered, viewer, BROWSER)
    assert await identity_rows(auth) == []
    assert len(await people(auth)) == (end == "session")


async def test_a_session_that_has_ended_meanwhile_unlinks_nothing(
    app: Starlette, auth: Auth
) -> None:
    """Nor does it take a way in away."""
    user = await person(auth, ADA)
    identity_id = await link_to(auth, user)
    claims = await auth.signing.access_tokens.verify((await begin(auth, user)).access_token.value)
    viewer = await auth.sessions.viewers.viewer(claims)
    await end_sessions(auth, user)
    with pytest.raises(Unauthenticated):
        await auth.identities.linking.unlink(viewer, identity_id, BROWSER)
    assert len(await identity_rows(auth)) == 1
