"""What factors are called: by what keeps them, until their owner has a name for them."""

from typing import Any
from uuid import UUID

import pytest
from apps import person
from authenticator import Authenticator
from browser import Browser, codes, data
from documents import RENAME_FACTOR
from people import begin
from second_factors import BEGIN_PASSKEY, FACTORS, FINISH_PASSKEY, with_app

from authberry import Auth
from authberry.models import User

BITWARDEN = UUID("d548826e-79b4-db40-a3d8-11116f7e8349")
UNKNOWN = UUID("00000000-0000-4000-8000-000000000001")


@pytest.mark.parametrize(
    ("aaguid", "name"), [(BITWARDEN, "Bitwarden"), (UNKNOWN, "Passkey"), (UUID(int=0), "Passkey")]
)
async def test_a_passkey_is_called_by_what_keeps_it(
    auth: Auth, ada: User, browser: Browser, aaguid: UUID, name: str
) -> None:
    """As far as the authenticator says what it is, and that is known."""
    token = (await begin(auth, ada)).access_token.value
    options = data(await browser.ask(BEGIN_PASSKEY, token=token))["options"]
    made = Authenticator(aaguid=aaguid.bytes).create(options)
    added = data(await browser.ask(FINISH_PASSKEY, token=token, credential=made))
    assert added["factor"]["name"] == name


async def test_a_factor_is_renamed_by_its_owner_alone(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """Others offer no name to tell two of them apart by; and nobody renames what is not theirs."""
    phone = await with_app(auth, ada)
    token = (await begin(auth, ada)).access_token.value
    eve = (await begin(auth, await person(auth, "eve@example.com"))).access_token.value

    async def rename(token: str, name: str) -> Any:
        return await browser.ask(RENAME_FACTOR, token=token, id=phone.id, name=name)

    assert data(await rename(eve, "Eve's"))["__typename"] == "FactorNotFound"
    for name in ("", " ", "x" * 101, "a\0b"):
        refused = await rename(token, name)
        assert (codes(refused) or [data(refused)["code"]]) == ["INVALID_INPUT"]
    renamed = data(await rename(token, "Old telephone"))
    assert renamed == {"__typename": "Totp", "id": phone.id, "name": "Old telephone"}
    (listed,) = data(await browser.ask(FACTORS, token=token))
    assert listed["name"] == "Old telephone"
