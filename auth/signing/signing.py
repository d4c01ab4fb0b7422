"""The room's services, wired."""

from dataclasses import dataclass
from typing import Self

from authberry.resources import Resources
from authberry.signing.access_tokens import AccessTokens
from authberry.signing.keys import KeyRing


@dataclass(frozen=True, eq=False)
class Signing:
    """The keys, and the access tokens that are signed with them."""

    keys: KeyRing
    access_tokens: AccessTokens

    @classmethod
    def wire(cls, resources: Resources) -> Self:
        """Hold no key yet."""
        settings, clock = resources.settings, resources.clock
        keys = KeyRing(settings, resources.database, clock)
        return cls(keys, AccessTokens(settings, keys, clock))
