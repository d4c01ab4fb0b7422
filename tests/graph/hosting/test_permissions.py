"""Guards for a host's own fields."""

import pytest
import strawberry
from apps import MakeApp, person
from browser import Browser, codes, data, errors
from hosts import host
from people import BROWSER, begin
from starlette.applications import Starlette
from statements import Statements
from strawberry.permission import PermissionExtension

from authberry import Auth, Issued
from authberry.graph import (
    AuthMutation,
    AuthQuery,
    HasRole,
    IsAuthenticated,
    claims,
    login_required,
    viewer,
)
from authberry.models import User

pytestmark = pytest.mark.one_process("the host holds one Auth")


@strawberry.type
class Query(AuthQuery):
    """A host's."""

    @strawberry.field(extensions=[PermissionExtension([IsAuthenticated()])])
    def diary(self) -> str:
        """For somebody; the resolver is not even a coroutine."""
        return "dear diary"

    @strawberry.field(permission_classes=[IsAuthenticated])
    async def letters(self) -> str:
        """The same, the way that most hosts write it."""
        return "dear friend"

    @strawberry.field(extensions=[PermissionExtension([HasRole("admin")])])
    async def accounts(self) -> str:
        """For some."""
        return "all of them"

    @strawberry.field
    async def name(self, info: strawberry.Info) -> str | None:
        """Ask who it is."""
        return (await viewer(info)).user.name

    @strawberry.field
    async def roles(self, info: strawberry.Info) -> list[str]:
        """Ask the token alone."""
        return list((await claims(info)).roles)


SCHEMA = strawberry.Schema(Query, AuthMutation)


@pytest.mark.parametrize("field", ["diary", "letters", "accounts", "name", "roles"])
async def test_a_guarded_field_of_a_host_is_refused_to_strangers(
    auth: Auth, issued: Issued, integration: str, field: str
) -> None:
    """With a bad token or none, and with its reason."""
    browser = Browser(host(integration, SCHEMA, auth))
    for token, reason in ((None, "TOKEN_MISSING"), ("garbage", "TOKEN_INVALID")):
        response = await browser.ask(f"{{ {field} }}", token=token)
        assert errors(response)[0][1] == {"code": "UNAUTHENTICATED", "reason": reason}
        assert not any((response.json().get("data") or {}).values())
    assert data(await browser.ask(f"{{ {field} }}", token=issued.access_token.value))


async def test_an_ended_session_opens_nothing_but_what_goes_by_claims(
    auth: Auth, issued: Issued
) -> None:
    """`claims` says what it does not see."""
    browser = Browser(host("asgi", SCHEMA, auth))
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    token = issued.access_token.value
    for field in ("diary", "letters", "accounts", "name"):
        response = await browser.ask(f"{{ {field} }}", token=token)
        assert errors(response)[0][1]["reason"] == "SESSION_REVOKED"
    assert data(await browser.ask("{ roles }", token=token)) == ["admin"]


async def test_a_role_is_asked_for_as_it_is_now(auth: Auth, issued: Issued) -> None:
    """Not as the token remembers it."""
    browser = Browser(host("asgi", SCHEMA, auth))
    with auth.database.use():
        await User.filter(id=issued.user.id).update(roles=["editor"])
    await auth.sessions.viewers.propagate()
    response = await browser.ask("{ accounts }", token=issued.access_token.value)
    assert errors(response) == [("You may not do this.", {"code": "FORBIDDEN"})]


async def test_somebody_without_the_role_may_not(auth: Auth, ada: User) -> None:
    """Known, and refused."""
    bob = await begin(auth, await person(auth, "bob@example.com"))
    browser = Browser(host("asgi", SCHEMA, auth))
    response = await browser.ask("{ accounts }", token=bob.access_token.value)
    assert codes(response) == ["FORBIDDEN"]


