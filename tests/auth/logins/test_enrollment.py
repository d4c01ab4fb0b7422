"""How many factors somebody may set up, and in which sessions."""

import pytest
from codes import code
from factor_rows import add_app, add_passkey
from frozen_clock import FrozenClock
from people import BROWSER, begin
from rows import everything
from second_factors import with_app
from viewers import viewer_of

from authberry import Auth
from authberry.errors import InvalidInput, Unauthenticated, UnauthenticatedReason
from authberry.factors.factors import MOST
from authberry.models import User


async def test_nobody_has_more_factors_than_a_code_can_be_tried_at(auth: Auth, ada: User) -> None:
    """Twenty, apps and passkeys together; one more is refused, and nothing is written."""
    assert MOST == 20
    viewer = await viewer_of(auth, await begin(auth, ada))
    enrollment = auth.logins.enrollment
    for number in range(MOST - 1):
        await (add_app if number % 2 else add_passkey)(auth, ada)
    begun = [enrollment.begin_totp(viewer, None) for _ in range(2)]
    await enrollment.confirm_totp(viewer, begun[0].ticket, code(auth, begun[0].secret), BROWSER)
    before = await everything(auth)

    with pytest.raises(InvalidInput, match="20 apps and passkeys at most"):
        await enrollment.confirm_totp(viewer, begun[1].ticket, code(auth, begun[1].secret), BROWSER)

    assert len(await enrollment.of(ada)) == MOST
    assert (await everything(auth))["Totp"] == before["Totp"]


@pytest.mark.parametrize("act", ["add", "remove", "print"])
async def test_somebody_who_is_disabled_meanwhile_changes_nothing_and_stays_so(
    auth: Auth, ada: User, clock: FrozenClock, act: str
) -> None:
    """What a process knows of who is asking may be older than what the operator did."""
    viewer = await viewer_of(auth, await begin(auth, ada))
    phone, enrollment = await with_app(auth, ada, viewer), auth.logins.enrollment
    clock.tick(30)
    begun = enrollment.begin_totp(viewer, None)
    await auth.accounts.disable(ada, BROWSER)
    before = await everything(auth)
    acts = {
        "add": enrollment.confirm_totp(viewer, begun.ticket, code(auth, begun.secret), BROWSER),
        "remove": enrollment.remove(viewer, phone.id, BROWSER),
        "print": enrollment.regenerate_codes(viewer, BROWSER),
    }
    with pytest.raises(Unauthenticated) as refused:
        await acts.pop(act)
    assert refused.value.reason is UnauthenticatedReason.SESSION_REVOKED
    for other in acts.values():
        other.close()
    assert await everything(auth) == before
    assert before["User"][0]["disabled_at"]
