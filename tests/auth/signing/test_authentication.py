"""What a session was proved with, at its login and since, and for how long that holds."""

from datetime import UTC, datetime, timedelta

import pytest

from authberry.models import RefreshToken
from authberry.signing import LINK_PROOF, PASSWORD_PROOF, Authentication, Proof
from authberry.tokens import AAL1, AAL2, PHR

NOON, LASTS = datetime(2026, 1, 1, 12, tzinfo=UTC), timedelta(minutes=15)
CODE, KEY = Proof(("otp",)), Proof(("hwk",))
PASSKEY = Proof(("swk", "user", "mfa"), PHR)


@pytest.mark.parametrize(
    ("login", "second", "amr"),
    [
        (PASSWORD_PROOF, CODE, ("pwd", "otp", "mfa")),
        (LINK_PROOF, CODE, ("otp", "mfa")),
        (LINK_PROOF, KEY, ("otp", "hwk", "mfa")),
        (PASSWORD_PROOF, PASSKEY, ("pwd", "swk", "user", "mfa")),
    ],
)
def test_a_second_factor_raises_a_session_as_it_raises_a_login(
    login: Proof, second: Proof, amr: tuple[str, ...]
) -> None:
    """Behind a link as well, whose word is that of a code: both ways there come to one level."""
    raised = Authentication(login).raised(second, NOON, LASTS)
    assert raised.at(NOON, LASTS) == login.with_second(second)
    assert raised.at(NOON, LASTS).amr == amr
    assert raised.at(NOON, LASTS).acr == (PHR if second is PASSKEY else AAL2)


def test_what_was_added_decays_and_what_was_logged_in_with_does_not() -> None:
    """To the second."""
    raised = Authentication(PASSWORD_PROOF).raised(CODE, NOON, LASTS)
    assert raised.at(NOON + LASTS - timedelta(seconds=1), LASTS).acr == AAL2
    assert raised.at(NOON + LASTS, LASTS) == PASSWORD_PROOF
    strong = Authentication(PASSWORD_PROOF.with_second(CODE))
    assert strong.raised(CODE, NOON, LASTS) is strong
    assert strong.at(NOON + timedelta(days=30), LASTS).acr == AAL2


def test_codes_do_not_keep_a_passkey_of_before_alive() -> None:
    """What was added decays by itself, whatever is proved meanwhile that is less."""
    once = Authentication(PASSWORD_PROOF).raised(PASSKEY, NOON, LASTS)
    soon, later = NOON + timedelta(minutes=14), NOON + timedelta(minutes=16)
    again = once.raised(CODE, soon, LASTS)
    assert again.at(soon, LASTS).acr == PHR
    assert again.at(later, LASTS).acr == AAL1
    assert again.raised(CODE, later, LASTS).at(later, LASTS) == PASSWORD_PROOF.with_second(CODE)
    twice = once.raised(PASSKEY, soon, LASTS)
    assert twice.at(later, LASTS).acr == PHR


@pytest.mark.parametrize("login", [PASSWORD_PROOF, LINK_PROOF, PASSKEY])
def test_a_session_keeps_it_and_reads_it_again(login: Proof) -> None:
    """With what was added, in a column of its own; a plain session needs none of it."""
    plain = Authentication(login)
    raised = plain.raised(CODE, NOON, LASTS)
    for one in (plain, raised):
        assert Authentication.of(RefreshToken(amr=login.amr[0], proofs=one.kept)) == one
    assert (plain.kept is None) is (login.acr == AAL1)
