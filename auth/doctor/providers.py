"""Providers that cannot be asked, or are not who the settings say they are."""

import asyncio
from collections.abc import AsyncIterator

from authberry.clock import Clock
from authberry.doctor.findings import Finding
from authberry.providers import Providers
from authberry.settings import PREFIX, Settings


async def check_reachable_providers(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Fetch the metadata and the keys of each, all at once, and compare the issuer."""
    providers = Providers(settings.providers, clock)
    names = list(settings.providers)
    problems = await asyncio.gather(*(providers.problem(name) for name in names))
    await providers.close()
    for name, problem in zip(names, problems, strict=True):
        if problem:
            yield Finding(
                "danger",
                f"{PREFIX}PROVIDER_{name.upper()}_ISSUER",
                f"names a provider with which nobody can log in: {problem}",
                "Write it as the provider's metadata has it, to the last slash, and let this"
                " machine reach it",
            )
