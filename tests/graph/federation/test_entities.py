"""`_entities`: people by reference, who asks for them, and what they are told."""

from typing import Any
from uuid import uuid4

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, codes, data, errors
from documents import LOGIN, ME
from people import PASSWORD, begin
from rows import everything
from statements import Statements

from authberry import Auth, Client, Issued
from authberry.models import User

ENTITIES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on User { %s } }
}"""
NAMES = ENTITIES % "__typename id name"
PRIVATE = ("email", "emailVerified", "roles", "createdAt")
WHOLE = ENTITIES % f"id name {' '.join(PRIVATE)}"
SERVICE = "{ _service { sdl } }"


def reference(*people: User | object) -> list[dict[str, object]]:
    """What another subgraph says of people."""
    ids = [str(one.id) if isinstance(one, User) else one for one in people]
    return [{"__typename": "User", "id": one} for one in ids]


async def ask(
    browser: Browser, document: str, *people: object, issued: Issued | None = None
) -> Any:
    """Ask for people as a gateway does."""
    token = issued.access_token.value if issued else None
    return await browser.ask(document, representations=reference(*people), token=token)


@pytest.fixture
async def grace(auth: Auth) -> User:
    """Grace, who is somebody else."""
    return await person(auth, "grace@example.com", "Grace", ("editor",))


async def test_anybody_learns_id_and_name(browser: Browser, ada: User, grace: User) -> None:
    """A page says who wrote it, in the order it asks in."""
    assert data(await ask(browser, NAMES, grace, ada, grace)) == [
        {"__typename": "User", "id": str(one.id), "name": one.name} for one in (grace, ada, grace)
    ]


UNKNOWN = [
    str(uuid4()),
    "",
    "1",
    "' OR 1=1 --",
    "\x00",
    "\ud800",
    "{00000000-0000-4000-8000-000000000000}",
    "x" * 5000,
    7,
    None,
    ["a"],
    {"$ne": None},
]


async def test_who_is_not_here_is_null(
    browser: Browser, ada: User, subtests: pytest.Subtests
) -> None:
    """And so is what is no id of ours; neither disturbs the others."""
    for unknown in UNKNOWN:
        with subtests.test(repr(unknown)[:50]):
            ada_and_nobody = await ask(browser, NAMES, ada, unknown)
            assert [one and one["name"] for one in data(ada_and_nobody)] == ["Ada", None]


@pytest.mark.parametrize(
    "representation",
    [{}, {"__typename": "User"}, {"__typename": "Session", "id": "x"}, {"id": "x"}, "x", 1, []],
)
async def test_what_is_no_reference_is_null(
    browser: Browser, ada: User, representation: object
) -> None:
    """A gateway never sends it; whoever does learns nothing and leaves no error in the log."""
    both = [representation, *reference(ada)]
    response = await browser.ask(NAMES, representations=both)
    assert [one and one["name"] for one in data(response)] == [None, "Ada"]


async def test_another_spelling_of_an_id_is_no_id(browser: Browser, ada: User) -> None:
    """What refers to a person in two ways would be two people to a gateway."""
    spellings = [str(ada.id).upper(), ada.id.hex, f"urn:uuid:{ada.id}", f" {ada.id}"]
    assert data(await ask(browser, NAMES, *spellings)) == [None] * 4


async def test_everybody_of_a_request_is_read_with_one_query(
    auth: Auth, browser: Browser, ada: User, grace: User, statements: Statements
) -> None:
    """However many, however often, under however many names."""
    document = """
    query ($representations: [_Any!]!) {
      a: _entities(representations: $representations) { ... on User { id } }
      b: _entities(representations: $representations) { ... on User { name } }
    }"""
    strangers = [str(uuid4()) for _ in range(400)]
    statements.seen.clear()
    response = await ask(browser, document, ada, *strangers, grace, ada)
    found = [one["name"] for one in response.json()["data"]["b"] if one]
    assert found == ["Ada", "Grace", "Ada"]
    assert len(statements.seen) == 1


async def test_one_request_asks_for_five_thousand_fields_at_most(
    browser: Browser, ada: User, statements: Statements
) -> None:
    """Whoever asks for more is refused before anybody is looked up; no spelling leads around."""
    people = [ada] * 900
    assert (
        data(await ask(browser, NAMES, *people))
        == [{"__typename": "User", "id": str(ada.id), "name": "Ada"}] * 900
    )
    statements.seen.clear()
    many = " ".join(f"n{number}: name" for number in range(5))
    spread = """
    query ($representations: [_Any!]!) { ...A ...B }
    fragment A on Query { a: _entities(representations: $representations) { ...P } }
    fragment B on Query { b: _entities(representations: $representations) { ...P } }
    fragment P on User { id name email roles createdAt emailVerified }"""
    for document in (ENTITIES % many, spread):
        response = await ask(browser, document, *people)
        assert codes(response) == ["OPERATION_TOO_COMPLEX"]
        assert response.json()["data"] is None
    assert statements.seen == []


@pytest.mark.parametrize("field", PRIVATE)
async def test_strangers_learn_nothing_more(
    browser: Browser, ada: User, issued: Issued, grace: User, field: str
) -> None:
    """Without a token, with a bad one, with somebody else's; and the name is still there."""
    grace_s_name = {"id": str(grace.id), "name": "Grace", field: None}
    document = ENTITIES % f"id name {field}"
    for token, code in ((None, "UNAUTHENTICATED"), ("x", "UNAUTHENTICATED")):
        response = await browser.ask(document, representations=reference(grace), token=token)
        assert (codes(response), response.json()["data"]["_entities"]) == ([code], [grace_s_name])
    response = await ask(browser, document, grace, issued=issued)
    assert response.json() == {
        "data": {"_entities": [grace_s_name]},
        "errors": [
            {
                "message": "You may not do this.",
                "locations": response.json()["errors"][0]["locations"],
                "path": ["_entities", 0, field],
                "extensions": {"code": "FORBIDDEN"},
            }
        ],
    }


