"""Whatever comes back from a provider belongs to the browser that went there, once.

RFC 6749, section 10.12 (login CSRF); RFC 9700, sections 2.1 and 4.4 (mix-up).
"""

from collections.abc import AsyncIterator, Mapping

import pytest
from apps import MakeApp
from browser import Browser, set_cookies
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from external_logins import (
    AS_EVER,
    BEGIN_EXTERNAL_LOGIN,
    LED_HERE,
    PROVIDER,
    RETURN_TO,
    Traveller,
    acme,
    login_rows,
    people,
)
from frozen_clock import FrozenClock
from rows import everything_but_events
from stand_in_provider import StandInProvider
from starlette.applications import Starlette

from authberry import Auth
from authberry.identities.pending import PendingExternalLogins
from authberry.models import ExternalLogin
from authberry.tokens import Sealer

OTHER = "other"
HTTPS = "https://auth.example.com"
WITH_TLS: dict[str, object] = {**AS_EVER, "public_url": HTTPS}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://appleid.apple.com"}


@pytest.fixture
async def other_server(clock: FrozenClock) -> AsyncIterator[StandInProvider]:
    """Another provider."""
    provider = StandInProvider(clock)
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def app(
    make_app: MakeApp, server: StandInProvider, other_server: StandInProvider
) -> Starlette:
    """An application with two providers."""
    return await make_app(providers={PROVIDER: acme(server), OTHER: acme(other_server)}, **AS_EVER)


async def test_an_answer_in_another_browser_is_refused_and_changes_nothing(
    traveller: Traveller, auth: Auth, app: Starlette
) -> None:
    """Whoever sends somebody there to log in as them gets nothing, nor does the other way round."""
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    (begun,) = await login_rows(auth)
    for stranger in (Traveller(Browser(app), traveller.server), await on_the_way(app, traveller)):
        rows = await everything_but_events(auth)
        refused = await stranger.come_back(brought)
        assert refused.status_code == 400
        assert "begun in another browser" in refused.text
        assert await everything_but_events(auth) == rows
        assert (await stranger.complete())["__typename"] == "InvalidToken"
    assert begun in await login_rows(auth)
    assert (await traveller.come_back(brought)).status_code == 303
    assert (await traveller.complete())["__typename"] == "AuthPayload"


async def on_the_way(app: Starlette, traveller: Traveller) -> Traveller:
    """Somebody else, who has begun a login of their own."""
    stranger = Traveller(Browser(app), traveller.server)
    await stranger.begin()
    return stranger


async def test_an_answer_is_taken_once(traveller: Traveller, auth: Auth) -> None:
    """Not when it comes again, nor when it was used."""
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    assert (await traveller.come_back(brought)).status_code == 303
    assert (await traveller.come_back(brought)).status_code == 400
    assert traveller.server.paths().count("/token") == 1
    assert (await traveller.complete())["__typename"] == "AuthPayload"
    assert (await traveller.come_back(brought)).status_code == 400
    assert (await traveller.complete())["__typename"] == "InvalidToken"
    assert len(await people(auth)) == 1


async def test_an_answer_at_the_callback_of_another_provider_is_refused(
    traveller: Traveller, other_server: StandInProvider
) -> None:
    """No code goes to a provider that has not made it."""
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    assert (await traveller.come_back(brought, OTHER)).status_code == 400
    assert (await traveller.come_back(brought, "nobody")).status_code == 400
    assert "/token" not in [*other_server.paths(), *traveller.server.paths()]
    assert (await traveller.come_back(brought)).status_code == 303


async def test_a_provider_that_answers_in_the_name_of_another_is_refused(
    traveller: Traveller, other_server: StandInProvider
) -> None:
    """The answer says whose it is (RFC 9207)."""
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    assert (await traveller.come_back({**brought, "iss": other_server.issuer})).status_code == 303
    answer = await traveller.complete()
    assert (answer["__typename"], answer["reason"]) == ("ExternalLoginFailed", "provider")
    assert "/token" not in traveller.server.paths()


