"""Proving an account before a login at a provider is linked to it."""

import pytest
from apps import MakeApp, person
from browser import Browser, codes, data
from documents import COMPLETE_LOGIN
from external_logins import (
    AS_EVER,
    CONFIRM_ACCOUNT_LINK,
    PROVIDER,
    Traveller,
    acme,
    identity_rows,
    link_to,
    login_rows,
)
from held_factors import add_authenticator, add_paper, add_phone
from people import BROWSER as CLIENT
from people import PASSWORD
from sent_mail import mails_to, subjects
from stand_in_provider import StandInProvider
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import PendingLogin, RefreshToken, User

ADA = "ada@example.com"
BEGIN_PASSKEY = "mutation { beginPasskeyLogin { options } }"


@pytest.fixture
async def ada(auth: Auth) -> User:
    """Ada, whose address is proved."""
    user = await person(auth, ADA)
    with auth.database.use():
        await User.filter(id=user.id).update(email_verified=True)
        return await User.get(id=user.id)


async def asked(traveller: Traveller) -> None:
    """Come from the provider, so that a proof is asked for."""
    assert (await traveller.log_in())["__typename"] == "AccountLinkRequired"


async def sessions(auth: Auth) -> int:
    """How many there are."""
    with auth.database.use():
        return await RefreshToken.all().count()


async def test_a_passkey_links_it_alone(traveller: Traveller, auth: Auth, ada: User) -> None:
    """It logs in alone, too."""
    authenticator = await add_authenticator(auth, ada)
    await asked(traveller)
    options = data(await traveller.browser.ask(BEGIN_PASSKEY))["options"]
    answer = await traveller.confirm(passkey=authenticator.get(options))
    assert answer["__typename"] == "AuthPayload"
    assert answer["session"]["acr"] == "phr"
    assert [row["user_id"] for row in await identity_rows(auth)] == [ada.id]


@pytest.mark.usefixtures("ada")
async def test_somebody_else_s_passkey_does_not(traveller: Traveller, auth: Auth) -> None:
    """However good it is."""
    bob = await person(auth, "bob@example.com")
    authenticator = await add_authenticator(auth, bob)
    await asked(traveller)
    options = data(await traveller.browser.ask(BEGIN_PASSKEY))["options"]
    answer = await traveller.confirm(passkey=authenticator.get(options))
    assert (answer["__typename"], answer["attemptsLeft"]) == ("InvalidProof", 4)
    assert await identity_rows(auth) == []
    assert await sessions(auth) == 0


async def test_a_code_alone_does_not(traveller: Traveller, auth: Auth, ada: User) -> None:
    """Nobody logs in by one: whoever comes may be anybody."""
    phone = await add_phone(auth, ada)
    codes_on_paper = await add_paper(auth, ada)
    await asked(traveller)
    first = await traveller.confirm(totpCode=phone.code())
    second = await traveller.confirm(recoveryCode=codes_on_paper[0])
    assert [one["__typename"] for one in (first, second)] == ["InvalidProof", "InvalidProof"]
    assert [one["attemptsLeft"] for one in (first, second)] == [4, 3]
    assert await identity_rows(auth) == []


