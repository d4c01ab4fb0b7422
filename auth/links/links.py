"""The room's services, wired."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from authberry.links.one_time_tokens import OneTimeTokens
from authberry.links.pages import LinkPages
from authberry.models import User
from authberry.resources import Resources
from authberry.settings import LinkPurpose


@dataclass(frozen=True, eq=False)
class Links:
    """The tokens of links, and the pages that links lead to."""

    tokens: OneTimeTokens
    pages: LinkPages

    @classmethod
    def wire(cls, resources: Resources) -> Self:
        """Issue nothing yet."""
        return cls(OneTimeTokens(resources), LinkPages(resources.settings))

    def lifetime(self, purpose: LinkPurpose) -> timedelta:
        """How long a link of that purpose is good for."""
        return self.tokens.lifetime(purpose)

    async def issue(
        self,
        user: User,
        purpose: LinkPurpose,
        *,
        email: str | None = None,
        browser_hash: str | None = None,
    ) -> dict[str, object]:
        """Make a link for the account as it is now, as the values `link` and `lifetime` of a mail.

        Args: as `OneTimeTokens.issue`.
        """
        token = await self.tokens.issue(user, purpose, email=email, browser_hash=browser_hash)
        return self.values(purpose, token)

    def values(self, purpose: LinkPurpose, token: str) -> dict[str, object]:
        """The values `link` and `lifetime` of a mail, for a token that is there already."""
        return {"link": self.pages.to(purpose, token), "lifetime": self.lifetime(purpose)}
