"""Links in mails, of whatever purpose: good once, for a while, for one thing and one person."""

import asyncio
from collections import Counter

import pytest
from apps import MakeApp, person
from browser import Browser
from frozen_clock import FrozenClock
from log_lines import LogLines
from mailed_links import ADA, BY_PURPOSE, KINDS, NAMES, NEW, REFUSED, Kind
from people import BROWSER
from rows import everything
from sent_mail import everything_when_idle, link_to, mails, token_in

from authberry import Auth
from authberry.models import User
from authberry.settings import LinkPurpose

each_kind = pytest.mark.parametrize("kind", KINDS, ids=NAMES)


def each(kinds: list[Kind]) -> pytest.MarkDecorator:
    """Run a test for some kinds."""
    return pytest.mark.parametrize("kind", kinds, ids=[kind.purpose.value for kind in kinds])


each_confirmation = each([kind for kind in KINDS if kind.confirms])
each_other = each([kind for kind in KINDS if not kind.confirms])


@each_other
async def test_a_link_is_good_once(auth: Auth, browser: Browser, ada: User, kind: Kind) -> None:
    """The second time it is as if it had never been, and nothing changes."""
    token = await kind.ask(auth, browser, ada)
    assert (await kind.present(browser, token))["__typename"] == kind.success
    await mails(auth)
    before = await everything_when_idle(auth)
    assert await kind.present(browser, token) == REFUSED
    assert await everything(auth) == before


@each_confirmation
async def test_a_link_that_has_confirmed_says_so_again_within_its_time(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock, log: LogLines, kind: Kind
) -> None:
    """Word for word, on a second device, and nothing is done twice; then it is forgotten."""
    token = await kind.ask(auth, browser, ada)
    first = await kind.present(browser, token)
    assert first["__typename"] == kind.success
    await mails(auth)
    before = await everything_when_idle(auth)
    clock.tick(kind.lifetime - 1)
    log.start()
    assert await kind.present(browser, token) == first
    assert await everything(auth) == before
    assert log.events == []
    clock.tick(1)
    assert await kind.present(browser, token) == REFUSED
    assert await everything(auth) == before
    await auth.pruning.prune()
    purposes = {row["purpose"] for row in (await everything(auth))["OneTimeToken"]}
    assert purposes <= {"undo_email_change"}