async def test_nothing_is_linked_before_the_second_factor_is_proved(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """Who knows the password alone gets no further than at the login."""
    phone = await add_phone(auth, ada)
    await asked(traveller)
    answer = await traveller.confirm(password=PASSWORD)
    assert (answer["__typename"], answer["factors"]) == ("SecondFactorRequired", ["TOTP"])
    assert await identity_rows(auth) == []
    assert await sessions(auth) == 0
    wrong = data(await traveller.browser.ask(COMPLETE_LOGIN, proof={"totpCode": "000000"}))
    assert wrong["__typename"] == "InvalidProof"
    assert await identity_rows(auth) == []
    right = data(await traveller.browser.ask(COMPLETE_LOGIN, proof={"totpCode": phone.code()}))
    assert right["__typename"] == "AuthPayload"
    assert [row["user_id"] for row in await identity_rows(auth)] == [ada.id]
    assert "Acme now logs in to your account at 127.0.0.1:8000" in subjects(
        await mails_to(auth, ADA)
    )


async def test_what_somebody_else_has_linked_meanwhile_ends_the_login(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """Nothing is half done."""
    phone = await add_phone(auth, ada)
    await asked(traveller)
    await traveller.confirm(password=PASSWORD)
    bob = await person(auth, "bob@example.com")
    await link_to(auth, bob)
    answer = data(await traveller.browser.ask(COMPLETE_LOGIN, proof={"totpCode": phone.code()}))
    assert answer["__typename"] == "InvalidToken"
    assert await sessions(auth) == 0
    with auth.database.use():
        assert await PendingLogin.all().count() == 1


@pytest.mark.usefixtures("ada")
async def test_each_wrong_password_is_counted(traveller: Traveller, auth: Auth) -> None:
    """The answer says how many may follow."""
    await asked(traveller)
    left = [(await traveller.confirm(password="wrong"))["attemptsLeft"] for _ in range(4)]
    assert left == [4, 3, 2, 1]
    assert await identity_rows(auth) == []


@pytest.fixture
async def unlimited(make_app: MakeApp, server: StandInProvider) -> Traveller:
    """Somebody before a service that never says to wait."""
    limits = dict.fromkeys(("login_attempts", "login_attempts_per_account"))
    app = await make_app(providers={PROVIDER: acme(server)}, **AS_EVER, **limits)
    return Traveller(Browser(app), server)


@pytest.mark.usefixtures("ada")
async def test_the_sixth_is_not_looked_at(unlimited: Traveller, auth: Auth) -> None:
    """However many the account would have."""
    await asked(unlimited)
    for _ in range(5):
        assert (await unlimited.confirm(password="wrong"))["__typename"] == "InvalidProof"
    assert (await unlimited.confirm(password=PASSWORD))["__typename"] == "InvalidToken"
    assert await identity_rows(auth) == []


@pytest.mark.usefixtures("ada")
async def test_guesses_count_as_those_of_the_login_do(traveller: Traveller) -> None:
    """However often it is begun again."""
    answers = []
    for _ in range(2):
        await asked(traveller)
        answers += [(await traveller.confirm(password="wrong"))["__typename"] for _ in range(3)]
    assert answers == [*["InvalidProof"] * 5, "TooManyAttempts"]


@pytest.mark.usefixtures("ada")
async def test_it_is_for_the_browser_that_came(traveller: Traveller, app: Starlette) -> None:
    """And is good once."""
    await asked(traveller)
    stranger = Traveller(Browser(app), traveller.server)
    assert (await stranger.confirm(password=PASSWORD))["__typename"] == "InvalidToken"
    assert (await traveller.confirm(password=PASSWORD))["__typename"] == "AuthPayload"
    assert (await traveller.confirm(password=PASSWORD))["__typename"] == "InvalidToken"


async def test_a_new_password_or_another_address_does_not_let_the_old_proof_in(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """The proof is of the account as it is."""
    await asked(traveller)
    await auth.accounts.password_changes.set(ada, "another horse, another staple", CLIENT)
    assert (await traveller.confirm(password=PASSWORD))["__typename"] == "InvalidProof"
    answer = await traveller.confirm(password="another horse, another staple")
    assert answer["__typename"] == "AuthPayload"


async def test_an_account_that_is_deleted_meanwhile_takes_it_along(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """Nothing waits for somebody who is gone."""
    await asked(traveller)
    assert len(await login_rows(auth)) == 1
    await auth.accounts.deletion.delete(ada, CLIENT)
    assert await login_rows(auth) == []
    assert codes(await traveller.browser.ask(CONFIRM_ACCOUNT_LINK, {"proof": {}})) == [
        "BAD_REQUEST"
    ]
    assert (await traveller.confirm(password=PASSWORD))["__typename"] == "InvalidToken"
