"""How many factors somebody may set up."""

import pytest
from codes import code
from factor_rows import add_app, add_passkey
from people import BROWSER, begin
from rows import everything
from viewers import viewer_of

from authberry import Auth
from authberry.errors import InvalidInput
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
