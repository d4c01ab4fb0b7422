"""`AuthQuery` and `AuthMutation` in a schema that is only Strawberry's own."""

from typing import Any

import pytest
import strawberry
from browser import Browser, codes, cookie_set, data, errors
from documents import LOGIN, LOGOUT, ME, REFRESH_TOKEN
from hosts import host
from log_lines import LogLines
from people import PASSWORD
from rows import everything
from strawberry.schema.config import StrawberryConfig

from authberry import Auth, Issued
from authberry.graph import AuthMutation, AuthQuery, auth_types
from authberry.graph.mutations.logins import login
from authberry.models import RefreshToken, User

pytestmark = pytest.mark.one_process("the host holds one Auth")

ADA = {"email": "ada@example.com", "password": PASSWORD}


@strawberry.type
class Query(AuthQuery):
    """The host's own query, beside ours."""

    @strawberry.field
    def opening_hours(self) -> str:
        """Anybody may know."""
        return "8 to 18"

    @strawberry.field
    def broken(self) -> str:
        """A fault of the host's."""
        raise ZeroDivisionError("the host's own affair")


@strawberry.type
class Mutation(AuthMutation):
    """Ours, and whatever else the host has."""


SCHEMA = strawberry.Schema(Query, Mutation)


async def test_a_whole_life_of_a_session_in_a_host_s_schema(
    auth: Auth, ada: User, integration: str
) -> None:
    """Login, me, refresh and logout, with the cookie, as on our own server."""
    browser = Browser(host(integration, SCHEMA, auth))

    response = await browser.ask(LOGIN, ADA)
    first = data(response)
    assert first["__typename"] == "AuthPayload"
    assert first["refreshToken"] is None
    assert response.headers["cache-control"] == "no-store"
    morsel = cookie_set(response)
    assert (morsel.key, morsel["path"], morsel["samesite"].lower()) == (
        "refresh_token",
        "/",
        "strict",
    )
    assert morsel["httponly"]

    token = first["accessToken"]
    assert data(await browser.ask(ME, token=token))["email"] == "ada@example.com"
    assert data(await browser.ask("{ openingHours }")) == "8 to 18"

    before = browser.cookies
    renewed = data(await browser.ask(REFRESH_TOKEN))
    assert renewed["__typename"] == "AuthPayload"
    assert browser.cookies != before

    assert data(await browser.ask(LOGOUT)) == {"ok": True, "__typename": "LoggedOut"}
    assert browser.cookies == {}
    refused = await browser.ask(ME, token=renewed["accessToken"])
    assert errors(refused)[0][1] == {"code": "UNAUTHENTICATED", "reason": "SESSION_REVOKED"}
    with auth.database.use():
        row = await RefreshToken.get(id=first["session"]["id"])
    assert row.revoked_reason == "logout"


async def test_refusals_are_data_in_a_schema_that_knows_nothing_of_them(
    auth: Auth, ada: User, integration: str
) -> None:
    """The union of the field declares them, and travels with it."""
    browser = Browser(host(integration, SCHEMA, auth))
    answer = data(await browser.ask(LOGIN, {**ADA, "password": "wrong"}))
    assert answer == {
        "__typename": "InvalidCredentials",
        "code": "INVALID_CREDENTIALS",
        "message": "The e-mail address or the password is wrong.",
    }
    assert browser.cookies == {}


async def test_a_page_of_another_site_gets_no_cookie_from_a_host(
    auth: Auth, ada: User, integration: str
) -> None:
    """The rule is the field's, whoever serves it."""
    browser = Browser(host(integration, SCHEMA, auth))
    before = await everything(auth)
    response = await browser.ask(LOGIN, ADA, headers={"Origin": "https://evil.example.com"})
    assert codes(response) == ["CROSS_SITE_REQUEST"]
    assert "set-cookie" not in response.headers
    assert await everything(auth) == before


@pytest.mark.parametrize(
    "document",
    [
        'mutation { a: login(email: "a", password: "b") { __typename } b: logout { __typename } }',
        "mutation { logout { __typename } ... on Mutation { b: logout { __typename } } }",
    ],
)
async def test_a_second_secret_in_one_request_is_refused(
    auth: Auth, ada: User, document: str
) -> None:
    """A host's schema measures no documents: then the fields count themselves."""
    response = await Browser(host("asgi", SCHEMA, auth)).ask(document)
    assert codes(response) == ["OPERATION_TOO_COMPLEX"]


async def test_a_batch_is_one_request(auth: Auth, ada: User) -> None:
    """Where a host has switched batches on, they hold one guess as well."""
    config = StrawberryConfig(batching_config={"max_operations": 10})
    schema = strawberry.Schema(Query, Mutation, config=config)
    browser = Browser(host("asgi", schema, auth))
    guess = {"query": LOGIN, "variables": {**ADA, "password": "wrong"}}
    answers = (await browser.send(json=[guess] * 5, headers={"Origin": browser.origin})).json()
    refused = [one for one in answers if one.get("errors")]
    assert len(answers) - len(refused) == 1
    assert {one["errors"][0]["extensions"]["code"] for one in refused} == {"OPERATION_TOO_COMPLEX"}


