"""What a session says of how it was proved, when more is proved later."""

from datetime import UTC, datetime, timedelta

import pytest

from authberry.signing import LINK_PROOF, ONE_TIME, PASSWORD_PROOF, Authentication, Proof

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LASTS = timedelta(minutes=15)
APP = Proof((ONE_TIME,))


@pytest.mark.parametrize("login", [PASSWORD_PROOF, LINK_PROOF])
def test_a_second_factor_raises_any_login_of_one(login: Proof) -> None:
    """Also of a mailed link, for which RFC 8176 has the word of an app's code."""
    raised = Authentication(login).raised(APP, NOW, LASTS, is_second=True)
    assert raised.at(NOW, LASTS).acr == "aal2"
    assert set(raised.at(NOW, LASTS).amr) == {*login.amr, "otp", "mfa"}
    assert raised.at(NOW + LASTS, LASTS) == login


def test_the_same_factor_twice_is_one() -> None:
    """A password that is given again raises nothing."""
    login = Authentication(PASSWORD_PROOF)
    assert login.raised(PASSWORD_PROOF, NOW, LASTS, is_second=False) == login
