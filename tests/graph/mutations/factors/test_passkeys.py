"""Passkeys: alone and as a second factor, and every way in which one is not good."""

import secrets
from typing import Any

import pytest
from apps import PRODUCTION, MakeApp, person
from authenticator import Authenticator
from browser import Browser, data, errors
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from second_factors import (
    ADA,
    BEGIN_PASSKEY,
    BEGIN_PASSKEY_LOGIN,
    FINISH_PASSKEY,
    LOGIN_WITH_PASSKEY,
    ask_for_second,
    complete,
    factor_rows,
    live_sessions,
    viewer_of,
    with_app,
    with_passkey,
)
from starlette.applications import Starlette
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from authberry import Auth
from authberry.models import Passkey, User
from authberry.pruning.progress import Kind

LOGIN_ALLOWED = """mutation($email: String!, $password: String!) {
  login(email: $email, password: $password) { ... on FactorEnrollmentRequired { allowed } }
}"""


async def ask(browser: Browser) -> dict[str, Any]:
    """Open a login page; returns what the browser is asked."""
    return dict(data(await browser.ask(BEGIN_PASSKEY_LOGIN))["options"])


async def answer(browser: Browser, credential: object) -> Any:
    """Log in with what an authenticator has answered."""
    return data(await browser.ask(LOGIN_WITH_PASSKEY, credential=credential))


async def register(browser: Browser, token: str, authenticator: Authenticator) -> Any:
    """Make a passkey in a session."""
    begun = data(await browser.ask(BEGIN_PASSKEY, token=token))
    made = authenticator.create(begun["options"])
    return data(await browser.ask(FINISH_PASSKEY, token=token, credential=made))


async def test_a_passkey_logs_in_alone(auth: Auth, browser: Browser, ada: User) -> None:
    """Nothing is typed, and no second factor is asked for; each answer is good once."""
    token = (await begin(auth, ada)).access_token.value
    authenticator = Authenticator()
    added = await register(browser, token, authenticator)
    assert added["__typename"] == "FactorAdded"
    assert len(added["recoveryCodes"]) == 10
    shown = authenticator.get(await ask(browser))
    entered = await answer(browser, shown)
    assert entered["session"]["acr"] == "phr"
    assert entered["session"]["amr"] == ["swk", "user", "mfa"]
    assert (await answer(browser, shown))["__typename"] == "InvalidToken"


@pytest.mark.parametrize("synced", [True, False])
async def test_without_user_verification_a_passkey_is_a_second_factor_and_no_more(
    app: Starlette, auth: Auth, ada: User, browser: Browser, *, synced: bool
) -> None:
    """Alone it is a thing that somebody holds; with a password it makes two factors, not `phr`."""
    key = await with_passkey(auth, ada, synced=synced)
    key.verifies = False
    refused = await answer(browser, key.get(await ask(browser)))
    assert refused["__typename"] == "InvalidProof"
    asked = await ask_for_second(browser)
    done = await complete(browser, proof={"passkey": key.get(asked["passkeyOptions"])})
    assert done["session"]["acr"] == "aal2"
    assert done["session"]["amr"] == ["pwd", "swk" if synced else "hwk", "mfa"]
    key.verifies = True
    other = Browser(app)
    asked = await ask_for_second(other)
    done = await complete(other, proof={"passkey": key.get(asked["passkeyOptions"])})
    assert done["session"]["acr"] == "phr"


