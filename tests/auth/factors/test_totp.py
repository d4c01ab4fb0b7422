"""Apps that show codes: what RFC 6238 says, and how often and how long a code is good."""

from base64 import b32encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from codes import code
from frozen_clock import FrozenClock
from people import BROWSER
from second_factors import viewer_of, with_app

from authberry import Auth
from authberry.errors import InvalidProof, InvalidTicket
from authberry.factors import UsedFactor
from authberry.models import Totp, User
from authberry.tokens import Sealer

MakeAuth = Callable[..., Awaitable[Auth]]
OLD, NEW = "b2xkIHNlY3JldCBvZiB0aGUgc2VydmljZSwgZm9yIHRlc3Rz", "bmV3IHNlY3JldCBmb3IgdGVzdHMh" * 2
SEED = b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
"""RFC 6238, appendix B, with SHA-1: eight digits, of which our six are the last."""


async def app_of(auth: Auth, user: User, seed: str = SEED) -> Totp:
    """Store an app with a seed of the test's choice, of which no code has been used."""
    app_id, sealer = uuid4(), Sealer(auth.settings.secrets, "totp seed")
    with auth.database.use():
        return await Totp.create(
            id=app_id,
            user=user,
            name="Phone",
            sealed_seed=sealer.seal(seed.encode(), str(app_id)),
            last_step=0,
            created_at=auth.clock.now(),
        )


async def check(auth: Auth, user: User, typed: str) -> UsedFactor | None:
    """Look whether a code fits."""
    with auth.database.use():
        return await auth.logins.second_factors.factors.totp.check(user, typed)


async def use(auth: Auth, user: User, typed: str) -> None:
    """Use a code up."""
    used = await check(auth, user, typed)
    assert used
    async with auth.resources.transaction():
        await auth.logins.second_factors.factors.use(used)


@pytest.mark.parametrize("second", VECTORS)
async def test_the_codes_are_those_of_the_rfc(
    auth: Auth, ada: User, clock: FrozenClock, second: int
) -> None:
    """At the times of the appendix, to the last digit."""
    await app_of(auth, ada)
    clock.time = datetime.fromtimestamp(second, UTC)
    right = VECTORS[second][-6:]
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    assert await check(auth, ada, right)
    assert await check(auth, ada, wrong) is None


