"""No code, token, state or address in an address of ours, in the log, or in clear in a table."""

from urllib.parse import parse_qs, urlsplit

import pytest
from apps import MakeApp, person
from browser import Browser, set_cookies
from external_logins import (
    AS_EVER,
    LOGIN_WITH_ID_TOKEN,
    PROVIDER,
    RETURN_TO,
    Traveller,
    acme,
)
from log_lines import LogLines
from people import PASSWORD
from rows import everything
from sent_mail import token_to
from stand_in_provider import CLIENT_SECRET, StandInProvider

from authberry import Auth
from authberry.models import User

ADA, THERE = "ada@example.com", "sentinel-there@example.com"
APP = "com.example.app"


class Story:
    """Everything that can happen on the way to a provider and back, and every secret in it."""

    def __init__(self, traveller: Traveller, auth: Auth) -> None:
        """Nothing has happened yet."""
        self.traveller = traveller
        self.auth = auth
        self.secrets: set[str] = {CLIENT_SECRET, "an-access-token"}
        self.locations: set[str] = set()

    async def go(self, *, denied: bool = False, **variables: object) -> dict[str, str]:
        """Go there and back; returns what was brought."""
        begun = await self.traveller.begin(**variables)
        asked = parse_qs(urlsplit(begun["authorizationUrl"]).query)
        self.secrets |= {asked["state"][0], asked["nonce"][0]}
        error = {"code": None, "error": "access_denied"} if denied else {}
        brought = self.traveller.log_in_there(begun["authorizationUrl"], **error)
        self.secrets |= {brought.get("code", brought["state"])}
        for _ in range(2):  # the second time in vain
            back = await self.traveller.come_back(brought)
            assert set_cookies(back) == []
            self.locations.add(back.headers.get("location", ""))
        self.secrets |= {str(one) for one in self.traveller.browser.cookies.values()}
        return brought

    async def happens(self) -> None:
        """All of it."""
        traveller, auth = self.traveller, self.auth
        traveller.person = {"email": THERE}
        await self.go()
        token = (await traveller.complete())["accessToken"]
        self.secrets |= {str(token)}
        await self.go(denied=True)
        await traveller.complete()
        traveller.person = {"sub": "two", "iss": "https://evil.example"}
        await self.go()
        await traveller.complete()
        user = await person(auth, ADA)
        traveller.person = {"sub": "three", "email": ADA}
        await self.go()
        await traveller.complete()
        self.secrets.add(await token_to(auth, ADA))
        with auth.database.use():
            await User.filter(id=user.id).update(email_verified=True)
        brought = await self.go()
        await traveller.come_back({**brought, "state": "sentinel-state"})
        await traveller.complete()
        await traveller.confirm(password="sentinel-guess")
        await traveller.confirm(password=PASSWORD)
        self.secrets |= {"sentinel-state", "sentinel-guess", PASSWORD}
        id_token = traveller.server.id_token(audience=APP)
        self.secrets.add(id_token)
        for _ in range(2):
            await traveller.browser.ask(
                LOGIN_WITH_ID_TOKEN, {"provider": PROVIDER, "idToken": id_token}
            )
        await self.go()  # and leave it


@pytest.fixture
async def story(make_app: MakeApp, server: StandInProvider, log: LogLines) -> Story:
    """In an application that logs all that it can."""
    app = await make_app(providers={PROVIDER: acme(server, audiences=APP)}, **AS_EVER)
    log.start()
    return Story(Traveller(Browser(app), server), app.state.auth)


async def test_nothing_of_it_is_logged(story: Story, log: LogLines) -> None:
    """At any level; reasons are."""
    await story.happens()
    text = log.text
    assert "external_login_refused" in text
    assert {secret for secret in story.secrets if secret in text} == set()
    assert THERE not in text
    assert ADA not in text


async def test_no_address_that_a_browser_is_sent_to_has_anything_of_it(story: Story) -> None:
    """It is the page that was asked for, to the letter."""
    await story.happens()
    assert story.locations == {RETURN_TO, ""}


async def test_no_table_has_a_secret_in_clear(story: Story) -> None:
    """Nor what a provider has said of somebody before they are somebody here."""
    await story.happens()
    rows = await everything(story.auth)
    assert rows["ExternalLogin"]
    text = repr(rows)
    assert {secret for secret in story.secrets if secret in text} == set()
    assert "three" not in repr(rows["ExternalLogin"])
    assert ADA not in repr(rows["ExternalLogin"])
