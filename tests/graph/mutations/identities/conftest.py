"""The application beside a provider, and somebody who goes there."""

from collections.abc import AsyncIterator

import pytest
from apps import MakeApp
from browser import Browser
from external_logins import PROVIDER, Traveller, acme
from stand_in_provider import StandInProvider, server
from starlette.applications import Starlette

__all__ = ["server"]


@pytest.fixture
async def app(make_app: MakeApp, server: StandInProvider) -> Starlette:
    """An application in development mode, with one provider."""
    return await make_app(providers={PROVIDER: acme(server)})


@pytest.fixture
async def traveller(browser: Browser, server: StandInProvider) -> AsyncIterator[Traveller]:
    """Somebody in `browser`, whose address the provider has verified."""
    yield Traveller(browser, server)