async def test_people_see_all_of_themselves(
    browser: Browser, ada: User, issued: Issued, grace: User
) -> None:
    """And of the others in the same request, the name."""
    response = await ask(browser, WHOLE, grace, ada, issued=issued)
    nothing = dict.fromkeys(PRIVATE)
    assert response.json()["data"]["_entities"] == [
        {"id": str(grace.id), "name": "Grace", **nothing},
        {
            "id": str(ada.id),
            "name": "Ada",
            "email": "ada@example.com",
            "emailVerified": False,
            "roles": ["admin"],
            "createdAt": "2026-01-01T12:00:00.654Z",
        },
    ]
    assert codes(response) == ["FORBIDDEN"] * 4


async def test_readers_see_all_of_anybody(auth: Auth, browser: Browser, grace: User) -> None:
    """Those who have a role of AUTHBERRY_USER_READERS now, whatever their token says."""
    support = await person(auth, "support@example.com", None, ("support",))
    session = await begin(auth, support)
    response = await ask(browser, WHOLE, grace, issued=session)
    assert data(response)[0]["email"] == "grace@example.com"
    with auth.database.use():
        await User.filter(id=support.id).update(roles=[])
    await auth.sessions.viewers.propagate()
    assert codes(await ask(browser, WHOLE, grace, issued=session)) == ["FORBIDDEN"] * 4


async def test_nobody_is_a_reader_unless_a_setting_says_so(
    make_app: MakeApp, auth: Auth, grace: User
) -> None:
    """Not even an admin."""
    app = await make_app(federation=True)
    admin = await begin(auth, await person(auth, "admin@example.com", None, ("admin",)))
    response = await ask(Browser(app), WHOLE, grace, issued=admin)
    assert codes(response) == ["FORBIDDEN"] * 4


