"""Metadata that is another's, or is not to be used, and a provider that is away."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest
from frozen_clock import FrozenClock
from refused_logins import refused
from scripted_server import no_answer, response
from stand_in_provider import METADATA, REDIRECT, StandInProvider, configured, in_json, log_in
from waiting import until

from authberry.providers import Providers, ProviderUnavailable
from authberry.providers.provider import OpenIdProvider


async def unavailable(providers: Providers) -> str:
    """Why a login cannot begin; it has to be so."""
    with pytest.raises(ProviderUnavailable) as error:
        await providers.begin("acme", REDIRECT)
    assert error.value.face == "provider"
    return error.value.reason


@pytest.mark.parametrize("suffix", ["/", "/tenant", "."])
async def test_metadata_of_another_issuer_is_refused(
    providers: Providers, server: StandInProvider, suffix: str
) -> None:
    """However like ours it is; the log says whose it is, as it is most often a slip."""
    issuer = f"{server.issuer}{suffix}"
    server.metadata = {"issuer": issuer}
    assert await unavailable(providers) == f"the metadata is of another issuer, {issuer}"


@pytest.mark.parametrize("issuer", [None, 7, ["x"], "x\n" * 9, "x" * 201])
async def test_metadata_of_nobody_is_refused(
    providers: Providers, server: StandInProvider, issuer: object
) -> None:
    """And what cannot be shown on a line is not."""
    server.metadata = {"issuer": issuer}
    assert await unavailable(providers) == "the metadata is of another issuer"


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (None, "has no usable {}"),
        (7, "has no usable {}"),
        ("", "has no usable {}"),
        ("/authorize", "has no usable {}"),
        ("https://login.example:99999/", "has no usable {}"),
        ("https://login.example:x/", "has no usable {}"),
        ("https://", "has no usable {}"),
        ("https://user:password@login.example/x", "has no usable {}"),
        ("https://login.example/x#y", "has no usable {}"),
        ("https://login.example/x\r\nHost: y", "has no usable {}"),
        ("https://[::1", "has no usable {}"),
        ("http://login.example/x", "has a {} without TLS"),
        ("http://10.0.0.1/x", "has a {} without TLS"),
        ("http://93.184.215.14/x", "has a {} without TLS"),
        ("javascript:alert(1)//login.example", "has no usable {}"),
        ("ftp://login.example/x", "has a {} without TLS"),
    ],
)
async def test_an_address_that_cannot_be_asked_is_refused(
    providers: Providers, server: StandInProvider, endpoint: str, url: object, problem: str
) -> None:
    """A secret goes to none of them without TLS, and nobody is sent there."""
    server.metadata = {endpoint: url}
    assert await unavailable(providers) == f"the metadata {problem.format(endpoint)}"


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        (
            {"id_token_signing_alg_values_supported": ["none", "HS256"]},
            "offers none of ES256, EdDSA, RS256 for ID tokens",
        ),
        (
            {"id_token_signing_alg_values_supported": "RS256"},
            "offers none of ES256, EdDSA, RS256 for ID tokens",
        ),
        (
            {"token_endpoint_auth_methods_supported": ["private_key_jwt", "none"]},
            "offers neither client_secret_basic nor client_secret_post",
        ),
        ({"userinfo_endpoint": "http://login.example"}, "has a userinfo_endpoint without TLS"),
    ],
)
async def test_what_we_cannot_speak_with_is_said(
    providers: Providers, server: StandInProvider, metadata: dict[str, Any], problem: str
) -> None:
    """In words for whoever runs the service."""
    server.metadata = metadata
    assert await unavailable(providers) == f"the metadata {problem}"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", " is not JSON"),
        (b"<html>", " is not JSON"),
        (b"\xff", " is not JSON"),
        (b"[" * 100_000, " is not JSON"),
        (b"[]", " is not an object"),
        (b"null", " is not an object"),
        (b" " * (128 * 1024 + 1), ": the answer is longer than 131072 bytes"),
    ],
)
async def test_what_is_no_metadata_is_refused(
    providers: Providers, server: StandInProvider, body: bytes, problem: str
) -> None:
    """Whatever it is."""
    server.answers[METADATA] = response(body)
    assert await unavailable(providers) == f"the metadata{problem}"


@pytest.mark.parametrize("status", [b"302 Found", b"307 Temporary Redirect"])
async def test_a_redirection_is_not_followed(
    providers: Providers, server: StandInProvider, status: bytes
) -> None:
    """It would lead where nobody has configured."""
    there = f"Location: {server.origin}/elsewhere".encode()
    server.answers[METADATA] = response(b"", there, status=status)
    code = status.split()[0].decode()
    assert await unavailable(providers) == f"the metadata: the answer has status {code}"
    assert server.paths() == [METADATA]


async def test_a_slash_behind_the_issuer_is_part_of_it(
    server: StandInProvider, clock: FrozenClock
) -> None:
    """And is not part of where its metadata is (OpenID Connect Discovery 1.0, section 4)."""
    issuer = f"{server.origin}/"
    server.metadata = {"issuer": issuer}
    server.claims = {"iss": issuer}
    providers = configured(server, clock, issuer=issuer)
    assert (await log_in(providers, server, iss=issuer)).issuer == issuer
    await providers.close()


async def test_strangers_cause_no_flood_at_a_provider_that_is_away(
    providers: Providers, server: StandInProvider, clock: FrozenClock
) -> None:
    """For two seconds a failure is the answer for all; then it is asked again, and is back."""
    server.answers[METADATA] = response(b"", status=b"503 Service Unavailable")
    for _ in range(3):
        assert await unavailable(providers) == "the metadata: the answer has status 503"
    assert server.paths() == [METADATA]
    clock.tick(2)
    server.answers.clear()
    assert (await log_in(providers, server)).subject == "person-1"


def is_asked(server: StandInProvider, times: int) -> bool:
    """Whether its metadata has been asked for so often."""
    return server.paths().count(METADATA) == times


async def test_what_was_known_is_good_while_the_provider_changes_its_mind(
    providers: Providers,
    server: StandInProvider,
    clock: FrozenClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Metadata that cannot be fetched, or are another's, take nothing away, and nobody waits."""
    await log_in(providers, server)
    away = response(b"", status=b"503 Service Unavailable")
    answers = (no_answer, away, in_json({"issuer": "https://evil.example"}), None, away)
    acme = providers._providers["acme"]
    assert isinstance(acme, OpenIdProvider)
    for asked, answer in enumerate(answers, start=2):
        clock.tick(3601)
        server.answers = {METADATA: answer} if answer else {}
        assert (await log_in(providers, server)).subject == "person-1"
        await until(partial(is_asked, server, asked))
        if answer is no_answer:
            await providers.close()  # it would be waited for during five seconds
        await until(lambda: not acme._discovery._is_fetching())
    told = [r.getMessage() for r in caplog.records if r.getMessage().startswith("provider ")]
    cause = "the metadata: the answer has status 503"
    expected = f'provider metadata not renewed issuer={server.issuer} cause="{cause}"'
    assert told == [expected, expected]  # once in each row of failures


