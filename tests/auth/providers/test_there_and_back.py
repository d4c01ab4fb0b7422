"""The whole way: to a provider, and back with an account of it."""

import base64
import hashlib
import json
import logging
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from frozen_clock import FrozenClock
from stand_in_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    METADATA,
    REDIRECT,
    StandInProvider,
    by_preset,
    configured,
    log_in,
)
from waiting import until

from authberry.providers import (
    ExternalAccount,
    ExternalLoginRefused,
    KeptSecrets,
    OfferedProvider,
    Providers,
    UnknownProvider,
)
from authberry.signing import Proof


def query(url: str) -> dict[str, str]:
    """The parameters of a URL, each of which stands there once."""
    parsed = parse_qs(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in parsed.values())
    return {name: values[0] for name, values in parsed.items()}


async def test_somebody_logs_in_there(providers: Providers, server: StandInProvider) -> None:
    """Metadata, the code, and the keys are asked for, and nothing else."""
    assert await log_in(providers, server) == ExternalAccount(
        provider="acme",
        issuer=server.origin,
        subject="person-1",
        email="ada@example.com",
        email_verified=True,
        name="Ada",
        proof=Proof(("fed",), "aal1"),
    )
    assert server.paths() == [METADATA, "/token", "/jwks"]


async def test_what_is_known_is_not_asked_again(
    providers: Providers, server: StandInProvider, clock: FrozenClock
) -> None:
    """For an hour; then metadata and keys are."""
    await log_in(providers, server)
    await log_in(providers, server)
    assert server.paths() == [METADATA, "/token", "/jwks", "/token"]
    clock.tick(3600)
    await log_in(providers, server)
    await until(lambda: len(server.paths()) == 7)
    assert sorted(server.paths()[4:]) == [METADATA, "/jwks", "/token"]


async def test_the_request_has_all_that_binds_the_answer_to_it(
    providers: Providers, server: StandInProvider
) -> None:
    """State, nonce and a challenge by SHA-256; the verifier does not leave."""
    begun = await providers.begin("acme", REDIRECT, "ada@example.com")
    assert begun.url.startswith(f"{server.origin}/authorize?")
    digest = hashlib.sha256(begun.kept.code_verifier.encode()).digest()
    assert query(begun.url) == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "scope": "openid email profile",
        "state": begun.kept.state,
        "nonce": begun.kept.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "login_hint": "ada@example.com",
    }
    assert begun.kept.code_verifier not in begun.url


async def test_each_request_has_secrets_of_its_own(providers: Providers) -> None:
    """Of 256 bits, which no text shows by accident, and which are the same when they are read."""
    one, other = [(await providers.begin("acme", REDIRECT)) for _ in range(2)]
    kept = [*json.loads(one.kept.to_json()).values(), *json.loads(other.kept.to_json()).values()]
    made = [value for value in kept if value is not None]
    assert len(set(made)) == 6
    assert all(len(value) == 43 for value in made)
    assert not any(value in f"{one!r} {other!r}" for value in made)
    assert KeptSecrets.from_json(one.kept.to_json()) == one.kept


async def test_an_endpoint_may_have_a_query(providers: Providers, server: StandInProvider) -> None:
    """RFC 6749, section 3.1: it stays."""
    server.metadata = {"authorization_endpoint": f"{server.origin}/authorize?tenant=1"}
    begun = await providers.begin("acme", REDIRECT)
    assert query(begun.url)["tenant"] == "1"
    assert query(begun.url)["state"] == begun.kept.state


async def test_an_answer_is_good_once(providers: Providers, server: StandInProvider) -> None:
    """The provider refuses the code the second time, and what it says is not repeated."""
    begun = await providers.begin("acme", REDIRECT)
    answer = server.authorize(begun.url)
    await providers.finish("acme", REDIRECT, begun.kept, answer)
    with pytest.raises(ExternalLoginRefused) as refused:
        await providers.finish("acme", REDIRECT, begun.kept, answer)
    assert refused.value.reason == "the token endpoint: the provider says invalid_grant"
    assert refused.value.face == "provider"


async def test_a_code_of_another_browser_is_refused_there(
    providers: Providers, server: StandInProvider
) -> None:
    """Somebody else's code does not fit this browser's verifier."""
    mine, theirs = [(await providers.begin("acme", REDIRECT)) for _ in range(2)]
    stolen = server.authorize(theirs.url)["code"]
    answer = {**server.authorize(mine.url), "code": stolen}
    with pytest.raises(ExternalLoginRefused) as refused:
        await providers.finish("acme", REDIRECT, mine.kept, answer)
    assert refused.value.reason == "the token endpoint: the provider says invalid_grant"