async def test_a_code_is_good_in_its_step_and_the_next(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Neither earlier nor later: what somebody reads over a shoulder is soon worth nothing."""
    phone = await with_app(auth, ada)
    clock.time = datetime.fromtimestamp(1_800_000_000, UTC)  # the first moment of a step
    assert await check(auth, ada, phone.code(after=timedelta(seconds=30))) is None
    assert await check(auth, ada, phone.code(after=timedelta(seconds=-60))) is None
    assert await check(auth, ada, phone.code(after=timedelta(seconds=-30)))
    clock.tick(29.999)
    assert await check(auth, ada, phone.code())
    assert await check(auth, ada, phone.code(after=timedelta(seconds=-30)))


async def test_a_code_that_was_used_is_refused_in_its_whole_window(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Others accept one again for as long as they accept it at all (RFC 6238, section 5.2)."""
    phone = await with_app(auth, ada)
    clock.tick(300)
    used = phone.code()
    await use(auth, ada, used)
    for _ in range(3):
        assert await check(auth, ada, used) is None
        clock.tick(29)


async def test_a_code_of_the_step_before_is_taken_once_and_none_behind_a_later_one(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """The step that was used last is kept, and nothing of it or before is good."""
    phone = await with_app(auth, ada)
    clock.tick(300)
    before, now = phone.code(after=timedelta(seconds=-30)), phone.code()
    await use(auth, ada, before)
    assert await check(auth, ada, before) is None
    await use(auth, ada, now)
    clock.tick(30)
    assert await check(auth, ada, now) is None
    assert await check(auth, ada, before) is None


async def test_two_who_have_checked_one_code_do_not_both_use_it(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """What decides is one conditional UPDATE, not what was read before."""
    phone = await with_app(auth, ada)
    clock.tick(300)
    first, second = [await check(auth, ada, phone.code()) for _ in range(2)]
    assert first
    assert second
    factors = auth.logins.second_factors.factors
    async with auth.resources.transaction():
        await factors.use(first)
    with pytest.raises(InvalidProof):
        async with auth.resources.transaction():
            await factors.use(second)


@pytest.mark.parametrize(
    "spell",
    [
        lambda c: f" {c[:3]} {c[3:]} ",
        lambda c: c.translate({48 + n: 0xFF10 + n for n in range(10)}),
    ],
    ids=["spaces", "full width"],
)
async def test_a_code_may_be_typed_as_people_type(
    auth: Auth, ada: User, clock: FrozenClock, spell: Callable[[str], str]
) -> None:
    """In groups, or by a Korean keyboard that writes wide digits."""
    phone = await with_app(auth, ada)
    clock.tick(300)
    assert await check(auth, ada, spell(phone.code()))


@pytest.mark.parametrize("typed", ["", "12345", "\ud800", "0" * 100_000, "-00001", "٣" * 6, "\0"])
async def test_what_is_no_code_is_refused_and_is_no_fault(
    auth: Auth, ada: User, typed: str
) -> None:
    """However strange."""
    await with_app(auth, ada)
    assert await check(auth, ada, typed) is None


async def test_an_app_is_not_there_before_a_code_proves_it(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Nothing is written; and the ticket is one person's, for five minutes, for one app."""
    enrollment, viewer = auth.logins.enrollment, await viewer_of(auth, ada)
    bob = await viewer_of(auth, await auth.accounts.create("bob@example.com", None))
    begun = enrollment.begin_totp(viewer, None)
    shown = code(auth, begun.secret)
    with pytest.raises(InvalidProof):
        await enrollment.confirm_totp(viewer, begun.ticket, "000000", BROWSER)
    for who, ticket in ((bob, begun.ticket), (viewer, begun.ticket[:-4] + "AAAA"), (viewer, None)):
        with pytest.raises(InvalidTicket):
            await enrollment.confirm_totp(who, ticket, shown, BROWSER)
    with auth.database.use():
        assert await Totp.all().count() == 0
    await enrollment.confirm_totp(viewer, begun.ticket, shown, BROWSER)
    with pytest.raises(InvalidTicket):
        await enrollment.confirm_totp(viewer, begun.ticket, shown, BROWSER)
    late = enrollment.begin_totp(viewer, None)
    clock.tick(300)
    with pytest.raises(InvalidTicket):
        await enrollment.confirm_totp(viewer, late.ticket, code(auth, late.secret), BROWSER)
    with auth.database.use():
        assert await Totp.all().count() == 1


async def test_the_code_that_set_an_app_up_does_not_log_in(auth: Auth, ada: User) -> None:
    """It has been used."""
    phone = await with_app(auth, ada)
    assert await check(auth, ada, phone.code()) is None


async def test_a_changed_secret_keeps_seeds_readable_and_seals_them_again(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """With the next code that is used; then the old secret can go. Others make all enrol again."""
    before = await make_auth(secret=OLD)
    ada = await before.accounts.create("ada@example.com", None)
    phone = await with_app(before, ada)
    rows = [await sealed(before)]
    between = await make_auth(secret=f"{NEW},{OLD}")
    clock.tick(300)
    await use(between, ada, phone.code())
    rows.append(await sealed(between))
    clock.tick(300)
    await use(between, ada, phone.code())
    rows.append(await sealed(between))
    after = await make_auth(secret=NEW)
    clock.tick(300)
    await use(after, ada, phone.code())
    assert rows[0] != rows[1]
    assert rows[1] == rows[2]
    assert await sealed(after) == rows[1]


async def test_new_signing_keys_leave_seeds_as_they_are(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Others seal them with what signs tokens: then nobody's app is good after a rotation."""
    phone = await with_app(auth, ada)
    before = await sealed(auth)
    await auth.signing.keys.rotate(immediately=True)
    clock.tick(300)
    await use(auth, ada, phone.code())
    assert await sealed(auth) == before


async def test_another_app_takes_the_place_of_none(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Setting a second one up leaves the first as it is, before the new one is proved and after."""
    old = await with_app(auth, ada)
    viewer = await viewer_of(auth, ada)
    begun = auth.logins.enrollment.begin_totp(viewer, "New phone")
    clock.tick(60)
    await use(auth, ada, old.code())
    await auth.logins.enrollment.confirm_totp(
        viewer, begun.ticket, code(auth, begun.secret), BROWSER
    )
    clock.tick(60)
    for shown in (old.code(), code(auth, begun.secret)):
        await use(auth, ada, shown)


async def sealed(auth: Auth) -> Any:
    """What the row has of the seed."""
    with auth.database.use():
        return (await Totp.get()).sealed_seed


@pytest.mark.parametrize(
    "settings",
    [
        {"public_url": "https://login.example.org"},
        {"public_url": "https://x.example.org", "webauthn_rp_id": "login.example.org"},
    ],
    ids=["by its address", "by its domain"],
)
async def test_the_app_shows_whose_code_it_is(
    make_auth: MakeAuth, settings: dict[str, str]
) -> None:
    """The service and the account, and not a name that all of our users would share."""
    auth = await make_auth(**settings)
    ada = await auth.accounts.create("ada@example.com", None)
    begun = auth.logins.enrollment.begin_totp(await viewer_of(auth, ada), None)
    assert begun.uri.startswith("otpauth://totp/login.example.org:ada%40example.com?")
    assert "issuer=login.example.org" in begun.uri
