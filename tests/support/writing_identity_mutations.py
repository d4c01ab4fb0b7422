"""The mutations about logins at providers that write, and those before and behind them."""

import documents
from external_logins import (
    BEGIN_EXTERNAL_LOGIN,
    COMPLETE_EXTERNAL_LOGIN,
    CONFIRM_ACCOUNT_LINK,
    LOGIN_WITH_ID_TOKEN,
    PROVIDER,
    RETURN_TO,
    UNLINK_IDENTITY,
    Traveller,
)
from factor_rows import add_identity
from mutation_cases import Ada, Ask, Case
from people import PASSWORD
from sent_mail import token_to

APP = "com.example.app"
REQUIRED = {"email_verification": "required"}


def traveller(ada: Ada, **says: object) -> Traveller:
    """Ada, who has an account at the provider."""
    person = {"sub": ada.email, "email": ada.email, **says}
    return Traveller(ada.browser, ada.app.state.provider, person, ada.token)


async def begin(ada: Ada) -> Ask:
    """In a browser that has brought something back, and left it."""
    await traveller(ada).travel()
    return ada.asks(BEGIN_EXTERNAL_LOGIN, provider=PROVIDER, returnTo=RETURN_TO)


async def complete(ada: Ada) -> Ask:
    """For the first time."""
    await traveller(ada).travel()
    return ada.asks(COMPLETE_EXTERNAL_LOGIN)


async def complete_unverified(ada: Ada) -> Ask:
    """With an address that nobody vouches for."""
    await traveller(ada, email_verified=False).travel()
    return ada.asks(COMPLETE_EXTERNAL_LOGIN)


async def complete_again(ada: Ada) -> Ask:
    """The second time."""
    await traveller(ada).log_in()
    return await complete(ada)


async def complete_for_an_account(ada: Ada) -> Ask:
    """Whose address is proved."""
    await ada.has_account()
    return await complete(ada)


async def complete_for_an_unproved_account(ada: Ada) -> Ask:
    """Whose address is not."""
    await ada.has_account(email_verified=False)
    return await complete(ada)


async def complete_denied(ada: Ada) -> Ask:
    """The provider has let nobody in."""
    one = traveller(ada)
    begun = await one.begin()
    await one.come_back(one.log_in_there(begun["authorizationUrl"], code=None, error="nothing"))
    return ada.asks(COMPLETE_EXTERNAL_LOGIN)


async def complete_link(ada: Ada) -> Ask:
    """In a session."""
    await ada.has_account()
    await ada.is_logged_in()
    await traveller(ada, email=f"there-{ada.email}").travel(intent="LINK")
    return ada.asks(COMPLETE_EXTERNAL_LOGIN)


async def complete_reauthentication(ada: Ada) -> Ask:
    """In a session, a little later."""
    ada.token = (await traveller(ada).log_in())["accessToken"]
    ada.clock.tick(1)
    now = int(ada.clock.now().timestamp())
    await traveller(ada, auth_time=now).travel(intent="REAUTHENTICATE")
    return ada.asks(COMPLETE_EXTERNAL_LOGIN)


async def confirm(ada: Ada) -> Ask:
    """With the password."""
    await (await complete_for_an_account(ada))()
    return ada.asks(CONFIRM_ACCOUNT_LINK, proof={"password": PASSWORD})


async def confirm_with_phone(ada: Ada) -> Ask:
    """To an account with an app."""
    await (await complete_for_an_account(ada))()
    await ada.has_phone()
    return ada.asks(CONFIRM_ACCOUNT_LINK, proof={"password": PASSWORD})


async def complete_login_with_link(ada: Ada) -> Ask:
    """With a code, after which it is linked."""
    await (await complete_for_an_account(ada))()
    phone = await ada.has_phone()
    await ada.asked(CONFIRM_ACCOUNT_LINK, proof={"password": PASSWORD})
    return ada.asks(documents.COMPLETE_LOGIN, proof={"totpCode": phone.code()})


async def log_in_with_id_token(ada: Ada) -> Ask:
    """For the first time."""
    server = ada.app.state.provider
    server.claims = {"sub": ada.email, "email": ada.email}
    token = server.id_token(audience=APP)
    return ada.asks(LOGIN_WITH_ID_TOKEN, provider=PROVIDER, idToken=token)


async def log_in_with_id_token_to_an_account(ada: Ada) -> Ask:
    """Whose address is proved."""
    await ada.has_account()
    return await log_in_with_id_token(ada)


async def unlink(ada: Ada) -> Ask:
    """One of two."""
    await ada.has_account()
    await ada.is_logged_in()
    await add_identity(ada.auth, await ada.user(), "another")
    identity = await add_identity(ada.auth, await ada.user())
    return ada.asks(UNLINK_IDENTITY, id=str(identity.id))


async def hand_over(ada: Ada) -> Ask:
    """With the link, while somebody has a session and a factor."""
    await ada.has_account(email_verified=False)
    await ada.is_logged_in()
    await ada.has_phone()
    ada.token = None
    await (await complete(ada))()
    return ada.asks(documents.VERIFY_EMAIL, token=await token_to(ada.auth, ada.email))


COMPLETE, CONFIRM = "completeExternalLogin", "confirmAccountLink"
IDENTITY_CASES = [
    Case("beginExternalLogin", begin, "ExternalLoginBegun"),
    Case(COMPLETE, complete, "AuthPayload", "the first time"),
    Case(COMPLETE, complete_unverified, "AuthPayload", "the first time, an unverified address"),
    Case(COMPLETE, complete_unverified, "EmailSent", "verification is required", REQUIRED),
    Case(COMPLETE, complete_again, "AuthPayload", "the second time"),
    Case(COMPLETE, complete_for_an_account, "AccountLinkRequired", "there is an account"),
    Case(COMPLETE, complete_for_an_unproved_account, "EmailSent", "there is an unproved account"),
    Case(COMPLETE, complete_denied, "ExternalLoginFailed", "denied"),
    Case(COMPLETE, complete_link, "IdentityLinked", "to link"),
    Case(COMPLETE, complete_reauthentication, "AuthPayload", "to prove once more"),
    Case(CONFIRM, confirm, "AuthPayload", "a password"),
    Case(CONFIRM, confirm_with_phone, "SecondFactorRequired", "a second factor is wanted"),
    Case("completeLogin", complete_login_with_link, "AuthPayload", "with something to link"),
    Case("loginWithIdToken", log_in_with_id_token, "AuthPayload", "the first time"),
    Case(
        "loginWithIdToken",
        log_in_with_id_token_to_an_account,
        "AccountLinkRequired",
        "there is an account",
    ),
    Case("unlinkIdentity", unlink, "IdentityUnlinked"),
    Case("verifyEmail", hand_over, "EmailVerified", "an account is handed over"),
]
"""In the order of the way through them."""