@pytest.mark.parametrize(
    ("offered", "is_basic"),
    [
        (None, True),
        (["client_secret_basic", "client_secret_post"], True),
        (["client_secret_post", "private_key_jwt"], False),
    ],
)
async def test_we_say_who_we_are_as_the_provider_wants_it(
    providers: Providers, server: StandInProvider, offered: object, *, is_basic: bool
) -> None:
    """In a header, whose halves are encoded, or in the form; never in both."""
    server.metadata = {"token_endpoint_auth_methods_supported": offered}
    await log_in(providers, server)
    (request,) = [one for one in server.requests if one.startswith(b"POST ")]
    assert (b"authorization: basic " in request.lower()) is is_basic
    assert ("client_secret" in server.form()) is not is_basic


async def test_a_new_proof_can_be_asked_for(
    providers: Providers, server: StandInProvider, clock: FrozenClock
) -> None:
    """Then a token of an older login is refused, and one that does not say when it was."""
    now = int(clock.now().timestamp())
    for proved_at, is_good in ((now, True), (now - 31, False), (None, False), (True, False)):
        begun = await providers.begin("acme", REDIRECT, is_fresh=True)
        assert query(begun.url)["prompt"] == "login"
        assert query(begun.url)["max_age"] == "0"
        server.claims = {"auth_time": proved_at}
        finished = providers.finish("acme", REDIRECT, begun.kept, server.authorize(begun.url))
        if is_good:
            assert (await finished).subject == "person-1"
            continue
        with pytest.raises(ExternalLoginRefused) as refused:
            await finished
        assert refused.value.reason == (
            "the ID token does not say that somebody has just proved who they are"
        )


async def test_google_is_not_asked_for_one(server: StandInProvider, clock: FrozenClock) -> None:
    """It says no `auth_time`: whoever was sent there would come back to be refused."""
    google = by_preset("google", server, clock)
    assert not google.find("google").can_reauthenticate
    with pytest.raises(ExternalLoginRefused):
        await google.begin("google", REDIRECT, is_fresh=True)
    assert server.paths() == []
    await google.close()


async def test_providers_are_offered_in_the_order_of_the_settings(
    providers: Providers, server: StandInProvider, clock: FrozenClock
) -> None:
    """With the name that a button has; without settings there are none."""
    assert providers.offered() == [
        OfferedProvider(
            id="acme",
            name="Acme",
            needs_cross_site_post=False,
            takes_id_tokens=False,
            can_reauthenticate=True,
        )
    ]
    assert providers.find("acme") == providers.offered()[0]
    labelled = configured(server, clock, label="Acme Inc.", audiences="app.1, app.2")
    assert labelled.find("acme").name == "Acme Inc."
    assert labelled.find("acme").takes_id_tokens
    assert Providers({}, clock).offered() == []


def test_without_providers_nothing_is_imported_for_them(tmp_path: Path) -> None:
    """A process without any has no HTTP client."""
    program = (
        "import sys; from authberry import Auth, Settings; auth = Auth(Settings());"
        "print(auth.providers.offered(), 'httpx2' in sys.modules)"
    )
    ran = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert ran.stdout == "[] False\n"


async def test_a_provider_that_is_not_configured_is_not_known(providers: Providers) -> None:
    """Whatever is asked of it."""
    kept = KeptSecrets.make()
    for asked in (
        providers.begin("google", REDIRECT),
        providers.finish("google", REDIRECT, kept, {}),
        providers.from_id_token("google", "a.b.c", None),
    ):
        with pytest.raises(UnknownProvider):
            await asked
    with pytest.raises(UnknownProvider):
        providers.find("google")


async def test_nothing_that_was_sent_is_in_the_log(
    providers: Providers, server: StandInProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """Not a code, a token, a state, a secret or an address, whether it goes well or not."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore2").setLevel(logging.DEBUG)
    begun = await providers.begin("acme", REDIRECT, "ada@example.com")
    answer = server.authorize(begun.url)
    await providers.finish("acme", REDIRECT, begun.kept, answer)
    for changed in ({"state": "x"}, {"iss": "https://evil.example"}, {}):
        with pytest.raises(ExternalLoginRefused):
            await providers.finish("acme", REDIRECT, begun.kept, {**answer, **changed})
    sent = [*json.loads(begun.kept.to_json()).values(), answer["code"], CLIENT_SECRET]
    for secret in [one for one in sent if one] + ["an-access-token", "ada@example.com", "eyJ"]:
        assert secret not in caplog.text
    assert caplog.text.count("external login refused") == 3
