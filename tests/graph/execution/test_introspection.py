"""What strangers can learn of the schema."""

import pytest
from apps import PRODUCTION, MakeApp
from browser import Browser, codes
from documents import LOGIN
from graphql import get_introspection_query

from authberry import Settings

GUESSES = [
    "{ mee { id } }",
    "{ me { idd } }",
    "{ user { id } }",
    "{ __typo }",
    'mutation { logIn(email: "a", password: "b") { __typename } }',
    'mutation { login(emial: "a", password: "b") { __typename } }',
    'mutation { login(email: "a", password: "b", transport: COKIE) { __typename } }',
    'mutation { login(email: "a", password: "b", transport: "COOKIE") { __typename } }',
    'mutation { login(email: "a") { __typename } }',
    'mutation { login(email: "a", password: "b") { ... on AuthPayloat { expiresIn } } }',
    'mutation { login(email: "a", password: "b") { ... on AuthPayload { acessToken } } }',
    "mutation { logout }",
    "query($a: Strin) { me { id } }",
    "{ me { id @skop(if: true) } }",
    "fragment F on Usser { id } { me { ...F } }",
]
NOT_GRAPHQL = 'mutation { __type(name: "User") { name } }'
INTROSPECTION = [
    get_introspection_query(),
    "{ __schema { types { name } } }",
    '{ __type(name: "User") { fields { name } } }',
    "{ a: __schema { queryType { name } } }",
    "{ ...F } fragment F on Query { __schema { queryType { name } } }",
]


@pytest.fixture
async def stranger(make_app: MakeApp) -> Browser:
    """A browser at a service in production."""
    return Browser(await make_app(**PRODUCTION), url="https://auth.example.com")


async def test_production_does_not_help_to_guess(
    stranger: Browser, subtests: pytest.Subtests
) -> None:
    """A refusal repeats what was asked, and suggests nothing."""
    for document in GUESSES:
        with subtests.test(document):
            response = await stranger.ask(document)
            assert "data" not in response.json()
            assert set(codes(response)) <= {"GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST"}
            assert "Did you mean" not in response.text


async def test_production_does_not_suggest_values_of_variables(stranger: Browser) -> None:
    """They are looked at later than the document, by other code."""
    response = await stranger.ask(LOGIN, email="a", password="b", transport="COKIE")
    assert codes(response) == ["BAD_REQUEST"]
    assert "Did you mean" not in response.text


async def test_development_helps(browser: Browser) -> None:
    """What the two tests above would see if it were otherwise."""
    for response in (
        await browser.ask("{ mee { id } }"),
        await browser.ask(LOGIN, email="a", password="b", transport="COKIE"),
    ):
        assert "Did you mean" in response.text


SECRETS = [*INTROSPECTION, NOT_GRAPHQL]


async def test_production_keeps_its_schema_to_itself(
    stranger: Browser, subtests: pytest.Subtests
) -> None:
    """It is in the repository for those who may have it."""
    for document in SECRETS:
        with subtests.test(document):
            response = await stranger.ask(document)
            assert "data" not in response.json()
            assert set(codes(response)) == {"GRAPHQL_VALIDATION_FAILED"}


async def test_development_shows_its_schema(browser: Browser, subtests: pytest.Subtests) -> None:
    """GraphiQL lives by it."""
    for document in INTROSPECTION:
        with subtests.test(document):
            response = await browser.ask(document)
            assert list(response.json()) == ["data"]


async def test_the_name_of_a_type_is_no_secret(stranger: Browser) -> None:
    """Clients ask for it in every selection, to tell the members of a union apart."""
    assert (await stranger.ask("{ __typename }")).json() == {"data": {"__typename": "Query"}}


async def test_introspection_is_a_setting(make_app: MakeApp) -> None:
    """On where an operator wants it, off in development too."""
    on = Browser(await make_app(**PRODUCTION, introspection=True), url=PRODUCTION["public_url"])
    off = Browser(await make_app(introspection=False))
    assert "data" in (await on.ask(INTROSPECTION[0])).json()
    assert "data" not in (await off.ask(INTROSPECTION[0])).json()
    assert Settings.load(**PRODUCTION, secret="x").allows_introspection is False
