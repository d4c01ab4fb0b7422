"""`reauthenticate`, and what tokens say of how somebody was proved, and when."""

from typing import Any

import pytest
from apps import person
from browser import Browser, codes, data
from documents import LOGIN_WITH_LINK, REFRESH_TOKEN, REQUEST_LOGIN_LINK
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from rows import session_row
from second_factors import (
    ADA,
    BEGIN_PASSKEY_LOGIN,
    LOGIN,
    REAUTHENTICATE,
    ask_for_second,
    complete,
    factor_rows,
    with_app,
    with_passkey,
)
from sent_mail import token_to

from authberry import Auth
from authberry.models import RefreshToken, User
from authberry.tokens import Claims

SESSION = "{ session { id acr amr } }"


async def prove(browser: Browser, token: str, **proof: object) -> Any:
    """Prove once more; returns the answer."""
    return data(await browser.ask(REAUTHENTICATE, token=token, proof=proof))


async def said(auth: Auth, token: str) -> tuple[tuple[str, ...], str, int]:
    """What a token says: `amr`, `acr`, and how old its `auth_time` is in seconds."""
    claims: Claims = await auth.signing.access_tokens.verify(token)
    age = auth.clock.now().replace(microsecond=0) - claims.authenticated_at
    return claims.amr, claims.acr, int(age.total_seconds())


async def refreshed(browser: Browser, refresh_token: str) -> tuple[str, str]:
    """Refresh; returns the new tokens."""
    answer = data(await browser.ask(REFRESH_TOKEN, {"refreshToken": refresh_token}))
    assert answer["__typename"] == "AuthPayload", answer
    return answer["accessToken"], answer["refreshToken"]


