"""Refresh tokens that somebody changed, cut, joined or made up, from a body and from a cookie.

What the codec refuses is in tests/auth/tokens/test_refresh_tokens.py; here is what a client is
told, and that the database is not even asked.
"""

import base64
import string
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote
from uuid import uuid4

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import REFRESH_TOKEN
from log_lines import LogLines
from people import BROWSER, begin
from rows import everything
from starlette.applications import Starlette
from statements import Statements

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.tokens.refresh_tokens import OpenedToken, RefreshTokenCodec

ALPHABET = string.ascii_letters + string.digits + "-_"
INVALID = {
    "__typename": "RefreshTokenInvalid",
    "code": "REFRESH_TOKEN_INVALID",
    "message": "This refresh token is not valid.",
}


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """A server as it comes: how access tokens are signed is another matter."""
    return await make_app()


@pytest.fixture
async def bobs(auth: Auth) -> Issued:
    """A session of somebody else."""
    return await begin(auth, await person(auth, "bob@example.com"))


class Presenter:
    """Presents refresh tokens, by argument and by cookie."""

    def __init__(self, app: Starlette, statements: Statements) -> None:
        """Come without a cookie jar, so that nothing is kept."""
        self._browser = Browser(app)
        self._statements = statements
        self.presented: list[str] = []

    async def by_argument(self, token: str) -> None:
        """It is refused, as nobody's, without a question to the database."""
        self.presented.append(token)
        await self._refused({"refreshToken": token}, {})

    async def by_cookie(self, token: str) -> None:
        """Likewise; and the cookie is left alone, since it is not known whose it is."""
        self.presented.append(token)
        await self._refused({}, {"Cookie": f"refresh_token={token}"})

    async def both_ways(self, token: str) -> None:
        """By argument, and by cookie."""
        await self.by_argument(token)
        await self.by_cookie(token)

    async def _refused(self, variables: dict[str, str], headers: dict[str, str]) -> None:
        self._statements.seen.clear()
        response = await self._browser.ask(REFRESH_TOKEN, variables, headers=headers)
        assert response.status_code == 200
        assert data(response) == INVALID
        assert "set-cookie" not in response.headers
        assert self._statements.seen == []


@pytest.fixture
async def refused(
    app: Starlette, auth: Auth, issued: Issued, bobs: Issued, statements: Statements, log: LogLines
) -> AsyncIterator[Presenter]:
    """Whatever is presented changes no row, and is not logged; the genuine token is as good."""
    log.start()
    presenter, before = Presenter(app, statements), await everything(auth)
    yield presenter
    assert await everything(auth) == before
    assert [token for token in presenter.presented if len(token) > 8 and token in log.text] == []
    renewed = await auth.sessions.refresh([issued.refresh_token], BROWSER)
    assert renewed.session.id == issued.session.id


def raw(token: str) -> bytes:
    """The 68 bytes of a token."""
    return base64.urlsafe_b64decode(token + "=")


def spelled(raw: bytes) -> str:
    """The token of so many bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def flipped(token: str) -> Iterator[str]:
    """The token with each of its bits changed: session, generation, secret and tag."""
    for bit in range(68 * 8):
        changed = bytearray(raw(token))
        changed[bit // 8] ^= 1 << bit % 8
        yield spelled(bytes(changed))


async def test_no_bit_can_be_changed(refused: Presenter, issued: Issued) -> None:
    """All 544 of them."""
    tokens = set(flipped(issued.refresh_token))
    assert len(tokens) == 544
    for token in tokens:
        await refused.both_ways(token)


async def test_no_part_of_a_token_is_one(refused: Presenter, issued: Issued) -> None:
    """Cut off at every character, from either end; and with one taken out of the middle."""
    token = issued.refresh_token
    for length in range(1, 91):
        await refused.both_ways(token[:length])
        await refused.both_ways(token[-length:])
        await refused.both_ways(token[: length - 1] + token[length:])


async def test_a_token_has_one_spelling(refused: Presenter, issued: Issued) -> None:
    """The last character has bits to spare, which nobody may choose."""
    token = issued.refresh_token
    for last in set(ALPHABET) - {token[-1]}:
        await refused.both_ways(token[:-1] + last)
    for other in (token.swapcase(), token.lower(), token.upper(), token[::-1]):
        await refused.both_ways(other)


MORE = ["=", "==", "A", "AA", "AAAA", ".", ".x", "%3D", "\\", "'", "*", "&", "+", "/"]
ONLY_IN_A_BODY = ["\n", "\r\n", "\t", "\0", "\u200b", "\ufeff", "\u00a0", ";", ",", '"', " "]


async def test_nothing_can_be_added(refused: Presenter, issued: Issued) -> None:
    """Before or behind: padding, white space, a quarter of another token, or itself."""
    token = issued.refresh_token
    for more in MORE:
        await refused.both_ways(token + more)
        await refused.both_ways(more + token)
    for more in ONLY_IN_A_BODY:
        await refused.by_argument(token + more)
        await refused.by_argument(more + token)
    for other in (token + token, f"{token}.{token}", f"Bearer {token}", "A" * 50_000):
        await refused.by_argument(other)
    for cookie in (f'"{token}"', f"{token}%20", f"{token}=refresh_token={token}", f"x {token}"):
        await refused.by_cookie(cookie)
    for space in ("\x1f", "\x85", "\xa0"):  # to Python, but not to HTTP
        await refused.by_cookie(token + space)
        await refused.by_cookie(space + token)


async def test_the_other_alphabet_is_another_spelling(
    refused: Presenter, auth: Auth, issued: Issued
) -> None:
    """`+` and `/` are not taken for `-` and `_`; neither are hexadecimal digits, or per cent."""
    token = issued.refresh_token
    codec = RefreshTokenCodec(auth.settings.secrets)
    while "-" not in token or "_" not in token:
        token = codec.seal(codec.first(issued.session.id))
    for other in (
        *(token.replace("-", "+"), token.replace("_", "/")),
        *(base64.b64encode(raw(token)).decode(), base64.b32encode(raw(token)).decode()),
        *(raw(token).hex(), quote(base64.b64encode(raw(token)).decode()), spelled(token.encode())),
        *(token.replace("-", "%2D"), token.replace("_", "%5F")),
    ):
        await refused.both_ways(other)


async def test_a_token_is_one_sessions_and_one_generations(
    refused: Presenter, issued: Issued, bobs: Issued
) -> None:
    """Another session's id, or another's secret, or another's tag, or another number: garbage."""
    mine, theirs = raw(issued.refresh_token), raw(bobs.refresh_token)
    cuts = ((0, 16), (16, 20), (20, 52), (52, 68), (0, 20), (20, 68), (16, 68), (0, 52))
    for begin_, end in cuts:
        mixed = mine[:begin_] + theirs[begin_:end] + mine[end:]
        if mixed != mine:  # both are of generation 0
            await refused.both_ways(spelled(mixed))
    for session in (bobs.session.id.bytes, uuid4().bytes, bytes(16), b"\xff" * 16):
        await refused.both_ways(spelled(session + mine[16:]))
    for generation in (1, 2, 255, 256, 2**31, 2**32 - 1):
        await refused.both_ways(spelled(mine[:16] + generation.to_bytes(4) + mine[20:]))
    for tag in (bytes(16), b"\xff" * 16, mine[36:52], mine[52:][::-1]):
        await refused.both_ways(spelled(mine[:52] + tag))


