"""What somebody who had the account for a while has linked, once its owner has it back."""

from apps import person
from browser import data
from documents import CONFIRM_EMAIL_CHANGE, REQUEST_EMAIL_CHANGE, UNDO_EMAIL_CHANGE
from external_logins import Traveller, identity_rows
from people import PASSWORD, begin
from sent_mail import link_in, mails_to, token_in, token_to

from authberry import Auth
from authberry.models import User

ADA, THIEF = "ada@example.com", "thief@example.com"


async def test_taking_the_former_address_back_unlinks_every_provider(
    traveller: Traveller, auth: Auth
) -> None:
    """As it takes the password away, whoever has set it."""
    user = await person(auth, ADA)
    with auth.database.use():
        await User.filter(id=user.id).update(email_verified=True)
    traveller.token = (await begin(auth, user)).access_token.value
    traveller.person = {"sub": "thief", "email": THIEF}
    assert (await traveller.log_in(intent="LINK"))["__typename"] == "IdentityLinked"
    asked = {"newEmail": THIEF, "password": PASSWORD}
    await traveller.browser.ask(REQUEST_EMAIL_CHANGE, asked, token=traveller.token)
    link = {"token": await token_to(auth, THIEF)}
    assert data(await traveller.browser.ask(CONFIRM_EMAIL_CHANGE, link))["user"]["email"] == THIEF
    assert len(await identity_rows(auth)) == 1

    notices = [mail for mail in await mails_to(auth, ADA) if "was changed" in mail["Subject"]]
    undo = {"token": token_in(link_in(notices[-1]))}
    assert data(await traveller.browser.ask(UNDO_EMAIL_CHANGE, undo))["user"]["email"] == ADA

    assert await identity_rows(auth) == []
    traveller.token = None
    answer = await traveller.log_in()
    assert answer["user"]["id"] != str(user.id)