async def test_tokens_say_for_a_day_what_the_login_was_proved_with(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """A refresh freshens nothing: `auth_time` grows old, and what the login had does not decay."""
    phone = await with_app(auth, ada)
    asked = await ask_for_second(browser, transport="BODY")
    proof = {"totpCode": phone.next_code(clock.tick)}
    answer = await complete(browser, proof=proof, ticket=asked["ticket"])
    access, refresh = answer["accessToken"], answer["refreshToken"]
    for hour in range(24):
        assert await said(auth, access) == (("pwd", "otp", "mfa"), "aal2", hour * 3600)
        clock.tick(3600)
        access, refresh = await refreshed(browser, refresh)


async def test_an_added_proof_decays(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """A quarter of an hour on, the next refresh says what the login had; `auth_time` stays."""
    phone = await with_app(auth, ada)
    issued = await begin(auth, ada)
    clock.tick(600)
    access, refresh = await refreshed(browser, issued.refresh_token)
    assert await said(auth, access) == (("pwd",), "aal1", 600)
    raised = await prove(browser, access, totpCode=phone.next_code(clock.tick))
    assert raised["session"]["id"] == str(issued.session.id)
    assert await said(auth, raised["accessToken"]) == (("pwd", "otp", "mfa"), "aal2", 0)
    heard = []
    for _ in range(5):
        clock.tick(240)
        access, refresh = await refreshed(browser, refresh)
        heard.append((await said(auth, access))[1:])
    assert heard == [("aal2", 240), ("aal2", 480), ("aal2", 720), ("aal1", 960), ("aal1", 1200)]
    now = data(await browser.ask(SESSION, token=access))
    assert (now["acr"], now["amr"]) == ("aal1", ["pwd"])


async def test_a_step_up_keeps_the_session_and_its_refresh_token(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """Only what was proved, and when, is another in its row; a refresh under way loses nothing."""
    phone = await with_app(auth, ada)
    issued = await begin(auth, ada)
    before = await session_row(auth, issued)
    token = issued.access_token.value
    raised = await prove(browser, token, totpCode=phone.next_code(clock.tick))
    after = await session_row(auth, issued)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"authenticated_at", "proofs"}
    assert raised["refreshToken"] is None
    await refreshed(browser, issued.refresh_token)


@pytest.mark.parametrize("first", ["password", "link"])
async def test_a_second_factor_reaches_the_second_level_behind_any_login(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, first: str
) -> None:
    """A mailed link's word is that of a code, and whoever logs in by links is not stuck."""
    phone = await with_app(auth, ada)
    await ask_for_second(browser)
    await complete(browser, proof={"totpCode": phone.next_code(clock.tick)}, trust=True)
    if first == "link":
        await browser.ask(REQUEST_LOGIN_LINK, {"email": ADA["email"]})
        link = await token_to(auth, ADA["email"])
        entered = data(await browser.ask(LOGIN_WITH_LINK, {"token": link}))
    else:
        entered = data(await browser.ask(LOGIN, ADA))
    assert (await said(auth, entered["accessToken"]))[1] == "aal1"
    proof = {"totpCode": phone.next_code(clock.tick)}
    raised = await prove(browser, entered["accessToken"], **proof)
    assert raised["session"]["acr"] == "aal2"


async def test_a_password_is_no_second_factor_behind_a_link(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """In a trusted browser somebody has a mailbox and a password, and no factor was proved."""
    phone = await with_app(auth, ada)
    await ask_for_second(browser)
    await complete(browser, proof={"totpCode": phone.next_code(clock.tick)}, trust=True)
    await browser.ask(REQUEST_LOGIN_LINK, {"email": ADA["email"]})
    link = await token_to(auth, ADA["email"])
    entered = data(await browser.ask(LOGIN_WITH_LINK, {"token": link}))
    clock.tick(200)
    raised = await prove(browser, entered["accessToken"], password=PASSWORD)
    assert raised["session"]["acr"] == "aal1"
    assert (await said(auth, raised["accessToken"]))[2] == 0
    response = await browser.ask(
        "mutation { regenerateRecoveryCodes { codes } }", token=raised["accessToken"]
    )
    assert response.json()["errors"][0]["extensions"]["reason"] == "STEP_UP_REQUIRED"


async def test_a_passkey_raises_a_session_to_the_highest_level(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """With its user verified; without, to the second."""
    key = await with_passkey(auth, ada)
    for verifies, acr in ((False, "aal2"), (True, "phr")):
        token = (await begin(auth, ada)).access_token.value
        key.verifies = verifies
        options = data(await browser.ask(BEGIN_PASSKEY_LOGIN))["options"]
        raised = await prove(browser, token, passkey=key.get(options))
        assert raised["session"]["acr"] == acr


async def test_nothing_of_another_account_proves_who_somebody_is(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """A thief in Ada's session has factors, and a password, of their own."""
    await with_app(auth, ada)
    bob = await person(auth, "bob@example.com")
    phone, key = await with_app(auth, bob), await with_passkey(auth, bob)
    token = (await begin(auth, ada)).access_token.value
    clock.tick(30)
    options = data(await browser.ask(BEGIN_PASSKEY_LOGIN))["options"]
    rows = (await factor_rows(auth))["RefreshToken"]
    for proof in (
        {"totpCode": phone.code()},
        {"recoveryCode": phone.recovery_codes[0]},
        {"passkey": key.get(options)},
        {"password": "wrong one"},
    ):
        assert (await prove(browser, token, **proof))["__typename"] == "InvalidProof"
    assert (await factor_rows(auth))["RefreshToken"] == rows


async def test_an_answer_to_a_challenge_that_is_spent_strange_or_old_is_a_proof_that_is_not_good(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It has the type that any other wrong proof has, and is recorded as one."""
    key = await with_passkey(auth, ada)
    token = (await begin(auth, ada)).access_token.value
    spent = key.get(data(await browser.ask(BEGIN_PASSKEY_LOGIN))["options"])
    old = key.get(data(await browser.ask(BEGIN_PASSKEY_LOGIN))["options"])
    asked = await ask_for_second(browser)
    strange = key.get(asked["passkeyOptions"])
    assert (await prove(browser, token, passkey=spent))["__typename"] == "AuthPayload"
    rows = await factor_rows(auth)
    caplog.clear()
    assert (await prove(browser, token, passkey=spent))["__typename"] == "InvalidProof"
    assert (await prove(browser, token, passkey=strange))["__typename"] == "InvalidProof"
    clock.tick(300)
    token = (await begin(auth, ada)).access_token.value
    assert (await prove(browser, token, passkey=old))["__typename"] == "InvalidProof"
    failures = [one for one in caplog.messages if one.startswith("proof_failed ")]
    assert len(failures) == 3
    after = await factor_rows(auth)
    assert after["SpentChallenge"] == rows["SpentChallenge"]
    assert after["Passkey"] == rows["Passkey"]


async def test_a_password_that_can_be_none_costs_no_attempt(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """It is refused as at a login, as often as it comes."""
    token = (await begin(auth, ada)).access_token.value
    for _ in range(7):
        response = await browser.ask(REAUTHENTICATE, token=token, proof={"password": "x" * 5000})
        assert codes(response) == ["INVALID_INPUT"]
    assert (await prove(browser, token, password=PASSWORD))["__typename"] == "AuthPayload"


async def test_guesses_in_a_session_are_counted(auth: Auth, ada: User, browser: Browser) -> None:
    """A stolen access token buys five."""
    await with_app(auth, ada)
    token = (await begin(auth, ada)).access_token.value
    answers = [await prove(browser, token, totpCode="000000") for _ in range(6)]
    assert [one["__typename"] for one in answers] == ["InvalidProof"] * 5 + ["TooManyAttempts"]


async def test_nobody_reauthenticates_without_a_session(browser: Browser) -> None:
    """It is no way in."""
    response = await browser.ask(REAUTHENTICATE, proof={"password": PASSWORD})
    assert codes(response) == ["UNAUTHENTICATED"]


async def test_a_proof_is_one_of_its_fields(auth: Auth, ada: User, browser: Browser) -> None:
    """Neither none nor two: nobody is let in by the easier of two."""
    token = (await begin(auth, ada)).access_token.value
    proofs: list[dict[str, object]] = [
        {},
        {"password": None},
        {"password": PASSWORD, "totpCode": "000000"},
    ]
    for proof in proofs:
        response = await browser.ask(REAUTHENTICATE, token=token, proof=proof)
        assert codes(response) == ["BAD_REQUEST"]
        assert not (response.json().get("data") or {}).get("reauthenticate")


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "{password: null}",
        f'{{password: "{PASSWORD}", totpCode: "000000"}}',
        f'{{password: "{PASSWORD}", totpCode: null}}',
        "{password: $nullable}",
        f'{{password: "{PASSWORD}", totpCode: $nullable}}',
        "{password: $undeclared}",
    ],
)
@pytest.mark.parametrize("mutation", ["reauthenticate", "completeLogin", "completePasswordReset"])
async def test_a_proof_written_in_the_document_is_one_of_its_fields(
    auth: Auth, ada: User, browser: Browser, mutation: str, written: str
) -> None:
    """Refused before anything is asked, and no fault; what was written is not repeated."""
    token = (await begin(auth, ada)).access_token.value
    declared = "($nullable: String)" if "$nullable" in written else ""
    document = f"mutation{declared} {{ {mutation}(proof: {written}) {{ __typename }} }}"
    response = await browser.ask(document, {"nullable": None}, token=token)
    assert codes(response)
    assert set(codes(response)) <= {"GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST"}
    assert PASSWORD not in response.text


async def test_sessions_of_an_older_release_are_read(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """Their rows have a word and no more."""
    issued = await begin(auth, ada)
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).update(amr=None, proofs=None)
    access, _ = await refreshed(browser, issued.refresh_token)
    assert (await said(auth, access))[:2] == (("pwd",), "aal1")
