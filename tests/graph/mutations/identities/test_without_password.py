"""An account that was made by a provider: it has no password, and everything works without one."""

import pytest
from browser import data
from documents import (
    LOGIN,
    REAUTHENTICATE,
    REFRESH_TOKEN,
    REQUEST_PASSWORD_RESET,
    RESET_PASSWORD,
)
from external_logins import (
    IDENTITIES,
    UNLINK_IDENTITY,
    Traveller,
    identity_rows,
    link_to,
    people,
)
from frozen_clock import FrozenClock
from held_factors import add_authenticator
from people import PASSWORD, begin
from sent_mail import mails_to, subjects, token_to

from authberry import Auth
from authberry.models import ExternalIdentity, User
from authberry.signing import Proof

ADA = "ada@example.com"
SET_PASSWORD = """
mutation($newPassword: String!) { changePassword(newPassword: $newPassword) { __typename } }"""
DELETE_ACCOUNT = "mutation { deleteAccount { __typename } }"
NEW_PASSWORD = "another horse, another staple"


@pytest.fixture
async def token(traveller: Traveller) -> str:
    """The access token of somebody who has just come for the first time."""
    traveller.token = (await traveller.log_in())["accessToken"]
    return traveller.token


async def ask(traveller: Traveller, document: str, **variables: object) -> str:
    """Ask in the session; returns the type of the answer, or the reason there is none."""
    response = await traveller.browser.ask(document, variables, token=traveller.token)
    if errors := response.json().get("errors"):
        return str(errors[0]["extensions"]["reason"])
    return str(data(response)["__typename"])


@pytest.mark.usefixtures("token")
async def test_a_password_is_set_after_a_recent_login_and_not_later(
    traveller: Traveller, clock: FrozenClock
) -> None:
    """There is no old one to prove."""
    wrong = await ask(traveller, SET_PASSWORD, newPassword="short")
    assert wrong == "WeakPassword"
    clock.tick(299)
    assert await ask(traveller, SET_PASSWORD, newPassword=NEW_PASSWORD) == "AuthPayload"
    answer = data(await traveller.browser.ask(LOGIN, email=ADA, password=NEW_PASSWORD))
    assert answer["__typename"] == "AuthPayload"


@pytest.mark.usefixtures("token")
async def test_an_old_login_is_told_to_prove_it_again(
    traveller: Traveller, clock: FrozenClock
) -> None:
    """No password opens anything, as there is none."""
    clock.tick(301)
    for document, more in (
        (SET_PASSWORD, {"newPassword": NEW_PASSWORD}),
        (DELETE_ACCOUNT, {}),
    ):
        assert await ask(traveller, document, **more) == "STEP_UP_REQUIRED"
    assert await ask(traveller, REAUTHENTICATE, proof={"password": PASSWORD}) == "InvalidProof"
    assert await ask(traveller, REAUTHENTICATE, proof={"password": ""}) == "InvalidProof"
    answer = data(await traveller.browser.ask(LOGIN, email=ADA, password=PASSWORD))
    assert answer["__typename"] == "InvalidCredentials"


@pytest.mark.usefixtures("token")
async def test_the_provider_proves_it_again_in_the_same_session(
    traveller: Traveller, clock: FrozenClock
) -> None:
    """The session goes on, and its login is recent; the provider is asked for a fresh proof."""
    clock.tick(301)
    begun = await traveller.begin(intent="REAUTHENTICATE")
    url = begun["authorizationUrl"]
    assert "prompt=login" in url
    assert "max_age=0" in url
    traveller.person = {"auth_time": int(clock.now().timestamp())}
    assert (await traveller.come_back(traveller.log_in_there(url))).status_code == 303
    answer = await traveller.complete()
    assert answer["__typename"] == "AuthPayload"
    assert answer["refreshToken"] is None
    traveller.token = answer["accessToken"]
    assert await ask(traveller, DELETE_ACCOUNT) == "AccountDeleted"


@pytest.mark.usefixtures("token")
async def test_it_is_as_old_as_it_is_when_it_is_brought_late(
    traveller: Traveller, clock: FrozenClock
) -> None:
    """The page may take its time until it asks; the proof was given at the provider."""
    clock.tick(301)
    begun = await traveller.begin(intent="REAUTHENTICATE")
    traveller.person = {"auth_time": int(clock.now().timestamp())}
    await traveller.come_back(traveller.log_in_there(begun["authorizationUrl"]))
    clock.tick(301)
    traveller.token = data(await traveller.browser.ask(REFRESH_TOKEN))["accessToken"]
    traveller.token = (await traveller.complete())["accessToken"]
    assert await ask(traveller, DELETE_ACCOUNT) == "STEP_UP_REQUIRED"


@pytest.mark.usefixtures("token")
async def test_a_proof_of_before_is_none(traveller: Traveller, clock: FrozenClock) -> None:
    """A session at the provider is not somebody at the keyboard."""
    earlier = int(clock.now().timestamp())
    clock.tick(301)
    begun = await traveller.begin(intent="REAUTHENTICATE")
    traveller.person = {"auth_time": earlier}
    await traveller.come_back(traveller.log_in_there(begun["authorizationUrl"]))
    answer = await traveller.complete()
    assert (answer["__typename"], answer["reason"]) == ("ExternalLoginFailed", "provider")