async def test_what_the_database_holds_makes_no_token(
    refused: Presenter, auth: Auth, issued: Issued
) -> None:
    """Its hash for the secret, under no tag and under that of another server."""
    stolen = bytes.fromhex(issued.session.token_hash)
    session = issued.session.id
    for secret in (stolen, bytes(32)):
        made = OpenedToken(session, 0, secret)
        await refused.both_ways(RefreshTokenCodec(["of another server " * 3]).seal(made))
        await refused.both_ways(spelled(session.bytes + bytes(4) + secret + bytes(16)))
        await refused.both_ways(spelled(session.bytes + bytes(4) + secret + secret[:16]))
    genuine = RefreshTokenCodec(auth.settings.secrets).open(issued.refresh_token)
    await refused.both_ways(RefreshTokenCodec(["of another server " * 3]).seal(genuine))


async def test_what_is_no_refresh_token_is_none(refused: Presenter, issued: Issued) -> None:
    """An access token, an id, a word, zeros of the right length."""
    for text in (
        *(issued.access_token.value, str(issued.session.id), issued.session.id.hex),
        *("null", "undefined", "true", "0", "[]", "A" * 91, "_" * 91, "-" * 91, "A" * 90),
        *(spelled(bytes(68)), spelled(b"\xff" * 68), spelled(bytes(67)), spelled(bytes(69))),
    ):
        await refused.both_ways(text)
    for text in ("\u0661" * 91, "\uff21" * 91, "\u00e9" * 91, "\ud800", "\0" * 91):
        await refused.by_argument(text)


async def test_of_several_cookies_none_is_better_for_the_others(
    refused: Presenter, issued: Issued
) -> None:
    """Parts of a good token in several cookies are not put together, and no look-up is made."""
    token = issued.refresh_token
    halves = f"{token[:45]}; refresh_token={token[45:]}"
    await refused.by_cookie(halves)
    await refused.by_cookie("; refresh_token=".join(list(flipped(token))[:100]))


@pytest.mark.parametrize("secret", ["database", "server"])
async def test_half_of_what_it_takes_forges_nothing(
    app: Starlette, auth: Auth, issued: Issued, statements: Statements, secret: str
) -> None:
    """With the server's secret alone a tag can be made, which is looked up, and ends nothing.

    A token so made is of the session's own generation, but not the one that was issued; with the
    hash of the database for a secret, or with any other.
    """
    codec, before = RefreshTokenCodec(auth.settings.secrets), await everything(auth)
    stolen = bytes.fromhex(issued.session.token_hash) if secret == "database" else bytes(32)
    forged = codec.seal(OpenedToken(issued.session.id, 0, stolen))
    browser = Browser(app)
    browser.keep("refresh_token", forged)
    for variables in ({}, {"refreshToken": forged}):
        response = await browser.ask(REFRESH_TOKEN, variables)
        assert data(response) == INVALID
    assert statements.seen
    assert await everything(auth) == before
    renewed = await auth.sessions.refresh([issued.refresh_token], BROWSER)
    assert renewed.session.id == issued.session.id
    assert renewed.transport is RefreshTokenTransport.BODY