SENTINEL = "Zk9-sentinel-password"
LEAKY = [
    f'mutation {{ login(email: "a@example.com", password: "{SENTINEL}") {{ nope }} }}',
    f'mutation {{ login(email: "a@example.com", password: "{SENTINEL}" {{',
    f'mutation {{ login(email: 7, password: "{SENTINEL}") {{ __typename }} }}',
    f'mutation {{ login(email: "", password: "{SENTINEL}") {{ ... on AuthPayload {{ nope }} }} }}',
]


async def test_nothing_a_client_sends_is_written_into_strawberry_s_log(
    auth: Auth, log: LogLines, subtests: pytest.Subtests
) -> None:
    """It would write down the line of the document, and the values of variables."""
    log.start()
    browser = Browser(host("asgi", SCHEMA, auth))
    for document in LEAKY:
        with subtests.test(document):
            assert (await browser.ask(document)).json()["errors"]
    await browser.ask(LOGIN, {"email": "a@example.com", "password": [SENTINEL]})
    await browser.ask(f'{{ broken me(x: "{SENTINEL}") {{ id }} }}')
    await browser.ask(f"query A {{ broken }} query {SENTINEL.replace('-', '_')} {{ broken }}")
    assert "refused before it ran" in log.text
    assert SENTINEL not in log.text
    assert SENTINEL.replace("-", "_") not in log.text


async def test_a_refusal_is_one_line_of_strawberry_s_log(auth: Auth, log: LogLines) -> None:
    """There is nothing to mend, and so no traceback."""
    log.start()
    await Browser(host("asgi", SCHEMA, auth)).ask(ME)
    (line,) = [one for one in log.records if one["logger"] == "strawberry.execution"]
    assert line["event"] == "No access token was sent. (me)"
    assert "exception" not in line


async def test_a_host_s_own_fault_is_still_in_its_log(auth: Auth, log: LogLines) -> None:
    """Where in the answer, and why."""
    log.start()
    await Browser(host("asgi", SCHEMA, auth)).ask("{ broken }")
    assert "the host's own affair (broken)" in log.text
    assert "ZeroDivisionError" in log.text


async def test_what_nobody_foresaw_in_our_fields_is_masked_in_a_host_s_schema(
    auth: Auth, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the host does with its own."""

    async def fail(*_: object) -> None:
        raise ZeroDivisionError("of a private nature")

    monkeypatch.setattr(type(auth.logins.passwords), "login", fail)
    response = await Browser(host("asgi", SCHEMA, auth)).ask(LOGIN, ADA)
    assert codes(response) == ["INTERNAL_SERVER_ERROR"]
    assert "private" not in response.text


async def test_fields_take_a_prefix_or_another_name(auth: Auth, ada: User) -> None:
    """Where the host's schema has names like ours already."""
    ours = auth_types(prefix="auth", rename={"login": "sign_in"})
    schema = strawberry.Schema(ours.query, ours.mutation)
    sdl = schema.as_str()
    assert "  signIn(" in sdl
    assert "  authMe: User" in sdl
    assert "  authRefreshToken(" in sdl
    assert "  login(" not in sdl
    browser = Browser(host("asgi", schema, auth))
    answer = data(await browser.ask(LOGIN.replace("login(", "signIn("), ADA))
    assert answer["__typename"] == "AuthPayload"
    assert data(await browser.ask("{ authMe { id } }", token=answer["accessToken"])) == {
        "id": str(ada.id)
    }


def test_only_the_fields_that_are_asked_for_are_taken() -> None:
    """A host may have registration of its own."""
    ours = auth_types(only=["me", "login", "logout"])
    sdl = strawberry.Schema(ours.query, ours.mutation).as_str()
    assert "  login(" in sdl
    assert "register" not in sdl
    assert "sessions" not in sdl


def test_a_single_field_can_be_picked() -> None:
    """A field is a value like any other."""

    @strawberry.type
    class Picked:
        log_in = login

    sdl = strawberry.Schema(Query, Picked).as_str()
    assert "  logIn(" in sdl
    assert "register" not in sdl
    assert "  login(" in strawberry.Schema(Query, Mutation).as_str()


@pytest.mark.parametrize("wrong", [{"only": ["lgin"]}, {"rename": {"lgin": "sign_in"}}])
def test_a_field_that_does_not_exist_is_named(wrong: dict[str, Any]) -> None:
    """When the schema is built, not when a client wonders."""
    with pytest.raises(ValueError, match="no field lgin"):
        auth_types(**wrong)


async def test_two_sets_of_accounts_live_in_one_process(
    auth: Auth, ada: User, issued: Issued, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing is global: the host's context says whose fields they are."""
    settings = auth.settings.model_copy(update={"audience": "https://other.example.com"})
    async with Auth(settings, clock=auth.clock) as other:
        mine, theirs = Browser(host("asgi", SCHEMA, auth)), Browser(host("asgi", SCHEMA, other))
        token = issued.access_token.value
        assert data(await mine.ask("{ me { email } }", token=token))
        assert codes(await theirs.ask("{ me { email } }", token=token)) == ["UNAUTHENTICATED"]