async def test_nobody_gets_in_while_the_database_is_away(
    auth: Auth, issued: Issued, statements: Statements
) -> None:
    """And what a client reads says that it is temporary, and nothing of the database."""
    browser = Browser(host("asgi", SCHEMA, auth))
    for field in ("diary", "accounts", "name"):
        with statements.broken():
            response = await browser.ask(f"{{ {field} }}", token=issued.access_token.value)
        assert errors(response) == [
            (
                "The service cannot answer right now. Try again shortly.",
                {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1},
            )
        ]


def test_the_schema_definition_says_who_may() -> None:
    """For those who read it, and for programs that compose it."""
    sdl = SCHEMA.as_str()
    assert "directive @authenticated on FIELD_DEFINITION" in sdl
    assert "directive @requires(role: String!) on FIELD_DEFINITION" in sdl
    assert "diary: String! @authenticated" in sdl
    assert 'accounts: String! @requires(role: "admin")' in sdl
    assert "me: User @authenticated" in sdl
    assert "refreshToken: String): RefreshTokenResult!\n" in sdl


@pytest.mark.parametrize("role", ["", " admin", "two words", "ä"])
def test_what_cannot_be_a_role_is_refused_when_the_schema_is_built(role: str) -> None:
    """Nobody could ever have it."""
    with pytest.raises(ValueError, match="HasRole needs the name of a role"):
        HasRole(role)


async def test_a_role_that_does_not_exist_opens_nothing_and_is_named(make_app: MakeApp) -> None:
    """With the roles listed in the settings, a misspelt one is found at its first use."""
    app: Starlette = await make_app(roles="editor")
    auth: Auth = app.state.auth
    bob = await begin(auth, await person(auth, "bob@example.com", roles=("editor",)))
    response = await Browser(host("asgi", SCHEMA, auth)).ask(
        "{ accounts }", token=bob.access_token.value
    )
    ((message, _),) = [(e["message"], None) for e in response.json()["errors"]]
    assert message == "HasRole('admin'): AUTHBERRY_ROLES has no such role"
    assert not response.json()["data"]


@login_required(public={"opening_hours"})
@strawberry.type
class Guarded(AuthQuery):
    """Everything here needs a login."""

    @strawberry.field
    def opening_hours(self) -> str:
        """But this."""
        return "8 to 18"

    @strawberry.field
    def stock(self) -> int:
        """Nobody has said anything of this one."""
        return 7


@strawberry.type
class Inherited:
    """Used with a guard and without."""

    @strawberry.field
    def price(self) -> int:
        """Inherited."""
        return 3


@login_required()
@strawberry.type
class Careful(Inherited):
    """With."""


async def test_everything_in_a_type_needs_a_login(auth: Auth, issued: Issued) -> None:
    """What is inherited and what is added; our public fields stay public."""
    browser = Browser(host("asgi", strawberry.Schema(Guarded, AuthMutation), auth))
    assert codes(await browser.ask("{ stock }")) == ["UNAUTHENTICATED"]
    assert data(await browser.ask("{ openingHours }")) == "8 to 18"
    assert data(await browser.ask("{ stock }", token=issued.access_token.value)) == 7
    assert codes(await browser.ask("{ me { id } }")) == ["UNAUTHENTICATED"]

    guarded = Browser(host("asgi", strawberry.Schema(Careful), auth))
    assert codes(await guarded.ask("{ price }")) == ["UNAUTHENTICATED"]
    free = Browser(host("asgi", strawberry.Schema(Inherited), auth))
    assert data(await free.ask("{ price }")) == 3


async def test_a_guarded_mutation_type_still_lets_people_log_in(auth: Auth, ada: User) -> None:
    """A login does not need a login."""
    mutation = login_required()(strawberry.type(type("Mutation", (AuthMutation,), {})))
    browser = Browser(host("asgi", strawberry.Schema(Guarded, mutation), auth))
    response = await browser.ask("mutation { logout { __typename } }")
    assert data(response) == {"__typename": "LoggedOut"}


def test_a_field_that_is_not_there_cannot_be_public() -> None:
    """A misspelt exception would leave the field it meant behind the guard, at best."""
    with pytest.raises(ValueError, match="has no field opening_hour"):
        login_required(public={"opening_hour"})(Guarded)
