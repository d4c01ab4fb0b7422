"""How large a document may be, and how often it may hold a secret."""

from contextlib import suppress

import pytest
from browser import Browser, codes, errors
from documents import LOGIN
from graphql import GraphQLError
from little_work import little_work
from people import PASSWORD
from rows import everything

from authberry import Auth, Issued
from authberry.graph import build_schema
from authberry.graph.execution.documents import DocumentCache
from authberry.graph.strawberry_internals import core_schema
from authberry.models import User
from authberry.passwords.hashing import PasswordHasher

GUESS = 'login(email: "ada@example.com", password: "{}") {{ __typename }}'
ONE_SECRET = "The operation has more than 1 field that takes or gives a secret."
TOO_LARGE = "The document has more than 1000 tokens, or is nested too deep."
TOO_MANY = {
    "The operation has more than 30 aliases.",
    TOO_LARGE,
}


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was hashed since."""
    seen: list[object] = []
    run = PasswordHasher._run

    async def counted(passwords: PasswordHasher, work: object) -> object:
        seen.append(work)
        return await run(passwords, work)  # type: ignore[arg-type]

    monkeypatch.setattr(PasswordHasher, "_run", counted)
    return seen


def guesses(count: int) -> str:
    """So many passwords, tried under as many aliases."""
    return " ".join(f"a{number}: {GUESS.format(number)}" for number in range(count))


MANY_SECRETS = {
    "a hundred aliases": f"mutation {{ {guesses(100)} }}",
    "two aliases": f"mutation {{ {guesses(2)} }}",
    "a field and an alias": f"mutation {{ {GUESS.format(1)} {guesses(1)} }}",
    "two fields": f'mutation {{ {guesses(1)} b: register(email: "b@example.com",'
    ' password: "x") { __typename } }',
    "a login and a refresh": f"mutation {{ {guesses(1)} refreshToken {{ __typename }} }}",
    "inline fragments": f"mutation {{ ... on Mutation {{ {guesses(1)} }}"
    f" ... {{ b: {GUESS.format(2)} }} }}",
    "one fragment twice": "mutation { ...F ... { ...F } }"
    f" fragment F on Mutation {{ {GUESS.format(1)} }}",
    "nested fragments": "mutation { ...F ...G } fragment F on Mutation { ...H }"
    f" fragment G on Mutation {{ b: {GUESS.format(1)} }}"
    f" fragment H on Mutation {{ c: {GUESS.format(2)} }}",
    "skipped ones too": f"mutation {{ {guesses(1)}"
    " ... @skip(if: true) { logout { __typename } } }",
    "another operation": f"mutation A {{ {guesses(1)} }} mutation B {{ {guesses(2)} }}",
}


async def test_a_request_holds_one_secret_however_it_is_spelt(
    auth: Auth, browser: Browser, ada: User, hashes: list[object], subtests: pytest.Subtests
) -> None:
    """So that a hundred guesses are a hundred requests; none of these costs a hash."""
    for story, document in MANY_SECRETS.items():
        with subtests.test(story):
            before = await everything(auth)
            response = await browser.send(json={"query": document, "operationName": None})
            assert "data" not in response.json()
            assert codes(response) == ["OPERATION_TOO_COMPLEX"]
            assert errors(response)[0][0] in {ONE_SECRET, *TOO_MANY}
            assert hashes == []
            assert await everything(auth) == before


async def test_one_secret_costs_one_hash(browser: Browser, ada: User, hashes: list[object]) -> None:
    """What the test above would see if it were otherwise."""
    response = await browser.ask(LOGIN, email="ada@example.com", password=PASSWORD)
    assert response.json()["data"]["login"]["__typename"] == "AuthPayload"
    assert len(hashes) == 1


BATCHES = ["[{}, {}]", "[]", "[{}]"]


async def test_a_batch_is_refused(
    browser: Browser, ada: User, hashes: list[object], subtests: pytest.Subtests
) -> None:
    """One operation a request."""
    for body in BATCHES:
        with subtests.test(body):
            login = '{"query": "mutation { ' + GUESS.format(1).replace('"', '\\"') + ' }"}'
            response = await browser.send(
                content=body.replace("{}", login), headers={"Content-Type": "application/json"}
            )
            assert response.status_code == 400
            message = "Batches are not served. Send one operation a request."
            assert errors(response) == [(message, {"code": "BAD_REQUEST"})]
            assert hashes == []


def nested(depth: int) -> str:
    """A field so many levels deep, through what introspection offers."""
    inner = "ofType { " * (depth - 4) + "name " + "} " * (depth - 4)
    return "{ __schema { types { fields { " + inner + "} } } }"


TOO_LARGE_DOCUMENTS = [
    (nested(21), "The operation is nested more than 20 levels deep."),
    (
        "{ me { " + " ".join(f"a{number}: id" for number in range(31)) + " } }",
        "The operation has more than 30 aliases.",
    ),
    ("{ me { " + "id " * 500 + "} }", "The operation selects more than 500 fields."),
    (
        "{ me { id " + "@include(if: true) " * 31 + "} }",
        "The operation has more than 30 directives.",
    ),
    ("{ " + "me { id } " * 21 + "}", "The operation has more than 20 root fields."),
    ("{ me { " + "id " * 1000 + "} }", TOO_LARGE),
    (
        "query(" + "".join(f"$v{number}: Int " for number in range(400)) + ") { me { id } }",
        TOO_LARGE,
    ),
    ("{ me " * 300, TOO_LARGE),
]


async def test_a_document_is_bounded(
    browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """No client of this API needs more, and each refusal names its limit."""
    for document, message in TOO_LARGE_DOCUMENTS:
        with subtests.test(message):
            response = await browser.ask(
                document,
                token=issued.access_token.value,
                headers={"Accept": "application/graphql-response+json"},
            )
            assert response.status_code == 422
            assert errors(response) == [(message, {"code": "OPERATION_TOO_COMPLEX"})]
            assert "data" not in response.json()


SMALL_ENOUGH = [
    "{ me { " + " ".join(f"a{number}: id" for number in range(30)) + " } }",
    "{ me { " + "id " * 490 + "} }",
    "{ me { id " + "@include(if: true) " * 0 + "name @include(if: true) } }",
    "{ " + "me { id name } " * 20 + "}",
]


async def test_what_is_within_the_limits_is_answered(
    browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """The last that is allowed, so that a limit is not lower than it says."""
    for document in SMALL_ENOUGH:
        with subtests.test(document):
            response = await browser.ask(document, token=issued.access_token.value)
            assert "errors" not in response.json()


async def test_the_last_level_is_allowed(browser: Browser) -> None:
    """Twenty levels, which the introspection query of GraphiQL stays within."""
    response = await browser.ask(nested(20))
    assert codes(response) != ["OPERATION_TOO_COMPLEX"]


def doubling(levels: int) -> str:
    """Fragments that each spread the next twice: 2^levels fields in a few lines."""
    chain = "".join(
        f" fragment F{level} on User {{ ...F{level + 1} ...F{level + 1} }}"
        for level in range(levels)
    )
    return f"{{ me {{ ...F0 }} }}{chain} fragment F{levels} on User {{ id }}"


HEAVY = {
    "doubling fragments": doubling(80),
    "doubling fragments, small enough": doubling(8),
    "the same field again and again": "{ me { " + "id " * 490 + "} }",
    "fragments in a circle": "{ me { ...A } } fragment A on User { ...B } fragment B on User"
    " { ...A ...B }",
    "a fragment within itself": "{ me { ...A } } fragment A on User { ...A id }",
    "fragments that nobody spreads": "{ me { id } }"
    + "".join(f" fragment F{number} on User {{ id }}" for number in range(140)),
    "each spreads all": "{ me { ...F0 } }"
    + "".join(
        f" fragment F{number} on User {{ "
        + " ".join(f"...F{other}" for other in range(number + 1, 20))
        + " id }"
        for number in range(20)
    ),
    "unknown fields": "{ me { " + " ".join(f"x{number}" for number in range(450)) + " } }",
    "braces": "{" * 60_000,
    "brackets": "{ me(x: " + "[" * 60_000,
    "a long name": "{ " + "a" * 60_000 + " }",
    "a long comment": "#" * 60_000 + "\n{ me { id } }",
    "a long string": '{ me(x: "' + "\\u0041" * 9_000 + '") { id } }',
    "commas": "{ me { id" + "," * 60_000 + " } }",
    "spreads of what does not exist": "{ me { " + "...nope " * 450 + "} }",
    "operations": "".join(f"query Q{number} {{ me {{ id }} }} " for number in range(160)),
}


@pytest.mark.parametrize("story", HEAVY)
def test_no_document_holds_the_event_loop(story: str) -> None:
    """Measured in linear time: the doubling one took 17 seconds where limits are naive.

    The bound leaves room for a busy machine; it is hundreds of times what was measured.
    """
    schema = build_schema(introspection=False)
    documents = DocumentCache(introspection=False)
    with little_work(0.5), suppress(GraphQLError):
        documents.check(core_schema(schema), HEAVY[story])


async def test_a_heavy_document_is_refused_or_answered_cleanly(
    browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """Never a fault of the server, and never more errors than somebody reads."""
    for story, document in HEAVY.items():
        with subtests.test(story):
            response = await browser.ask(document, token=issued.access_token.value)
            assert response.status_code == 200
            assert len(response.content) < 100_000
            known = {
                "OPERATION_TOO_COMPLEX",
                "GRAPHQL_PARSE_FAILED",
                "GRAPHQL_VALIDATION_FAILED",
                "BAD_REQUEST",
            }
            assert set(codes(response)) <= known
            assert len(codes(response)) <= 21


TOKENS = ["{ me { id } } tokens", "{ tokens(: 1) }", '{ a } "tokens"']


async def test_the_word_tokens_is_no_reason(browser: Browser, subtests: pytest.Subtests) -> None:
    """A document that cannot be parsed is that, whatever is written in it."""
    for document in TOKENS:
        with subtests.test(document):
            assert codes(await browser.ask(document)) == ["GRAPHQL_PARSE_FAILED"]


async def test_a_document_is_remembered_only_with_its_own_answer(
    browser: Browser, issued: Issued
) -> None:
    """Documents are cached, requests are not: the second asker is nobody, the third somebody."""
    document = "query Cached { me { name } }"
    token = issued.access_token.value
    names = [
        (await browser.ask(document, token=presented)).json()["data"]["me"]
        for presented in (token, None, token)
    ]
    assert names == [{"name": "Ada"}, None, {"name": "Ada"}]


def test_strangers_cannot_fill_the_memory_with_documents() -> None:
    """The cache is bounded in number and in length."""
    schema = build_schema(introspection=True)
    documents = DocumentCache(introspection=True)
    for number in range(1000):
        documents.check(core_schema(schema), f"query Q{number} {{ me {{ id }} }}")
    documents.check(core_schema(schema), "{ me { id } } #" + "x" * 60_000)
    assert len(documents._checked) <= 256
    assert max(map(len, documents._checked)) <= 8192
