"""A hundred thousand requests that nobody honest would send: each refused, none remembered."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator

from persistent_connection import Answer, PersistentConnection, resident_memory
from processes import Server

CONNECTIONS = 8
GRAPHQL = "POST /graphql"
ME = "{ me { id } }"
REFRESH = "mutation { refreshToken { ... on Error { code } } }"
LOGIN = "mutation ($email: String!) { login(email: $email, password: $email) { __typename } }"
BAD_BODIES = [
    "",
    "null",
    "[" * 9_000,
    '{"query":',
    '{"query": 1e999}',
    '{"query": "{ me { id } }", "variables": []}',
    "9" * 9_000,
    '[{"query": "{ me { id } }"}]',
    '{"query": "\ud800"}',
]

Question = tuple[bytes | str, dict[str, str], str]


def posted(document: str, **variables: object) -> str:
    """The body of a request."""
    return json.dumps({"query": document, "variables": variables})


def aborted(number: int, _: random.Random) -> Question:
    """So many mistakes that validation is given up; graphql-core once kept all of them."""
    fields = " ".join(f"x{number}_{at}" for at in range(200))
    return posted(f"{{ me {{ {fields} }} }}"), {}, GRAPHQL


def unparsable(number: int, _: random.Random) -> Question:
    """No GraphQL, or too much of it."""
    return posted(f"{{ x{number} " + "{ a " * (number % 2_000)), {}, GRAPHQL


def circular(number: int, _: random.Random) -> Question:
    """Fragments in a circle, with names of their own."""
    a, b = f"A{number}", f"B{number}"
    document = f"{{ ...{a} }} fragment {a} on Query {{ ...{b} }} fragment {b} on Query {{ ...{a} }}"
    return posted(document), {}, GRAPHQL


def bad_token(number: int, dice: random.Random) -> Question:
    """A token of the right shape, or of none."""
    token = f"{dice.randbytes(20).hex()}.{number}.{'x' * dice.randrange(4_000)}"
    return posted(ME), {"Authorization": f"Bearer {token}"}, GRAPHQL


def bad_cookie(number: int, dice: random.Random) -> Question:
    """Cookies of our name, as long as a token or much longer."""
    value = dice.randbytes(68).hex()[: dice.choice([91, 136])]
    cookie = f"refresh_token={value}; x{number}={'y' * dice.randrange(2_000)}"
    return posted(REFRESH), {"Cookie": cookie}, GRAPHQL


def bad_body(number: int, dice: random.Random) -> Question:
    """No request at all."""
    return dice.choice(BAD_BODIES), {"Accept": f"*/*, x/{number}"}, GRAPHQL


def not_json(number: int, _: random.Random) -> Question:
    """Another type each time, which is remembered for none."""
    return f"query={number}", {"Content-Type": f"text/x-{number}"}, GRAPHQL


def huge_variables(number: int, dice: random.Random) -> Question:
    """As much as a body may have, in variables that do not fit."""
    value = [{f"k{number}": "v" * 100}] * dice.randrange(10, 400)
    return posted(LOGIN, email=value, other=value[:5]), {}, GRAPHQL


def too_long(number: int, _: random.Random) -> Question:
    """More than a body may have."""
    return posted(ME, x=f"{number}" + "y" * 66_000), {}, GRAPHQL


def nowhere(number: int, dice: random.Random) -> Question:
    """A path that is not there."""
    path = f"/{dice.randbytes(8).hex()}/{number}"
    return "", {}, f"{dice.choice(['GET', 'POST', 'DELETE'])} {path}"


def odd_method(number: int, _: random.Random) -> Question:
    """A method that is not served, where something is."""
    return "", {"X": f"{number}"}, "PATCH /.well-known/jwks.json"


def forwarded(number: int, dice: random.Random) -> Question:
    """Through a proxy that is believed, from an address each time or from none."""
    where = f"{dice.randbytes(16).hex(':', 2)}" if number % 2 else f"{number}." * 900
    return posted(REFRESH), {"X-Forwarded-For": where, "User-Agent": "u" * 900}, GRAPHQL


KINDS: list[Callable[[int, random.Random], Question]] = [
    *(aborted, unparsable, circular, bad_token, bad_cookie, bad_body),
    *(not_json, huge_variables, too_long, nowhere, odd_method, forwarded),
]
REFUSALS = {400, 404, 405, 408, 413, 415, 422}


def questions(numbers: range) -> Iterator[Question]:
    """One of each kind after the other, each like no other, and the same in each run."""
    for number in numbers:
        yield KINDS[number % len(KINDS)](number, random.Random(number))  # noqa: S311 - to be repeated


async def ask_all(server: Server, numbers: range) -> None:
    """Ask, over several connections at a time, and look at every answer."""

    async def share(at: int) -> None:
        async with PersistentConnection(server.port) as connection:
            for body, headers, target in questions(numbers[at::CONNECTIONS]):
                answer = await connection.send(body, headers, target=target)
                assert is_refusal(answer), (target, headers, body[:100], answer)

    await asyncio.gather(*map(share, range(CONNECTIONS)))


def is_refusal(answer: Answer) -> bool:
    """Whether it says no, and neither gives anything away nor is sorry."""
    if answer.status != 200:
        return answer.status in REFUSALS
    body = json.loads(answer.text)
    codes = {error["extensions"]["code"] for error in body.get("errors", [])}
    data = json.dumps(body.get("data"))
    return "INTERNAL_SERVER_ERROR" not in codes and bool(codes or '"REFRESH_TOKEN_' in data)


async def test_memory_is_flat_under_hostile_requests(
    serve_unthrottled: Callable[..., Server],
    effort: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    """After a warm-up that fills every cache, no more than a tenth is added."""
    server = serve_unthrottled("development", trusted_proxies="127.0.0.1")
    warm_up, count = effort(3_000, 20_000), effort(3_000, 100_000)
    await ask_all(server, range(warm_up))
    before = resident_memory(server)
    await ask_all(server, range(warm_up, warm_up + count))
    after = resident_memory(server)
    record_property("resident", f"{before} KiB, after {count} requests {after} KiB")
    print(f"\nresident: {before} KiB, after {count} hostile requests {after} KiB")  # noqa: T201 - a figure
    assert after < before * 1.1
    assert '"level": "error"' not in server.log