@each_confirmation
async def test_a_link_says_nothing_of_what_is_no_longer_so(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """Of an account that is disabled, or has another address by now, or is not confirmed."""
    token = await kind.ask(auth, browser, ada)
    first = await kind.present(browser, token)
    states: list[dict[str, object]] = [
        {"disabled_at": auth.clock.now()},
        {"email": "moved@example.com"},
        {"email_verified": False},
    ]
    for state in states:
        with auth.database.use():
            was = {name: getattr(await User.get(id=ada.id), name) for name in state}
            await User.filter(id=ada.id).update(**state)
        assert await kind.present(browser, token) == REFUSED
        with auth.database.use():
            await User.filter(id=ada.id).update(**was)
    assert await kind.present(browser, token) == first


@each_confirmation
async def test_whoever_confirms_by_one_link_at_once_is_told_that_it_is_done(
    auth: Auth, browser: Browser, ada: User, log: LogLines, kind: Kind
) -> None:
    """It is done once, by one conditional UPDATE, on however many servers."""
    token = await kind.ask(auth, browser, ada)
    log.start()
    answers = await asyncio.gather(*(kind.present(browser, token) for _ in range(6)))
    assert answers == [answers[0]] * 6
    assert answers[0]["__typename"] == kind.success
    done = {"email_verified", "email_changed"}
    assert len([event for event in log.events if event["event"] in done]) == 1


@each_other
async def test_of_those_who_use_a_link_at_once_one_gets_through(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """One conditional DELETE decides, on however many servers."""
    token = await kind.ask(auth, browser, ada)
    answers = await asyncio.gather(*(kind.present(browser, token) for _ in range(6)))
    kinds = Counter(answer["__typename"] for answer in answers)
    assert kinds == {kind.success: 1, "InvalidToken": 5}


@each_kind
async def test_a_link_is_good_for_so_long(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock, kind: Kind
) -> None:
    """To the second; what is too late changes nothing."""
    token = await kind.ask(auth, browser, ada)
    clock.tick(kind.lifetime)
    before = await everything_when_idle(auth)
    assert await kind.present(browser, token) == REFUSED
    assert await everything(auth) == before
    clock.tick(-1)
    assert (await kind.present(browser, token))["__typename"] == kind.success


@each_kind
async def test_a_link_of_a_disabled_account_is_no_good(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """Nor does it say so; once the account is enabled, it is good again."""
    token = await kind.ask(auth, browser, ada)
    await auth.accounts.disable(ada, BROWSER)
    before = await everything_when_idle(auth)
    assert await kind.present(browser, token) == REFUSED
    assert await everything(auth) == before
    await auth.accounts.enable(ada, BROWSER)
    assert (await kind.present(browser, token))["__typename"] == kind.success


async def present_after_a_change(auth: Auth, browser: Browser, kind: Kind, token: str) -> None:
    """Present a link of before: it is refused and changes nothing, unless it undoes changes."""
    before = await everything_when_idle(auth)
    answer = await kind.present(browser, token)
    if kind.is_voided_by_changes:
        assert answer == REFUSED
        assert await everything(auth) == before
    else:
        assert answer["__typename"] == kind.success


@each_kind
async def test_a_new_password_voids_the_links_of_before(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """But not the one that takes a stolen account back: a thief changes the password next."""
    token = await kind.ask(auth, browser, ada)
    await auth.accounts.password_changes.set(ada, "some other long phrase", BROWSER)
    await present_after_a_change(auth, browser, kind, token)


@each_kind
async def test_a_new_address_voids_the_links_of_before(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """Whoever still reads the old one gets in by none of them, but for the one that undoes it."""
    token = await kind.ask(auth, browser, ada)
    with auth.database.use():
        await User.filter(id=ada.id).update(email="moved@example.com")
    await present_after_a_change(auth, browser, kind, token)


@each_kind
async def test_a_link_is_good_for_nothing_else(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """Each at each of the other mutations; afterwards it still does what it is for."""
    token = await kind.ask(auth, browser, ada)
    before = await everything_when_idle(auth)
    for other in KINDS:
        if other is not kind:
            assert await other.present(browser, token) == REFUSED
    assert await everything(auth) == before
    assert (await kind.present(browser, token))["__typename"] == kind.success


@each_kind
async def test_what_is_nearly_a_token_is_none(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """Shorter, longer, padded, of other letters, or no text at all: never a crash."""
    token = await kind.ask(auth, browser, ada)
    before = await everything_when_idle(auth)
    for wrong in (
        *("", "garbage", token[:-1], token[1:], token + "A", token + "=", f" {token}"),
        *(f"{token}\n", token.swapcase(), token[::-1], "a" * 43, f"{token[:-1]}\0"),
        *(f"{token[:-1]}\ud800", f"{token[:-1]}é", token * 1000, f"#token={token}"),
    ):
        assert await kind.present(browser, wrong) == REFUSED
    assert await everything(auth) == before
    assert (await kind.present(browser, token))["__typename"] == kind.success


@each_kind
async def test_a_refused_link_is_an_event(
    auth: Auth, browser: Browser, ada: User, log: LogLines, kind: Kind
) -> None:
    """With what it was to be for, and never the token."""
    token = await kind.ask(auth, browser, ada)
    await auth.accounts.disable(ada, BROWSER)
    log.start()
    await kind.present(browser, token)
    assert log.events == [
        {
            "event": "link_refused",
            "level": "warning",
            "reason": kind.purpose.value,
            "address": "192.0.2.1",
        }
    ]
    assert token not in log.text


@each_kind
async def test_links_are_tried_so_often_from_one_network(
    make_app: MakeApp, log: LogLines, kind: Kind
) -> None:
    """All mutations that take a token count together; the good one is not looked at either."""
    app = await make_app(link_attempts="5/hour")
    auth: Auth = app.state.auth
    ada = await person(auth, ADA)
    browser = Browser(app)
    asked = Browser(app, address="198.51.100.7")
    token = await kind.ask(auth, asked, ada)
    for other in KINDS:
        assert await other.present(browser, "garbage") == REFUSED
    before = await everything_when_idle(auth)
    log.start()
    response = await browser.ask(kind.document, {**kind.variables, "token": token})
    (answer,) = response.json()["data"].values()
    assert answer["__typename"] == "TooManyAttempts"
    assert 3000 < answer["retryAfter"] <= 3600
    assert response.headers["retry-after"] == str(answer["retryAfter"])
    assert await everything(auth) == before
    assert [event["event"] for event in log.events] == ["attempts_exceeded"]
    assert (await kind.present(asked, token))["__typename"] == kind.success


PAGES = {
    "verify_email": "verify",
    "reset_password": "reset",
    "confirm_email_change": "confirm-email",
    "undo_email_change": "undo-email",
    "login": "login-link",
}


@each_kind
async def test_a_link_leads_where_the_settings_say_whatever_the_request_says(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """A forged Host would send the owner's token to whoever forged it (CWE-640)."""
    forged = {
        "Host": "evil.example.com",
        "X-Forwarded-Host": "evil.example.com",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example.com",
        "X-Original-URL": "https://evil.example.com/",
    }
    browser._client.headers.update(forged)
    token = await kind.ask(auth, browser, ada)
    address = NEW if kind.purpose is LinkPurpose.CONFIRM_EMAIL_CHANGE else ADA
    link = await link_to(auth, address)
    page = PAGES[kind.purpose.value]
    assert link == f"http://127.0.0.1:8000/account/{page}#token={token}"


async def test_a_link_leads_to_the_frontend_s_page_where_one_is_named(make_app: MakeApp) -> None:
    """A template for each purpose, and ours for the others."""
    app = await make_app(
        link_urls="reset_password=https://app.example.com/new?t={token}&from=mail,"
        "login=https://app.example.com/#/in/{token}"
    )
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA), Browser(app)
    links = {}
    for purpose in (LinkPurpose.RESET_PASSWORD, LinkPurpose.LOGIN, LinkPurpose.VERIFY_EMAIL):
        kind = BY_PURPOSE[purpose]
        token = await kind.ask(auth, browser, ada)
        links[purpose.value] = (await link_to(auth, ADA)).replace(token, "TOKEN")
    assert links == {
        "reset_password": "https://app.example.com/new?t=TOKEN&from=mail",
        "login": "https://app.example.com/#/in/TOKEN",
        "verify_email": "http://127.0.0.1:8000/account/verify#token=TOKEN",
    }


@each_kind
async def test_the_table_holds_a_digest_and_no_token(
    auth: Auth, browser: Browser, ada: User, kind: Kind
) -> None:
    """Of 256 bits; nothing that is stored can be presented."""
    token = token_in(await kind.ask(auth, browser, ada))
    rows = (await everything(auth))["OneTimeToken"]
    (row,) = (row for row in rows if row["purpose"] == kind.purpose.value)
    assert token not in repr(rows)
    assert await kind.present(browser, row["token_hash"]) == REFUSED
    assert await kind.present(browser, row["token_hash"][:43]) == REFUSED
