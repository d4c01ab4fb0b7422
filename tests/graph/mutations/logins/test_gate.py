"""One gate: of whatever can end in tokens, nothing does before the second factor is proved."""

import ast
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from apps import MakeApp, person
from browser import Browser, codes, data
from documents import (
    BEGIN_PASSKEY_LOGIN,
    COMPLETE_LOGIN,
    COMPLETE_PASSWORD_RESET,
    LOGIN,
    LOGIN_WITH_LINK,
    LOGIN_WITH_PASSKEY,
    REGISTER,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    RESET_PASSWORD,
)
from external_logins import (
    COMPLETE_EXTERNAL_LOGIN,
    CONFIRM_ACCOUNT_LINK,
    LOGIN_WITH_ID_TOKEN,
    PROVIDER,
    Traveller,
    acme,
    link_to,
)
from graphql import GraphQLUnionType, get_named_type
from held_factors import Phone, add_authenticator, add_phone
from people import PASSWORD
from rows import Row, everything
from sent_mail import token_to
from stand_in_provider import StandInProvider, server
from writing_identity_mutations import APP

from authberry import Auth
from authberry.graph import build_schema
from authberry.graph.strawberry_internals import core_schema
from authberry.models import User

__all__ = ["server"]

ADA, BOB = "ada@example.com", "bob@example.com"
HOUSE = Path(__file__).parents[4]
ROOMS = ("auth", "graph", "server")
RENEWALS = {"refreshToken", "changePassword", "reauthenticate"}
"""What answers with tokens of a session that has begun before, at the gate."""


@dataclass(frozen=True)
class Ada:
    """Somebody with a password, an app, and a passkey that does not verify her; in a browser."""

    auth: Auth
    browser: Browser
    user: User
    phone: Phone
    server: StandInProvider

    async def comes(self, **says: object) -> None:
        """Go to the provider and back, as somebody whom it knows."""
        await Traveller(self.browser, self.server, says).travel()

    async def ask(self, document: str, **variables: object) -> httpx.Response:
        """Ask without an access token: nobody is logged in."""
        return await self.browser.ask(document, variables)


async def _log_in(ada: Ada) -> httpx.Response:
    return await ada.ask(LOGIN, email=ADA, password=PASSWORD)


async def _log_in_with_link(ada: Ada) -> httpx.Response:
    await ada.ask(REQUEST_LOGIN_LINK, email=ADA)
    return await ada.ask(LOGIN_WITH_LINK, token=await token_to(ada.auth, ADA))


async def _log_in_with_unverified_passkey(ada: Ada) -> httpx.Response:
    authenticator = await add_authenticator(ada.auth, ada.user)
    authenticator.verifies = False
    options = data(await ada.ask(BEGIN_PASSKEY_LOGIN))["options"]
    return await ada.ask(LOGIN_WITH_PASSKEY, credential=authenticator.get(options))


async def _complete_with_a_wrong_code(ada: Ada) -> httpx.Response:
    await _log_in(ada)
    return await ada.ask(COMPLETE_LOGIN, proof={"totpCode": "000000"})


async def _complete_with_the_password_again(ada: Ada) -> httpx.Response:
    await _log_in(ada)
    return await ada.ask(COMPLETE_LOGIN, proof={"password": PASSWORD})


async def _complete_with_nothing(ada: Ada) -> httpx.Response:
    await _log_in(ada)
    return await ada.ask(COMPLETE_LOGIN, skip=True)


async def _register(ada: Ada) -> httpx.Response:
    return await ada.ask(REGISTER, email=BOB, password=PASSWORD)


async def _complete_without_enrollment(ada: Ada) -> httpx.Response:
    await _register(ada)
    return await ada.ask(COMPLETE_LOGIN, skip=True)


async def _reset_password(ada: Ada) -> httpx.Response:
    await ada.ask(REQUEST_PASSWORD_RESET, email=ADA)
    token = await token_to(ada.auth, ADA)
    return await ada.ask(RESET_PASSWORD, token=token, newPassword="another horse, another staple")


async def _come_from_a_provider(ada: Ada) -> httpx.Response:
    await link_to(ada.auth, ada.user)
    await ada.comes()
    return await ada.ask(COMPLETE_EXTERNAL_LOGIN)


async def _come_for_the_first_time(ada: Ada) -> httpx.Response:
    await ada.comes(sub="bob", email=BOB)
    return await ada.ask(COMPLETE_EXTERNAL_LOGIN)


async def _come_with_the_address(ada: Ada) -> httpx.Response:
    await ada.comes()
    return await ada.ask(COMPLETE_EXTERNAL_LOGIN)


async def _bring_an_id_token(ada: Ada) -> httpx.Response:
    await link_to(ada.auth, ada.user)
    token = ada.server.id_token(audience=APP)
    return await ada.ask(LOGIN_WITH_ID_TOKEN, provider=PROVIDER, idToken=token)


async def _confirm_with_the_password(ada: Ada) -> httpx.Response:
    await _come_with_the_address(ada)
    return await ada.ask(CONFIRM_ACCOUNT_LINK, proof={"password": PASSWORD})


async def _confirm_with_a_code(ada: Ada) -> httpx.Response:
    await _come_with_the_address(ada)
    return await ada.ask(CONFIRM_ACCOUNT_LINK, proof={"totpCode": ada.phone.code()})


async def _complete_login_with_a_reset(ada: Ada) -> httpx.Response:
    await _reset_password(ada)
    return await ada.ask(COMPLETE_LOGIN, proof={"totpCode": ada.phone.code()})


@dataclass(frozen=True)
class Way:
    """A way in, tried with one factor, and what is answered."""

    mutation: str
    try_: Callable[[Ada], Awaitable[httpx.Response]]
    answer: str
    waiting: int = 1
    """How many logins wait for a second factor then."""


