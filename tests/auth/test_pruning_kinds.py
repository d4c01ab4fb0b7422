"""What is pruned beside sessions and keys."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from deleted_account import mails
from factor_rows import (
    add_app,
    add_external_login,
    add_factor_reset,
    add_passkey,
    add_pending_login,
    add_recovery_code,
    add_spent_challenge,
    add_trusted_device,
)
from frozen_clock import FrozenClock
from people import BROWSER
from pruning_rows import MakeAuth
from rows import everything

from authberry import Auth
from authberry.events.log import Event
from authberry.models import User
from authberry.pruning import Progress
from authberry.settings import LinkPurpose

# Logins that wait, devices, challenges and resets of factors


async def test_what_expires_is_deleted_when_it_does(
    auth: Auth, ada: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page at a time; what is still good stays, a challenge for a server whose clock is late."""
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 2)
    hour = timedelta(hours=1)
    for lasts in [hour] * 5 + [2 * hour]:
        await add_pending_login(auth, ada, lasts)
        await add_external_login(auth, None, lasts)
        await add_trusted_device(auth, ada, lasts)
        await add_spent_challenge(auth, lasts)

    clock.tick(hour - timedelta(seconds=1))
    assert await auth.pruning.prune() == Progress(0, share=1)
    clock.tick(1)
    assert await auth.pruning.prune() == Progress(
        0,
        deleted_pending_logins=5,
        deleted_trusted_devices=5,
        deleted_external_logins=5,
        share=1,
    )
    clock.tick(timedelta(minutes=5))
    assert await auth.pruning.prune() == Progress(0, deleted_challenges=5, share=1)

    rows = await everything(auth)
    for table in ("PendingLogin", "TrustedDevice", "SpentChallenge", "ExternalLogin"):
        (left,) = rows[table]
        assert left["expires_at"] == clock.now() + hour - timedelta(minutes=5)


@pytest.mark.one_process("each process has a store of its own")
async def test_a_reset_of_factors_is_carried_out_when_its_wait_is_over(
    make_auth: MakeAuth, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if nobody logs in: every factor goes, with a mail and an event; of nobody else."""
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 2)
    auth = await make_auth(event_ttl=90 * 86_400, security_notices=True)
    people = [await auth.accounts.create(f"{name}@example.com", None) for name in "abcde"]
    for number, one in enumerate(people):
        await add_app(auth, one)
        await add_passkey(auth, one)
        await add_recovery_code(auth, one)
        if number < 4:
            await add_factor_reset(auth, one, timedelta(hours=72 if number < 3 else 73))

    clock.tick(timedelta(hours=72) - timedelta(seconds=1))
    assert (await auth.pruning.prune()).deleted_factor_resets == 0
    clock.tick(1)
    assert (await auth.pruning.prune()).deleted_factor_resets == 3
    assert (await auth.pruning.prune()).deleted_factor_resets == 0

    rows = await everything(auth)
    clock.tick(timedelta(hours=2))
    assert (await auth.pruning.prune()).deleted_factor_resets == 1
    kept = {one.id for one in people[3:]}
    for table in ("Totp", "Passkey", "RecoveryCode"):
        assert {row["user_id"] for row in rows[table]} == kept
    assert {row["user_id"] for row in rows["FactorReset"]} == {people[3].id}
    await auth.resources.events.flush()
    events = (await everything(auth))["SecurityEvent"]
    told = {row["user_id"] for row in events if row["kind"] == "factors_reset"}
    assert told == {one.id for one in people[:4]}
    sent = await mails(auth, 4)
    assert {mail["To"] for mail in sent} == {one.email for one in people[:4]}


# Events, links and accounts


@pytest.mark.one_process("each process has a store of its own")
async def test_events_are_deleted_when_they_are_old_and_refreshes_sooner(
    make_auth: MakeAuth, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their ids, which are in the order of time, a page at a time."""
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 3)
    auth = await make_auth(event_ttl=90 * 86400, refresh_event_ttl=86400)
    user = await auth.accounts.create("ada@example.com", None)
    log = auth.resources.log

    async def happen() -> None:
        for event in (Event.TOKEN_REFRESHED, Event.LOGIN_SUCCEEDED, Event.TOKEN_REISSUED):
            for _ in range(2):
                log.record(event, BROWSER, user_id=user.id, session_id=uuid4())
        await auth.resources.events.flush()

    async def left() -> dict[str, int]:
        rows = (await everything(auth))["SecurityEvent"]
        return dict(Counter(row["kind"] for row in rows))

    await happen()
    clock.tick(timedelta(days=1))
    await happen()
    assert (await auth.pruning.prune()).deleted_events == 0
    clock.tick(timedelta(milliseconds=1))
    assert (await auth.pruning.prune()).deleted_events == 4
    assert await left() == {
        "registered": 1,
        "login_succeeded": 4,
        "token_refreshed": 2,
        "token_reissued": 2,
    }
    clock.tick(timedelta(days=89))
    assert (await auth.pruning.prune()).deleted_events == 3 + 4
    assert await left() == {"login_succeeded": 2}
    clock.tick(timedelta(days=1))
    assert (await auth.pruning.prune()).deleted_events == 2
    assert await left() == {}


@pytest.mark.one_process("each process has a store of its own")
async def test_what_is_no_longer_stored_is_deleted_with_the_next_walk(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Whoever wants no events any more has none."""
    auth = await make_auth(event_ttl=90 * 86400)
    await auth.accounts.create("ada@example.com", None)
    await auth.resources.events.flush()
    clock.tick(1)
    assert (await (await make_auth(event_ttl=0)).pruning.prune()).deleted_events == 1


async def test_links_past_their_time_are_deleted(auth: Auth, ada: User, clock: FrozenClock) -> None:
    """What is still good stays."""
    await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
    clock.tick(timedelta(minutes=29))
    await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
    assert (await auth.pruning.prune()).deleted_links == 0
    clock.tick(timedelta(minutes=1))
    assert (await auth.pruning.prune()).deleted_links == 1
    assert len((await everything(auth))["OneTimeToken"]) == 1