async def test_a_key_that_never_verified_its_user_is_not_believed_the_first_time(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """`uvInitialized`: whoever found it may have given it their own finger meanwhile."""
    key = await with_passkey(auth, ada)
    with auth.database.use():
        await Passkey.all().update(user_verified=False)
    refused = await answer(browser, key.get(await ask(browser)))
    assert refused["__typename"] == "InvalidProof"


async def test_a_passkey_is_not_made_without_user_verification(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """The library would not mind."""
    token = (await begin(auth, ada)).access_token.value
    refused = await register(browser, token, Authenticator(verifies=False))
    assert refused["__typename"] == "InvalidProof"
    assert (await factor_rows(auth))["Passkey"] == []


BAD: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "another port": {"origin": "http://127.0.0.1:8001"},
    "another domain": {"rp_id": "evil.example"},
    "in another's page": {"client_data": {"crossOrigin": True}},
    "in another's page by a word": {"client_data": {"crossOrigin": "true"}},
    "under a page of another's": {"client_data": {"topOrigin": "https://evil.example"}},
    "another kind": {"client_data": {"type": "payment.get"}},
    "nobody there": {"is_touched": False},
}


@pytest.mark.parametrize("says", BAD.values(), ids=BAD)
async def test_an_answer_from_elsewhere_logs_nobody_in_and_makes_nothing(
    auth: Auth, ada: User, browser: Browser, says: dict[str, Any]
) -> None:
    """Rightly signed: what is wrong is where, or for what."""
    key = await with_passkey(auth, ada)
    token = (await begin(auth, await person(auth, "bob@example.com"))).access_token.value
    before = await factor_rows(auth)
    made = await register(browser, token, Authenticator(**says))
    assert made["__typename"] == "InvalidProof"
    for name, value in says.items():
        setattr(key, name, value)
    refused = await answer(browser, key.get(await ask(browser)))
    assert refused["__typename"] == "InvalidProof"
    assert await factor_rows(auth) == before


@pytest.mark.parametrize(
    ("origin", "made"),
    [
        ("http://localhost:8000", "FactorAdded"),
        ("http://localhost:5173", "FactorAdded"),
        ("http://127.0.0.1:8000", "InvalidProof"),
        ("http://localhost.evil.example", "InvalidProof"),
        ("http://localhost:8000@evil.example", "InvalidProof"),
        (None, "InvalidProof"),
    ],
)
async def test_in_development_pages_of_this_machine_have_passkeys_by_its_name(
    auth: Auth, ada: User, browser: Browser, origin: Any, made: str
) -> None:
    """At whatever port the page is served while somebody works on it."""
    token = (await begin(auth, ada)).access_token.value
    key = Authenticator(origin=origin)
    assert (await register(browser, token, key))["__typename"] == made


@pytest.mark.parametrize(
    "settings",
    [
        {"webauthn_rp_id": "localhost", "webauthn_origins": "http://localhost:8000"},
        {**PRODUCTION, "public_url": "https://localhost"},
    ],
    ids=["they are set", "production"],
)
async def test_else_no_other_port_is_taken(make_app: MakeApp, settings: dict[str, str]) -> None:
    """An origin is one to the letter."""
    app = await make_app(**settings)
    auth, browser = app.state.auth, Browser(app)
    token = (await begin(auth, await person(auth, ADA["email"]))).access_token.value
    for origin, made in (
        ("http://localhost:5173", "InvalidProof"),
        (auth.settings.passkey_origins[0], "FactorAdded"),
    ):
        key = Authenticator(origin=origin)
        assert (await register(browser, token, key))["__typename"] == made


async def test_a_service_at_an_address_says_that_it_has_none(make_app: MakeApp) -> None:
    """In words, before a browser fails; who has to set a factor up is offered an app only."""
    app = await make_app(public_url="http://192.0.2.1:8000", second_factor="required")
    auth, browser = app.state.auth, Browser(app)
    token = (await begin(auth, await person(auth, ADA["email"]))).access_token.value
    for answer in (
        await browser.ask(BEGIN_PASSKEY_LOGIN),
        await browser.ask(BEGIN_PASSKEY, token=token),
    ):
        assert errors(answer) == [
            (
                "There are no passkeys at an IP address. This service has to be reached by a name.",
                {"code": "BAD_REQUEST"},
            )
        ]
    enrolling = data(await browser.ask(LOGIN_ALLOWED, email=ADA["email"], password=PASSWORD))
    assert enrolling == {"allowed": ["TOTP"]}


async def test_the_domain_is_of_the_settings_whatever_host_is_asked_for(
    make_app: MakeApp,
) -> None:
    """Others take it from the request: then whoever can choose the request chooses the domain."""
    app = await make_app(webauthn_rp_id="example.com", webauthn_origins="https://app.example.com")
    browser = Browser(app)
    for headers in ({}, {"X-Forwarded-Host": "evil.example"}):
        asked = data(await browser.ask(BEGIN_PASSKEY_LOGIN, headers=headers))
        assert asked["options"]["rpId"] == "example.com"
    auth: Auth = app.state.auth
    ada = await person(auth, ADA["email"])
    says = {"origin": "https://app.example.com", "rp_id": "example.com"}
    key = await with_passkey(auth, ada, **says)
    assert (await answer(browser, key.get(await ask(browser))))["__typename"] == "AuthPayload"


async def test_a_challenge_is_for_one_purpose_and_one_person(
    app: Starlette, auth: Auth, ada: User, browser: Browser
) -> None:
    """That of a registration logs nobody in, and that of a login makes nothing."""
    key = await with_passkey(auth, ada)
    bob, eve = [
        (await begin(auth, await person(auth, f"{name}@example.com"))).access_token.value
        for name in ("bob", "eve")
    ]
    begun = data(await browser.ask(BEGIN_PASSKEY, token=bob))["options"]
    assert (await answer(browser, key.get(begun)))["__typename"] == "InvalidToken"
    asked = await ask(browser)
    of_login = Authenticator().create({**begun, "challenge": asked["challenge"]})
    for token, made in ((bob, of_login), (eve, Authenticator().create(begun))):
        refused = data(await browser.ask(FINISH_PASSKEY, token=token, credential=made))
        assert refused["__typename"] == "InvalidToken"
    second = (await ask_for_second(Browser(app)))["passkeyOptions"]
    assert (await answer(browser, key.get(second)))["__typename"] == "InvalidToken"


@pytest.mark.parametrize(("seconds", "outcome"), [(299, "AuthPayload"), (300, "InvalidToken")])
async def test_a_challenge_lasts_five_minutes(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, seconds: int, outcome: str
) -> None:
    """And its row as long, once it is spent."""
    key = await with_passkey(auth, ada)
    options = await ask(browser)
    clock.tick(seconds)
    assert (await answer(browser, key.get(options)))["__typename"] == outcome
    clock.tick(600)
    pruned = (await auth.pruning.prune()).deleted(Kind.CHALLENGES)
    assert pruned == (outcome == "AuthPayload")
    assert (await factor_rows(auth))["SpentChallenge"] == []


async def test_a_forged_challenge_is_refused(auth: Auth, ada: User, browser: Browser) -> None:
    """One that was never issued, or of which one byte is another."""
    key = await with_passkey(auth, ada)
    options = await ask(browser)
    issued = base64url_to_bytes(options["challenge"])
    forged = [b"", bytes(len(issued)), issued[:-1], issued + b"\0"]
    forged += [issued[:n] + bytes([issued[n] ^ 1]) + issued[n + 1 :] for n in range(len(issued))]
    for challenge in map(bytes_to_base64url, forged):
        refused = await answer(browser, key.get({**options, "challenge": challenge}))
        assert refused["__typename"] == "InvalidToken"


async def test_asking_to_log_in_writes_no_row_and_tells_nothing(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """A login page is opened by anybody, thousands of times: the answers differ by randomness."""
    nobody = await ask(browser)
    rows = await factor_rows(auth)
    await with_passkey(auth, ada)
    with_one = await factor_rows(auth)
    somebody = [await ask(browser) for _ in range(20)]
    assert await factor_rows(auth) == with_one
    assert rows["SpentChallenge"] == []
    for one in somebody:
        assert {**one, "challenge": ""} == {**nobody, "challenge": ""}
        assert len(one["challenge"]) == len(nobody["challenge"])
    assert nobody["allowCredentials"] == []
    assert nobody["userVerification"] == "required"
    assert len({one["challenge"] for one in somebody}) == 20


async def test_what_nobody_knows_is_told_to_the_browser_that_offered_it(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """Its owner took it off: the browser can be told, and shows it no more."""
    key = await with_passkey(auth, ada)
    with auth.database.use():
        await Passkey.all().delete()
    refused = await answer(browser, key.get(await ask(browser)))
    assert refused["__typename"] == "PasskeyUnknown"
    assert refused["rpId"] == "localhost"
    assert refused["credentialId"] == key.get(await ask(browser))["id"]


async def test_a_counter_that_goes_back_is_refused_of_a_key_that_cannot_be_copied(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """Then there are two of it. A copied one that counts on is let in, and the first is not."""
    key = await with_passkey(auth, ada, synced=False)
    for _ in range(3):
        entered = await answer(browser, key.get(await ask(browser)))
        assert entered["session"]["amr"] == ["hwk", "user", "mfa"]
    before = await live_sessions(auth)
    for counter in (0, 2):
        key.counter = counter
        refused = await answer(browser, key.get(await ask(browser)))
        assert refused["__typename"] == "InvalidProof"
    assert await live_sessions(auth) == before
    key.counter = 3
    assert (await answer(browser, key.get(await ask(browser))))["__typename"] == "AuthPayload"


async def test_a_synced_passkey_counts_as_it_likes(auth: Auth, ada: User, browser: Browser) -> None:
    """Its copies do not know of each other."""
    key = await with_passkey(auth, ada, synced=True)
    for counter in (7, 3, 0):
        key.counter = counter
        assert (await answer(browser, key.get(await ask(browser))))["__typename"] == "AuthPayload"


async def test_an_eligibility_for_backup_that_changes_is_refused(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """It is a property of the key, which the library compares with nothing."""
    key = await with_passkey(auth, ada, synced=False)
    key.synced = True
    refused = await answer(browser, key.get(await ask(browser)))
    assert refused["__typename"] == "InvalidProof"


async def test_a_credential_is_one_accounts(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """Whoever shows it for a second account is refused; and it is as it was."""
    key = await with_passkey(auth, ada)
    before = (await factor_rows(auth))["Passkey"]
    bob = (await begin(auth, await person(auth, "bob@example.com"))).access_token.value
    assert (await register(browser, bob, key))["__typename"] == "InvalidToken"
    viewer = await viewer_of(auth, ada)
    begun = await auth.logins.enrollment.begin_passkey(viewer)
    assert [one["id"] for one in begun.options["excludeCredentials"]] == [
        row["credential_id"] for row in before
    ]
    assert (await factor_rows(auth))["Passkey"] == before
    assert (await factor_rows(auth))["RecoveryCode"] != []


async def test_a_passkey_that_was_taken_off_can_be_made_again(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """Others have it in the way for ever."""
    key = await with_passkey(auth, ada)
    with auth.database.use():
        await Passkey.all().delete()
    token = (await begin(auth, ada)).access_token.value
    assert (await register(browser, token, key))["__typename"] == "FactorAdded"
    assert (await answer(browser, key.get(await ask(browser))))["__typename"] == "AuthPayload"


async def test_the_user_handle_is_random_and_one_for_all_passkeys_of_somebody(
    auth: Auth, ada: User
) -> None:
    """Neither the id nor the address: who finds an authenticator learns nothing by it."""
    keys = [await with_passkey(auth, ada) for _ in range(2)]
    bob = await with_passkey(auth, await person(auth, "bob@example.com"))
    assert keys[0].user_handle == keys[1].user_handle != bob.user_handle
    assert len(keys[0].user_handle) == 64
    assert ada.id.bytes not in keys[0].user_handle
    assert b"ada" not in keys[0].user_handle


async def test_an_answer_for_somebody_else_is_refused(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """The user handle is that of the passkey, and the passkey that of who is logging in."""
    key = await with_passkey(auth, ada)
    key.user_handle = b"somebody else"
    refused = await answer(browser, key.get(await ask(browser)))
    assert refused["__typename"] == "InvalidProof"


async def test_an_answer_that_does_not_say_whose_it_is_logs_nobody_in(
    app: Starlette, auth: Auth, ada: User, browser: Browser
) -> None:
    """Nobody was named, so that the user handle tells; where somebody was, it may be left out."""
    key = await with_passkey(auth, ada)
    for handle in (None, ""):
        shown = key.get(await ask(browser))
        shown["response"]["userHandle"] = handle
        assert (await answer(browser, shown))["__typename"] == "InvalidProof"
    other = Browser(app)
    shown = key.get((await ask_for_second(other))["passkeyOptions"])
    del shown["response"]["userHandle"]
    assert (await complete(other, proof={"passkey": shown}))["__typename"] == "AuthPayload"


@pytest.mark.parametrize(("bytes_", "outcome"), [(1023, "FactorAdded"), (1024, "InvalidProof")])
async def test_the_id_of_a_passkey_has_as_many_bytes_as_the_specification_says(
    auth: Auth, ada: User, browser: Browser, bytes_: int, outcome: str
) -> None:
    """At most 1023 (WebAuthn level 3, section 7.1, step 25); one more is refused, and no fault."""
    token = (await begin(auth, ada)).access_token.value
    key = Authenticator(id=secrets.token_bytes(bytes_))
    assert (await register(browser, token, key))["__typename"] == outcome
    assert len((await factor_rows(auth))["Passkey"]) == (outcome == "FactorAdded")
    found = await answer(browser, key.get(await ask(browser)))
    assert (found["__typename"] == "AuthPayload") == (outcome == "FactorAdded")


async def test_somebody_whose_account_is_shut_is_refused(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """As with a password."""
    key = await with_passkey(auth, ada)
    with auth.database.use():
        await User.filter(id=ada.id).update(disabled_at=auth.clock.now())
    before = await live_sessions(auth)
    assert (await answer(browser, key.get(await ask(browser))))["__typename"] == "InvalidProof"
    assert await live_sessions(auth) == before


async def test_a_totp_app_beside_a_passkey_is_asked_for_by_passwords_alone(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """A passkey that has verified its user is two factors."""
    await with_app(auth, ada)
    key = await with_passkey(auth, ada)
    assert (await answer(browser, key.get(await ask(browser))))["__typename"] == "AuthPayload"
    assert set((await ask_for_second(browser))["factors"]) == {"TOTP", "PASSKEY", "RECOVERY_CODE"}