@pytest.mark.parametrize(
    "keys",
    [b"", b"{}", b'{"keys": []}', b'{"keys": 7}', json.dumps({"keys": [{"kty": "oct"}]}).encode()],
)
async def test_without_keys_nobody_gets_in(
    providers: Providers, server: StandInProvider, keys: bytes
) -> None:
    """A key set that is none, or is empty, or has nothing but a secret in it."""
    server.answers["/jwks"] = response(keys)
    reason, face = await refused(log_in(providers, server))
    assert reason.startswith("the keys: the answer ")
    assert face == "provider"


async def test_a_key_set_that_is_huge_is_not_read(
    providers: Providers, server: StandInProvider
) -> None:
    """Nor one that is somewhere else."""
    server.answers["/jwks"] = response(b" " * (128 * 1024 + 1))
    reason = "the keys: the answer is longer than 131072 bytes"
    assert await refused(log_in(providers, server)) == (reason, "provider")


async def test_keys_that_have_moved_are_followed_only_by_metadata(
    providers: Providers, server: StandInProvider
) -> None:
    """Not by a redirection."""
    there = f"Location: {server.origin}/other-keys".encode()
    server.answers["/jwks"] = response(b"", there, status=b"301 Moved Permanently")
    reason = "the keys: the answer has status 301"
    assert await refused(log_in(providers, server)) == (reason, "provider")
    assert "/other-keys" not in server.paths()


async def test_many_who_wait_for_metadata_cause_one_question(
    providers: Providers, server: StandInProvider
) -> None:
    """And one who gives up takes the answer from nobody."""
    held = asyncio.Event()
    honest = server._answer

    async def late(writer: asyncio.StreamWriter) -> None:
        await held.wait()
        await honest(writer)

    server.answer = late
    waiting = [asyncio.ensure_future(providers.begin("acme", REDIRECT)) for _ in range(5)]
    await until(lambda: bool(server.requests))
    waiting[0].cancel()
    held.set()
    assert len({(await one).kept.state for one in waiting[1:]}) == 4
    assert server.paths() == [METADATA]
