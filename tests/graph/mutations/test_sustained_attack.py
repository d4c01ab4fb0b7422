"""Strangers try an account hour after hour, and its owner gets in by each of the ways there are.

What strangers have used up is no budget of whoever is known: a device and a network that have
logged in, a live session, and whoever has just proved the mailbox.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import pytest
from apps import MakeApp, person
from browser import Browser, data, errors
from clocks_moved import WallClock, wall
from database_servers import Valkey
from documents import (
    CHANGE_PASSWORD,
    DELETE_ACCOUNT,
    LOGIN,
    LOGIN_WITH_LINK,
    REQUEST_EMAIL_VERIFICATION,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    RESET_PASSWORD,
)
from people import PASSWORD
from sent_mail import token_to
from starlette.applications import Starlette

from authberry import Auth
from authberry.passwords import PasswordHasher, PreparedPassword

__all__ = ["wall"]

EMAIL = "ada@example.com"
ADA = {"email": EMAIL, "password": PASSWORD}
PROGRAM = {**ADA, "transport": "BODY"}
WRONG = {"email": EMAIL, "password": "wrong"}
NEW = {"newPassword": PASSWORD}
CHANGE = {"currentPassword": PASSWORD, "newPassword": PASSWORD}
HOURS = 3
LIMITS = {"mail_attempts_per_account": "5/hour", "mail_attempts_per_address": "20/hour"}
HOME = [f"2001:db8:0:{number:x}::1" for number in range(57)]
"""Neighbouring /64 networks, all of one /56: the line of one home."""
BOTNET = [f"198.51.100.{number}" for number in range(57)]

Attack = Callable[[], Awaitable[object]]


@pytest.fixture(params=["memory", "valkey"])
def store(request: pytest.FixtureRequest, server_count: int) -> str:
    """Where attempts are counted."""
    if request.param == "memory" and server_count == 1:
        return "memory://"
    valkey: Valkey = request.getfixturevalue("valkey")
    return valkey.url


@pytest.fixture
async def app(make_app: MakeApp, store: str, monkeypatch: pytest.MonkeyPatch) -> Starlette:
    """An application with the limits that there are by default, and Ada.

    A thousand guesses are no thousand hashes: the one password there is is compared.
    """

    def matches(_: PasswordHasher, __: str, password: PreparedPassword) -> bool:
        return password == PASSWORD

    monkeypatch.setattr(PasswordHasher, "_matches", matches)
    app = await make_app(**LIMITS, throttle_url=store)
    await person(app.state.auth, EMAIL)
    return app


async def kind(browser: Browser, document: str, *variables: object, **more: object) -> str:
    """What a document was answered with, or the code of the error; `ok` where it has no kinds."""
    response = await browser.ask(document, *variables, **more)  # type: ignore[arg-type]
    if refusals := errors(response):
        return str(refusals[0][1]["code"])
    return str(data(response).get("__typename", "ok"))


class Owner:
    """Ada: in a browser and in a program that have logged in before, and in others."""

    def __init__(self, app: Starlette, attack: Attack) -> None:
        """Nothing has logged in yet; `attack` is what strangers do in the meantime."""
        self._app = app
        self._auth: Auth = app.state.auth
        self._attack = attack
        self._browser = Browser(app, address="192.0.2.1")
        self._program = Browser(app, address="192.0.2.2")

    async def log_in(self) -> list[str]:
        """Where she has logged in before: 2 tries."""
        browser, program = self._browser, self._program
        return [await kind(browser, LOGIN, ADA), await kind(program, LOGIN, PROGRAM)]

    async def travel(self) -> list[str]:
        """With the same browser, from another network: 1 try."""
        travelling = Browser(self._app, address="203.0.113.80")
        travelling.keep("device", self._browser.device or "")
        return [await kind(travelling, LOGIN, ADA)]

    async def change_password(self) -> list[str]:
        """In a live session, in which she mistypes as well: 2 tries."""
        token = data(await self._browser.ask(LOGIN, ADA)).get("accessToken")
        await self._attack()
        return [
            await kind(self._browser, DELETE_ACCOUNT, token=token, password="mistyped"),
            await kind(self._browser, CHANGE_PASSWORD, CHANGE, token=token),
        ]

    async def log_in_by_link(self) -> list[str]:
        """In the browser that has asked for it: 2 tries."""
        asked = await kind(self._browser, REQUEST_LOGIN_LINK, email=EMAIL)
        token = await token_to(self._auth, EMAIL) if asked == "ok" else ""
        return [asked, await kind(self._browser, LOGIN_WITH_LINK, {"token": token})]

    async def ask_for_mails(self) -> list[str]:
        """In a browser that is known: 2 tries."""
        asks = (REQUEST_PASSWORD_RESET, REQUEST_EMAIL_VERIFICATION)
        return [await kind(self._browser, ask, email=EMAIL) for ask in asks]

    async def reset(self) -> list[str]:
        """In a browser, and in a program, that have never been seen: 3 tries.

        The mailbox is its owner's, whoever asked for what is in it.
        """
        await kind(self._browser, REQUEST_PASSWORD_RESET, email=EMAIL)
        browser, program = (Browser(self._app, address="203.0.113.90") for _ in range(2))
        token = await token_to(self._auth, EMAIL)
        tries = [await kind(browser, RESET_PASSWORD, {"token": token, **NEW})]
        await self._attack()
        return [
            *tries,
            await kind(browser, LOGIN, ADA),
            await kind(program, LOGIN, PROGRAM),
        ]


async def guess_from(app: Starlette, addresses: Sequence[str]) -> Counter[str]:
    """51 wrong logins and 6 requests to set a new password, each from an address of its own."""
    strangers = [Browser(app, address=address) for address in addresses]
    for stranger in strangers[51:]:
        await kind(stranger, REQUEST_PASSWORD_RESET, email=EMAIL)
    return Counter([await kind(stranger, LOGIN, WRONG) for stranger in strangers[:51]])


@pytest.mark.parametrize("addresses", [HOME, BOTNET], ids=["home", "botnet"])
async def test_the_owner_gets_in_however_long_strangers_try(
    app: Starlette, wall: WallClock, addresses: Sequence[str]
) -> None:
    """36 of 36 tries, by each way in: at places that are known, and with the mailbox."""

    async def attack() -> None:
        assert (await guess_from(app, addresses))["AuthPayload"] == 0

    owner = Owner(app, attack)
    await owner.log_in()
    tries: list[str] = []
    for _ in range(HOURS):
        await attack()
        assert (await guess_from(app, addresses))["TooManyAttempts"] == 51
        tries += await owner.log_in()
        tries += await owner.travel()
        tries += await owner.change_password()
        tries += await owner.log_in_by_link()
        tries += await owner.ask_for_mails()
        tries += await owner.reset()
        wall.now += 3601
    assert len(tries) == 36
    assert Counter(tries) == {
        "AuthPayload": 7 * HOURS,
        "ok": 3 * HOURS,
        "PasswordReset": HOURS,
        "InvalidCredentials": HOURS,
    }


async def test_one_home_line_shuts_no_account(app: Starlette, wall: WallClock) -> None:
    """Not even to its owner on a device that is new, elsewhere; by no way in."""
    for hour in range(HOURS):
        for _ in range(2):
            await guess_from(app, HOME)
        new = [Browser(app, address=f"203.0.113.{number}") for number in range(3)]
        tries = [
            await kind(new[0], LOGIN, PROGRAM),
            await kind(new[1], REQUEST_LOGIN_LINK, email=EMAIL),
            await kind(new[2], REQUEST_PASSWORD_RESET, email=EMAIL),
        ]
        assert (hour, tries) == (hour, ["AuthPayload", "ok", "ok"])
        wall.now += 3601


async def test_who_is_nowhere_known_waits_while_a_botnet_tries(app: Starlette) -> None:
    """Else the botnet would have no limit. The right password or not, it is the same answer."""
    await guess_from(app, BOTNET)
    new = Browser(app, address="203.0.113.1")
    assert [await kind(new, LOGIN, one) for one in (WRONG, ADA)] == ["TooManyAttempts"] * 2
    assert await kind(new, REQUEST_LOGIN_LINK, email=EMAIL) == "TOO_MANY_ATTEMPTS"