async def test_two_providers_at_once_in_two_tabs(
    traveller: Traveller, other_server: StandInProvider, auth: Auth
) -> None:
    """Each answer finds its own way."""
    there = Traveller(traveller.browser, other_server, {"sub": "bob", "email": "bob@example.com"})
    first = await traveller.begin()
    second = await there.begin(provider=OTHER)
    brought = there.log_in_there(second["authorizationUrl"])
    assert (await there.come_back(brought, OTHER)).status_code == 303
    assert (await there.complete())["user"]["email"] == "bob@example.com"
    assert (
        await traveller.come_back(traveller.log_in_there(first["authorizationUrl"]))
    ).status_code == 303
    assert (await traveller.complete())["user"]["email"] == "ada@example.com"
    assert len(await people(auth)) == 2


async def test_two_answers_in_one_browser_are_both_taken(
    traveller: Traveller, other_server: StandInProvider, clock: FrozenClock
) -> None:
    """The later one first."""
    there = Traveller(traveller.browser, other_server, {"sub": "bob", "email": "bob@example.com"})
    first, second = await traveller.begin(), await there.begin(provider=OTHER)
    await traveller.come_back(traveller.log_in_there(first["authorizationUrl"]))
    clock.tick(1)
    await there.come_back(there.log_in_there(second["authorizationUrl"]), OTHER)
    assert (await there.complete())["user"]["email"] == "bob@example.com"
    assert (await traveller.complete())["user"]["email"] == "ada@example.com"


async def test_it_is_over_after_ten_minutes(
    traveller: Traveller, clock: FrozenClock, auth: Auth
) -> None:
    """On the way there and back; and so long again for what follows."""
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    clock.tick(600)
    assert (await traveller.come_back(brought)).status_code == 400
    await traveller.travel()
    clock.tick(600)
    assert (await traveller.complete())["__typename"] == "InvalidToken"
    await auth.pruning.prune()
    assert await login_rows(auth) == []


async def test_what_was_brought_back_and_left_is_over_when_it_is_begun_anew(
    traveller: Traveller, auth: Auth
) -> None:
    """On a machine that several people use, the next one does not become the one before."""
    await traveller.travel()
    await traveller.begin()
    assert (await traveller.complete())["__typename"] == "InvalidToken"
    assert len(await login_rows(auth)) == 1


@pytest.mark.parametrize("state", ["", "x", "é", "\x00", "a" * 5000])
async def test_a_state_that_was_never_given_is_refused(traveller: Traveller, state: str) -> None:
    """Whatever it is."""
    await traveller.begin()
    assert (await traveller.come_back({"state": state, "code": "x"})).status_code == 400
    assert (await traveller.come_back({"code": "x"})).status_code == 400


async def test_a_parameter_that_stands_twice_is_refused(traveller: Traveller) -> None:
    """RFC 6749, section 3.1."""
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    pairs = [*brought.items(), ("code", "another")]
    refused = await traveller.browser.send(
        "GET", "/external/acme/callback", params=pairs, headers=LED_HERE
    )
    assert refused.status_code == 400
    assert (await traveller.come_back(brought)).status_code == 303


async def test_a_head_request_takes_nothing(traveller: Traveller) -> None:
    """As some preview of a link sends."""
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    head = await traveller.browser.send(
        "HEAD", "/external/acme/callback", params=brought, headers=LED_HERE
    )
    assert head.status_code == 405
    assert (await traveller.come_back(brought)).status_code == 303


async def test_a_page_of_another_site_neither_begins_nor_completes(traveller: Traveller) -> None:
    """The cookie is for our pages only."""
    await traveller.travel()
    asked = {"provider": PROVIDER, "returnTo": RETURN_TO}
    elsewhere = {"Origin": "https://evil.example"}
    for document, variables in (
        (BEGIN_EXTERNAL_LOGIN, asked),
        ("mutation { completeExternalLogin { __typename } }", {}),
    ):
        response = await traveller.browser.ask(document, variables, headers=elsewhere)
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "CROSS_SITE_REQUEST"
        assert set_cookies(response) == []