@pytest.mark.parametrize("end", ["revoked", "disabled"])
async def test_a_session_that_ended_is_a_stranger_s(
    auth: Auth, browser: Browser, ada: User, issued: Issued, end: str
) -> None:
    """To its own person, too: at once, and not when the token expires."""
    if end == "revoked":
        await auth.sessions.revocation.revoke_by_id(issued.session.id, Client())
    else:
        await auth.accounts.disable(ada, Client())
    response = await ask(browser, WHOLE, ada, issued=issued)
    assert [extensions.get("reason") for _, extensions in errors(response)] == [
        "SESSION_REVOKED"
    ] * 4
    assert response.json()["data"]["_entities"][0]["name"] == "Ada"


async def test_a_disabled_person_keeps_their_name(
    auth: Auth, browser: Browser, ada: User, grace: User
) -> None:
    """What they wrote stays theirs; and whether they may log in is nobody's business."""
    before = await ask(browser, NAMES, grace)
    await auth.accounts.disable(grace, Client())
    assert (await ask(browser, NAMES, grace)).json() == before.json()


async def test_me_and_a_login_are_as_ever(browser: Browser, ada: User) -> None:
    """They answer whoever has just shown who they are, whole."""
    payload = data(await browser.ask(LOGIN, email=ada.email, password=PASSWORD))
    assert payload["user"] == data(await browser.ask(ME, token=payload["accessToken"]))
    assert (payload["user"]["email"], payload["user"]["roles"]) == ("ada@example.com", ["admin"])


async def test_refusals_are_data_as_ever(browser: Browser, ada: User) -> None:
    """Also those that other subgraphs share."""
    for _ in range(5):
        await browser.ask(LOGIN, email=ada.email, password="wrong password")
    refused = data(await browser.ask(LOGIN, email=ada.email, password="wrong password"))
    assert (refused["__typename"], refused["code"]) == ("TooManyAttempts", "TOO_MANY_ATTEMPTS")
    assert refused["retryAfter"] > 0


async def test_nothing_is_written(auth: Auth, browser: Browser, ada: User, issued: Issued) -> None:
    """To look somebody up leaves everything as it was."""
    before = await everything(auth)
    await ask(browser, WHOLE, ada, str(uuid4()), issued=issued)
    assert await everything(auth) == before


async def test_the_database_away_is_no_fault(
    auth: Auth, browser: Browser, ada: User, statements: Statements
) -> None:
    """The gateway is told to try again; nobody is said not to exist."""
    with statements.broken():
        response = await ask(browser, NAMES, ada)
    assert codes(response) == ["SERVICE_UNAVAILABLE"]
    assert response.json()["data"] is None
    assert response.headers["retry-after"] == "1"


async def test_the_database_away_for_whoever_asks_leaves_the_names(
    browser: Browser, ada: User, issued: Issued, statements: Statements
) -> None:
    """Not even the person themselves is refused for good."""
    with statements.broken(2):
        response = await ask(browser, WHOLE, ada, issued=issued)
    assert codes(response) == ["SERVICE_UNAVAILABLE"] * 4
    assert response.json()["data"]["_entities"][0]["name"] == "Ada"
    assert response.headers["retry-after"] == "1"


async def test_a_gateway_gets_the_sdl_in_production(make_app: MakeApp) -> None:
    """Where introspection is off, too: a gateway has to know what there is."""
    app = await make_app(federation=True, **PRODUCTION)
    browser = Browser(app, url="https://auth.example.com")
    sdl = data(await browser.ask(SERVICE))["sdl"]
    assert 'type User @key(fields: "id")' in sdl
    introspection = await browser.ask("{ __schema { types { name } } }")
    assert set(codes(introspection)) == {"GRAPHQL_VALIDATION_FAILED"}


async def test_without_the_setting_there_is_no_subgraph(make_app: MakeApp, ada: User) -> None:
    """Neither field exists."""
    browser = Browser(await make_app())
    assert codes(await browser.ask(SERVICE)) == ["GRAPHQL_VALIDATION_FAILED"]
    assert set(codes(await ask(browser, NAMES, ada))) == {"GRAPHQL_VALIDATION_FAILED"}
