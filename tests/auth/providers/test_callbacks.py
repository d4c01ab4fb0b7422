"""What a browser brings back, when it is not what the provider has answered to this browser."""

import pytest
from refused_logins import refused
from stand_in_provider import REDIRECT, StandInProvider, log_in

from authberry.providers import Providers

STATE = ("the state is not the one that was sent", "expired")


@pytest.mark.parametrize("state", [None, "", "x", "é", "\ud800"])
async def test_a_state_that_was_not_sent_is_refused(
    providers: Providers, server: StandInProvider, state: str | None
) -> None:
    """Before anything else is looked at, and nothing is asked for."""
    begun = await providers.begin("acme", REDIRECT)
    asked = len(server.requests)
    answer = server.authorize(begun.url, state=state, error="access_denied")
    assert await refused(providers.finish("acme", REDIRECT, begun.kept, answer)) == STATE
    assert len(server.requests) == asked


async def test_the_answer_to_another_browser_is_refused(
    providers: Providers, server: StandInProvider
) -> None:
    """Whose state, code and issuer are all good (login CSRF)."""
    mine, theirs = [(await providers.begin("acme", REDIRECT)) for _ in range(2)]
    answer = server.authorize(theirs.url)
    assert await refused(providers.finish("acme", REDIRECT, mine.kept, answer)) == STATE


async def test_the_answer_of_another_provider_is_refused(
    providers: Providers, server: StandInProvider
) -> None:
    """RFC 9207: a code is not brought to whom it is not from (mix-up)."""
    other = ("the answer is of another issuer", "provider")
    for issuer in ("https://evil.example", f"{server.issuer}/", server.issuer.upper(), ""):
        assert await refused(log_in(providers, server, iss=issuer)) == other
    assert "/token" not in server.paths()


async def test_an_answer_says_whose_it_is_if_that_was_announced(
    providers: Providers, server: StandInProvider
) -> None:
    """What it does not say is not taken for what it should say; errors have to say it, too."""
    silent = ("the answer does not say whose it is, as was announced", "provider")
    assert await refused(log_in(providers, server, iss=None)) == silent
    assert await refused(log_in(providers, server, iss=None, error="access_denied")) == silent


@pytest.mark.parametrize("announced", [False, None, "true"])
async def test_an_answer_that_announces_nothing_is_compared_all_the_same(
    providers: Providers, server: StandInProvider, announced: object
) -> None:
    """Where it is silent it is taken; where it speaks it speaks the truth."""
    server.metadata = {"authorization_response_iss_parameter_supported": announced}
    assert (await log_in(providers, server, iss=None)).subject == "person-1"
    other = ("the answer is of another issuer", "provider")
    assert await refused(log_in(providers, server, iss="https://evil.example")) == other


@pytest.mark.parametrize(
    ("error", "said", "face"),
    [
        ("access_denied", "access_denied", "denied"),
        ("user_cancelled_authorize", "user_cancelled_authorize", "denied"),
        ("login_required", "login_required", "login_required"),
        ("server_error", "server_error", "server_error"),
        ("temporarily_unavailable", "temporarily_unavailable", "temporarily_unavailable"),
        ("<script>alert(1)</script>", "another error", "provider"),
        ("Call +1 555 0100 now", "another error", "provider"),
    ],
)
async def test_an_error_is_told_by_a_word_that_we_know(
    providers: Providers, server: StandInProvider, error: str, said: str, face: str
) -> None:
    """A link to the callback with a stranger's words shows none of them."""
    answer = {"error": error, "error_description": "Words of a stranger."}
    login = log_in(providers, server, code=None, **answer)
    assert await refused(login) == (f"the provider says {said}", face)


async def test_an_error_goes_before_a_code(providers: Providers, server: StandInProvider) -> None:
    """What has both is an error."""
    denied = ("the provider says access_denied", "denied")
    assert await refused(log_in(providers, server, error="access_denied")) == denied
    assert "/token" not in server.paths()


@pytest.mark.parametrize("code", [None, "", "x" * 4097, "x\r\ny", "\ud800"])
async def test_without_a_code_nothing_is_asked_for(
    providers: Providers, server: StandInProvider, code: str | None
) -> None:
    """Nor with one that is no code."""
    none = ("the answer has no code", "provider")
    assert await refused(log_in(providers, server, code=code)) == none
    assert "/token" not in server.paths()


async def test_whoever_says_no_is_no_warning(
    providers: Providers, server: StandInProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log it is information, with the provider's name; a lie is a warning."""
    caplog.set_level("INFO", logger="authberry.providers")
    await refused(log_in(providers, server, error="access_denied"))
    await refused(log_in(providers, server, iss="https://evil.example"))
    said = [(r.levelname, r.getMessage()) for r in caplog.records if r.name.startswith("authberry")]
    assert said == [
        ("INFO", 'external login denied provider=acme cause="the provider says access_denied"'),
        ("WARNING", 'external login refused provider=acme cause="the answer is of another issuer"'),
    ]