def new_key() -> str:
    """A private key as Apple hands one out."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class PostingProvider(StandInProvider):
    """Shaped as Apple: its page posts the answer, and its client's secret is a signature."""

    def _is_theirs(self, asked: Mapping[str, str]) -> bool:
        return self.form()["client_id"] == asked["client_id"]


@pytest.fixture
async def posting(make_app: MakeApp, clock: FrozenClock) -> AsyncIterator[Traveller]:
    """Somebody before it, who reaches us over TLS."""
    provider = PostingProvider(clock)
    provider.metadata = {
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "authorization_response_iss_parameter_supported": None,
    }
    await provider.start()
    apple = {
        "issuer": provider.issuer,
        "client_id": "com.example.app",
        "team_id": "TEAM123456",
        "key_id": "KEY1234567",
        "private_key": new_key(),
        "private_addresses": True,
        "trust_email": True,
    }
    app = await make_app(**WITH_TLS, providers={"apple": apple})
    yield Traveller(Browser(app, url=HTTPS), provider, {"aud": "com.example.app"})
    await provider.stop()


async def test_a_provider_that_posts_its_answer_has_a_cookie_of_its_own(
    posting: Traveller,
) -> None:
    """With the POST of its page only a cookie comes that crosses sites; it lasts as long.

    With TLS the names say that no other host has set them.
    """
    asked = {"provider": "apple", "returnTo": f"{HTTPS}/account/"}
    response = await posting.browser.ask(BEGIN_EXTERNAL_LOGIN, asked)
    lax, none = sorted(set_cookies(response))
    assert lax.startswith("__Host-external_login=")
    assert none.startswith("__Host-external_login_post=")
    assert attributes(lax) == {"httponly", "secure", "path=/", "max-age=600", "samesite=lax"}
    assert attributes(none) == {"httponly", "secure", "path=/", "max-age=600", "samesite=none"}


def attributes(header: str) -> set[str]:
    """What a cookie has beside its value."""
    return {part.strip().lower() for part in header.split(";")[1:]}


async def test_what_its_page_posts_is_taken_from_the_browser_that_went_there(
    posting: Traveller,
) -> None:
    """Which then completes with the other cookie; and each is good for its own part only."""
    begun = await posting.begin(provider="apple", returnTo=f"{HTTPS}/account/")
    brought = posting.log_in_there(begun["authorizationUrl"], iss=None)
    app = posting.browser
    held = dict(app.cookies)
    for names, status in (((), 400), (("__Host-external_login",), 400), (tuple(held), 303)):
        app.forget()
        for name in names:
            app.keep(name, held[name] or "")
        posted = await app.send(
            "POST", "/external/apple/callback", data=brought, headers={**LED_HERE, **FORM}
        )
        assert posted.status_code == status, names
    app.forget()
    app.keep("__Host-external_login", held["__Host-external_login_post"] or "")
    assert (await posting.complete())["__typename"] == "InvalidToken"
    app.forget()
    app.keep("__Host-external_login", held["__Host-external_login"] or "")
    assert (await posting.complete())["__typename"] == "AuthPayload"


async def test_what_a_secret_sealed_that_is_gone_is_begun_again(
    traveller: Traveller, auth: Auth
) -> None:
    """It is as good as not there."""
    await traveller.travel()
    other = PendingExternalLogins(auth.resources)
    other._sealer = Sealer(["another secret, which is configured no more"], "external login")
    for row in await login_rows(auth):
        with auth.database.use():
            await ExternalLogin.filter(id=row["id"]).update(
                sealed_outcome=other._seal(row["id"], "{}")
            )
    assert (await traveller.complete())["__typename"] == "InvalidToken"
