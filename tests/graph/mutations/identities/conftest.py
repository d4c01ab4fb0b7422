"""The application beside a provider, and somebody who goes there."""

import pytest
from apps import MakeApp
from browser import Browser
from external_logins import AS_EVER, PROVIDER, Traveller, acme
from stand_in_provider import StandInProvider, server
from starlette.applications import Starlette

__all__ = ["server"]


@pytest.fixture
async def app(make_app: MakeApp, server: StandInProvider) -> Starlette:
    """An application in development mode, with one provider."""
    return await make_app(providers={PROVIDER: acme(server)}, **AS_EVER)


@pytest.fixture
def traveller(browser: Browser, server: StandInProvider) -> Traveller:
    """Somebody in `browser`, whose address the provider has verified."""
    return Traveller(browser, server)