@pytest.mark.usefixtures("token")
async def test_somebody_else_at_the_provider_proves_nothing(
    traveller: Traveller, clock: FrozenClock, auth: Auth
) -> None:
    """Neither somebody unknown nor the owner of another account; nothing is linked by that."""
    bob = await auth.accounts.create("bob@example.com", None)
    await link_to(auth, bob, subject="bob")
    for subject in ("bob", "nobody"):
        begun = await traveller.begin(intent="REAUTHENTICATE")
        traveller.person = {"sub": subject, "auth_time": int(clock.now().timestamp())}
        await traveller.come_back(traveller.log_in_there(begun["authorizationUrl"]))
        assert (await traveller.complete())["__typename"] == "InvalidProof"
    assert len(await identity_rows(auth)) == 2


@pytest.mark.usefixtures("token")
async def test_a_mailed_link_sets_the_first_password(traveller: Traveller, auth: Auth) -> None:
    """The owner of a proved account keeps the provider."""
    await traveller.browser.ask(REQUEST_PASSWORD_RESET, email=ADA)
    link = await token_to(auth, ADA)
    answer = data(
        await traveller.browser.ask(RESET_PASSWORD, {"token": link, "newPassword": NEW_PASSWORD})
    )
    assert answer["__typename"] == "PasswordReset"
    assert (await traveller.log_in())["__typename"] == "AuthPayload"


async def unlink(traveller: Traveller) -> str:
    """Unlink what is linked."""
    (identity,) = data(await traveller.browser.ask(IDENTITIES, token=traveller.token))
    return await ask(traveller, UNLINK_IDENTITY, id=identity["id"])


async def is_proved(auth: Auth, *, verified: bool) -> None:
    """Let the address be proved, or not."""
    with auth.database.use():
        await User.filter(email=ADA).update(email_verified=verified)


@pytest.mark.usefixtures("token")
async def test_the_last_way_in_is_not_unlinked(traveller: Traveller, auth: Auth) -> None:
    """No password, no passkey, no other identity, no address that a link could go to."""
    await is_proved(auth, verified=False)
    assert await unlink(traveller) == "LastWayIn"
    assert len(await identity_rows(auth)) == 1


@pytest.mark.usefixtures("token")
async def test_a_login_at_a_provider_that_is_configured_no_more_is_no_way_in(
    traveller: Traveller, auth: Auth
) -> None:
    """Nobody comes from there any longer."""
    await is_proved(auth, verified=False)
    (row,) = await people(auth)
    with auth.database.use():
        user = await User.get(id=row["id"])
    gone = await link_to(auth, user, subject="another", issuer="https://gone.example.com")
    with auth.database.use():
        ours = await ExternalIdentity.get(subject="person-1")
    assert await ask(traveller, UNLINK_IDENTITY, id=str(ours.id)) == "LastWayIn"
    assert await ask(traveller, UNLINK_IDENTITY, id=gone) == "IdentityUnlinked"


@pytest.mark.parametrize("way", ["password", "passkey", "identity", "address"])
@pytest.mark.usefixtures("token")
async def test_with_any_other_way_in_it_is_and_its_owner_is_told(
    traveller: Traveller, auth: Auth, way: str
) -> None:
    """Each of them counts."""
    (row,) = await people(auth)
    await is_proved(auth, verified=way == "address")
    with auth.database.use():
        user = await User.get(id=row["id"])
        if way == "password":
            await User.filter(id=user.id).update(password_hash="a hash")
    if way == "passkey":
        await add_authenticator(auth, user)
        proof = Proof(("hwk", "user", "mfa"), "phr")
        traveller.token = (await begin(auth, user, proof=proof)).access_token.value
    if way == "identity":
        await link_to(auth, user, subject="another")
        with auth.database.use():
            ours = await ExternalIdentity.get(subject="person-1")
        assert await ask(traveller, UNLINK_IDENTITY, id=str(ours.id)) == "IdentityUnlinked"
        assert await unlink(traveller) == "LastWayIn"
    else:
        assert await unlink(traveller) == "IdentityUnlinked"
    assert "Acme no longer logs in to your account at 127.0.0.1:8000" in subjects(
        await mails_to(auth, ADA)
    )
    assert [row["subject"] for row in await identity_rows(auth)] == (
        ["another"] if way == "identity" else []
    )


@pytest.mark.usefixtures("token")
async def test_nobody_unlinks_somebody_else_s(
    traveller: Traveller, auth: Auth, clock: FrozenClock
) -> None:
    """Nor after a while one's own."""
    bob = await auth.accounts.create("bob@example.com", None)
    theirs = await link_to(auth, bob, subject="bob")
    assert await ask(traveller, UNLINK_IDENTITY, id=theirs) == "IdentityNotFound"
    assert await ask(traveller, UNLINK_IDENTITY, id="nothing") == "IdentityNotFound"
    clock.tick(301)
    assert await ask(traveller, UNLINK_IDENTITY, id=theirs) == "STEP_UP_REQUIRED"
    assert len(await identity_rows(auth)) == 2


@pytest.mark.usefixtures("token")
async def test_what_was_unlinked_is_a_stranger_again(traveller: Traveller) -> None:
    """Whose address has an account that is to be proved."""
    assert await unlink(traveller) == "IdentityUnlinked"
    traveller.token = None
    assert (await traveller.log_in())["__typename"] == "AccountLinkRequired"
