"""`acceptedPasskeys`: what a browser is told, so that it offers no passkey that is good no more."""

from authenticator import Authenticator
from browser import Browser, data
from documents import LOGIN, REFRESH_TOKEN
from frozen_clock import FrozenClock
from people import PASSWORD

from authberry.models import User

ACCEPTED = "{ acceptedPasskeys { rpId userId allAcceptedCredentialIds } }"
BEGIN = "mutation { beginPasskeyRegistration { options } }"
FINISH = """mutation($credential: JSON!) {
  finishPasskeyRegistration(credential: $credential) { __typename }
}"""


async def test_accepted_passkeys_are_all_of_ones_own(
    browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """The oldest first, by what the browser calls them and their owner; null without one."""
    login = data(await browser.ask(LOGIN, {"email": ada.email, "password": PASSWORD}))
    token = login["accessToken"]
    assert data(await browser.ask(ACCEPTED, token=token)) is None
    made = [await make_passkey(browser)]
    clock.tick(1)
    made.append(await make_passkey(browser))
    assert data(await browser.ask(ACCEPTED, token=token)) == {
        "rpId": "localhost",
        "userId": made[0]["user"]["id"],
        "allAcceptedCredentialIds": [one["id"] for one in made],
    }
    assert made[0]["user"]["id"] == made[1]["user"]["id"]


async def test_accepted_passkeys_need_somebody(browser: Browser) -> None:
    """Nobody else is told which there are."""
    answer = (await browser.ask(ACCEPTED)).json()
    assert answer["data"] == {"acceptedPasskeys": None}
    assert [error["extensions"]["reason"] for error in answer["errors"]] == ["TOKEN_MISSING"]


async def make_passkey(browser: Browser) -> dict[str, dict[str, str]]:
    """Make one; returns the user and the id that its authenticator knows it by."""
    token = data(await browser.ask(REFRESH_TOKEN))["accessToken"]
    options = data(await browser.ask(BEGIN, token=token))["options"]
    credential = Authenticator().create(options)
    added = data(await browser.ask(FINISH, token=token, credential=credential))
    assert added["__typename"] == "FactorAdded"
    return {"user": options["user"], "id": credential["id"]}
