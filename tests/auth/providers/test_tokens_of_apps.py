"""ID tokens that apps bring, which have them from a provider's own SDK."""

from frozen_clock import FrozenClock
from issuer import encoded
from stand_in_provider import CLIENT_ID, StandInProvider, configured

from authberry.providers import ExternalLoginRefused

APPS, OTHER = ("app.ios", "app.android"), "somebody-else"


async def brought(
    server: StandInProvider,
    clock: FrozenClock,
    token: str,
    nonce: str | None = None,
    audiences: tuple[str, ...] = APPS,
) -> str:
    """Whose account a token is of that an app brings; or why it is refused."""
    providers = configured(server, clock, audiences=audiences)
    try:
        return (await providers.from_id_token("acme", token, nonce)).subject
    except ExternalLoginRefused as error:
        return error.reason
    finally:
        await providers.close()


async def test_an_app_brings_a_token_of_its_own(
    server: StandInProvider, clock: FrozenClock
) -> None:
    """For an audience that is listed; our own client is none of them unless it is."""
    for audience in APPS:
        token = server.id_token(audience=audience)
        assert await brought(server, clock, token) == "person-1"
    for audience in (CLIENT_ID, OTHER):
        token = server.id_token(audience=audience)
        assert await brought(server, clock, token) == "the ID token is for another audience"
    server.claims = {"azp": "app.android"}
    both = (*APPS, CLIENT_ID)
    assert await brought(server, clock, server.id_token(), audiences=both) == "person-1"
    server.claims = {"azp": OTHER}
    told = await brought(server, clock, server.id_token(), audiences=both)
    assert told == "the ID token was asked for by another party"


async def test_without_a_list_apps_bring_nothing(
    server: StandInProvider, clock: FrozenClock
) -> None:
    """And the provider is asked nothing."""
    told = await brought(server, clock, server.id_token(), audiences=())
    assert told == "no apps of this provider are configured"
    assert server.paths() == []


async def test_the_nonce_of_an_app_is_compared(server: StandInProvider, clock: FrozenClock) -> None:
    """With the claim, or by its SHA-256; a token that has one is no good without it."""
    hashed = "78377b525757b494427f89014f97d79928f3938d14eb51e20fb5dec9834eb304"  # of "nonce"
    other = "the ID token has another nonce"
    for said, given, expected in (
        (None, None, "person-1"),
        ("nonce", "nonce", "person-1"),
        (hashed, "nonce", "person-1"),
        (hashed, hashed, "person-1"),
        ("nonce", None, other),
        (None, "nonce", other),
        ("nonce", "another", other),
        ("nonce", hashed, other),
        ("nonce", "\ud800", other),
    ):
        token = server.id_token(said, audience=APPS[0])
        assert await brought(server, clock, token, given) == expected


async def test_a_token_of_an_app_is_checked_as_any_other(
    server: StandInProvider, clock: FrozenClock
) -> None:
    """Issuer, times, signature."""
    server.claims = {"iss": "https://evil.example"}
    token = server.id_token(audience=APPS[0])
    assert await brought(server, clock, token) == "the ID token is of another issuer"
    server.claims = {}
    token = server.id_token(audience=APPS[0])
    clock.tick(331)
    assert await brought(server, clock, token) == "the ID token has expired"
    token = server.id_token(audience=APPS[0])
    forged = f"{token.rpartition('.')[0]}.{encoded(b'x' * 64)}"
    assert await brought(server, clock, forged) == "the ID token has a wrong signature"
