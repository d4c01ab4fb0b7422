"""Known and unknown addresses cost the same work: the same statements, and the same hashes.

That it is the same time, too, is measured and not tested: `python -m bench.timing`.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from people import BROWSER, PASSWORD
from rows import everything
from sent_mail import mails
from statements import Statements

from authberry import Auth, RefreshTokenTransport
from authberry.errors import InvalidCredentials
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
Act = Callable[[Auth, str], Awaitable[object]]
BODY = RefreshTokenTransport.BODY
KNOWN = ("proved@example.com", "unproved@example.com", "disabled@example.com", "bare@example.com")
UNKNOWN = ("nobody@example.com", "somebody@example.org")

ACTS: dict[str, Act] = {
    "reset": lambda auth, email: auth.accounts.recovery.request(email, BROWSER),
    "verification": lambda auth, email: auth.accounts.verification.request(email, BROWSER),
    "login link": lambda auth, email: auth.logins.links.request(email, "secret", BROWSER),
    "register": lambda auth, email: auth.accounts.registration.register(
        email, PASSWORD, "Name", BROWSER, BODY
    ),
    "login": lambda auth, email: auth.logins.passwords.login(email, "wrong", BROWSER, BODY),
}


@pytest.mark.one_process
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_whether_there_is_an_account_makes_no_difference(
    make_auth: MakeAuth, statements: Statements, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    """To the statement and to the hash, whatever has become of the account."""
    auth = await make_auth(
        email_verification="required", security_notices=True, event_ttl=90 * 86_400
    )
    monkeypatch.setattr("authberry.events.store.PAUSE", 3600)  # what it writes later is nobody's
    for email in KNOWN:
        await auth.accounts.create(email, None if email.startswith("bare") else PASSWORD)
    with auth.database.use():
        await User.filter(email="proved@example.com").update(email_verified=True)
        await User.filter(email="disabled@example.com").update(disabled_at=auth.clock.now())
    work = {}
    for email in (*KNOWN, *UNKNOWN):
        await mails(auth)
        await auth.outbox.close()  # whose work is not the asker's
        statements.seen.clear()
        before = hashes(auth)
        with suppress(InvalidCredentials):
            await act(auth, email)
        work[email] = (tuple(statements.seen), hashes(auth) - before)
    first = work[KNOWN[0]]
    assert first[0]
    assert {email: done == first for email, done in work.items()} == dict.fromkeys(work, True)
    await mails(auth)


@pytest.mark.one_process
async def test_registering_leaves_one_order_either_way(make_auth: MakeAuth) -> None:
    """Of the same size, but for what the mail will say: the table tells no more than the answer.

    And one event each, also the second time within a minute.
    """
    auth = await make_auth(
        event_ttl=90 * 86_400,
        email_verification="required",
        smtp_url="smtp+plain://127.0.0.1:1",  # where nobody takes them
        mail_from="a@example.com",
    )
    await auth.accounts.create("known@example.com", PASSWORD)
    for email in ("known@example.com", "novel@example.com") * 2:
        await auth.accounts.registration.register(email, PASSWORD, None, BROWSER, BODY)
    tables = await everything(auth)
    rows = tables["OutboxMessage"]
    letters = Counter(row["letter"] for row in rows)
    assert letters == {"already_registered": 3, "verify_email": 1}
    assert len({len(row["payload"]) for row in rows}) == 1
    assert [row["kind"] for row in tables["SecurityEvent"]] == [
        "registered",  # by the operator
        "mail_requested",
        "registered",
        "mail_requested",
        "mail_requested",
    ]


def hashes(auth: Auth) -> float:
    """How many hashes were made so far."""
    (metric,) = auth.metrics.hash_seconds.collect()
    return next(one.value for one in metric.samples if one.name.endswith("_count"))