WAYS = [
    Way("login", _log_in, "SecondFactorRequired"),
    Way("loginWithLink", _log_in_with_link, "SecondFactorRequired"),
    Way("loginWithPasskey", _log_in_with_unverified_passkey, "InvalidProof", waiting=0),
    Way("completeLogin", _complete_with_a_wrong_code, "InvalidProof"),
    Way("completeLogin", _complete_with_the_password_again, "InvalidProof"),
    Way("completeLogin", _complete_with_nothing, "InvalidProof"),
    Way("completeLogin", _complete_without_enrollment, "FactorEnrollmentRequired"),
    Way("completeLogin", _complete_login_with_a_reset, "InvalidToken"),
    Way("register", _register, "FactorEnrollmentRequired"),
    Way("resetPassword", _reset_password, "SecondFactorRequired"),
    Way("completeExternalLogin", _come_from_a_provider, "SecondFactorRequired"),
    Way("completeExternalLogin", _come_for_the_first_time, "FactorEnrollmentRequired"),
    Way("completeExternalLogin", _come_with_the_address, "AccountLinkRequired", waiting=0),
    Way("loginWithIdToken", _bring_an_id_token, "SecondFactorRequired"),
    Way("confirmAccountLink", _confirm_with_the_password, "SecondFactorRequired"),
    Way("confirmAccountLink", _confirm_with_a_code, "InvalidProof", waiting=0),
]


def test_every_mutation_that_can_answer_with_tokens_is_a_way_in_or_a_renewal() -> None:
    """Whoever adds one tries it below."""
    schema = core_schema(build_schema(introspection=True))
    assert schema.mutation_type
    ending = set()
    for name, field in schema.mutation_type.fields.items():
        kind = get_named_type(field.type)
        members = kind.types if isinstance(kind, GraphQLUnionType) else (kind,)
        ending |= {name} if "AuthPayload" in {one.name for one in members} else set()
    assert ending == {way.mutation for way in WAYS} - {"resetPassword"} | RENEWALS


def calls(*names: str) -> Iterator[tuple[str, str]]:
    """Every call of a method of sessions or of the gate, with its file; the command line's, too."""
    for file in (one for room in ROOMS for one in sorted((HOUSE / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                spelt = ast.unparse(node.func)
                if spelt.endswith(names):
                    yield str(file.relative_to(HOUSE)), spelt.rpartition(".")[2]


def test_nothing_but_the_gate_begins_a_session() -> None:
    """And past what it asks for leads only what has proved two factors, or one that is enough."""
    begin = ("sessions.begin", ".begin_within", ".begin_alone", "statements.sessions.begin")
    assert {file for file, _ in calls(*begin)} == {
        "auth/logins/gate.py",
        "auth/sessions/beginnings.py",
        "auth/sessions/sessions.py",
    }
    assert {file for file, _ in calls("gate.admit")} == {
        "auth/logins/completion.py",
        "auth/logins/passkey_logins.py",
    }


@pytest.fixture
async def ada(make_app: MakeApp, server: StandInProvider) -> Ada:
    """Ada, where everybody has to have a second factor."""
    providers = {PROVIDER: acme(server, audiences=APP)}
    app = await make_app(second_factor="required", providers=providers)
    auth: Auth = app.state.auth
    user = await person(auth, ADA)
    with auth.database.use():
        await User.filter(id=user.id).update(email_verified=True)
    return Ada(auth, Browser(app), user, await add_phone(auth, user), server)


async def sessions(auth: Auth) -> list[Row]:
    """Every session there is."""
    return (await everything(auth))["RefreshToken"]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.mutation}{way.try_.__name__}")
async def test_no_way_in_leads_past_the_second_factor(ada: Ada, way: Way) -> None:
    """No session, no access token and no refresh token, in the cookie or in the body."""
    before = await everything(ada.auth)
    (former,) = before["User"]

    response = await way.try_(ada)

    answered = codes(response) or [data(response)["__typename"]]
    assert answered == [way.answer]
    assert "accessToken" not in response.text
    assert "refresh_token" not in ada.browser.cookies
    after = await everything(ada.auth)
    assert before["RefreshToken"] == after["RefreshToken"] == []
    assert before["TrustedDevice"] == after["TrustedDevice"] == []
    assert before["Totp"] == after["Totp"], "no code was used"
    users = {row["email"]: row for row in after["User"]}
    assert users[ADA] == former
    assert len(after["PendingLogin"]) == way.waiting


@pytest.mark.parametrize("try_", [_log_in, _log_in_with_link])
async def test_once_it_is_proved_there_is_one_session(
    ada: Ada, try_: Callable[[Ada], Awaitable[httpx.Response]]
) -> None:
    """Which the browser holds; the ticket is good no more."""
    await try_(ada)
    answer = data(await ada.ask(COMPLETE_LOGIN, proof={"totpCode": ada.phone.code()}))
    assert answer["__typename"] == "AuthPayload"
    (session,) = await sessions(ada.auth)
    assert answer["session"]["id"] == str(session["id"])
    assert list(ada.browser.cookies) == ["refresh_token"]
    assert (await everything(ada.auth))["PendingLogin"] == []


async def test_a_reset_that_is_complete_begins_no_session(ada: Ada) -> None:
    """The new password asks for the second factor as the old one did."""
    await _reset_password(ada)
    proof = {"totpCode": ada.phone.code()}
    answer = data(await ada.ask(COMPLETE_PASSWORD_RESET, proof=proof))
    assert answer["__typename"] == "PasswordReset"
    assert await sessions(ada.auth) == []
    again = data(await ada.ask(LOGIN, email=ADA, password="another horse, another staple"))
    assert again["__typename"] == "SecondFactorRequired"
