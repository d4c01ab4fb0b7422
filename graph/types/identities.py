"""Logging in at providers: which there are, what somebody has linked, and what is to be done."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from authberry import models
from authberry.graph.strawberry_internals import describe_values
from authberry.identities import BegunLogin, ProofNeeded, Purpose
from authberry.providers import OfferedProvider


class ExternalLoginIntent(Enum):
    """What a login at a provider is begun for."""

    LOGIN = Purpose.LOGIN.value
    LINK = Purpose.LINK.value
    REAUTHENTICATE = Purpose.REAUTHENTICATION.value

    @property
    def purpose(self) -> Purpose:
        """The same for the rules."""
        return Purpose(self.value)


describe_values(
    ExternalLoginIntent,
    "What a login at a provider is begun for.",
    {
        "LOGIN": "To log in, or to make an account where there is none.",
        "LINK": "To let it log in to the account of the person asking. Needs a login of the last"
        " five minutes, with a second factor (`STEP_UP_REQUIRED`).",
        "REAUTHENTICATE": "To prove once more who one is, by what is linked already; the session"
        " goes on.",
    },
)


@strawberry.type(description="Somebody else who can say who somebody is: a button to draw.")
class ExternalProvider:
    """What is public of it."""

    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, provider: OfferedProvider) -> Self:
        """Translate."""
        return cls(id=strawberry.ID(provider.id), name=provider.name)


@strawberry.type(description="An account at a provider that logs in to the account here.")
class Identity:
    """Made from a row, and never more of it than this."""

    id: strawberry.ID
    provider: strawberry.ID
    email: str | None = strawberry.field(
        description="The address there, as the provider last said. It need not be the account's."
    )
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, row: models.ExternalIdentity) -> Self:
        """Translate a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            provider=strawberry.ID(row.provider),
            email=row.email,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
        )


@strawberry.type(description="Go to the provider: the browser, in a window of its own or this one.")
class ExternalLoginBegun:
    """What beginning ends with."""

    authorization_url: str = strawberry.field(
        description="Where the browser is to go. It comes back to `returnTo`."
    )
    ticket: str | None = strawberry.field(
        description="For `completeExternalLogin`; null when the browser holds it in a cookie."
    )
    expires_at: datetime

    @classmethod
    def of(cls, begun: BegunLogin) -> Self:
        """Translate."""
        return cls(
            authorization_url=begun.authorization_url,
            ticket=begun.ticket,
            expires_at=begun.expires_at,
        )


@strawberry.type(
    description="There is an account with that address: prove that it is yours, and it is linked."
)
class AccountLinkRequired:
    """Nobody is logged in yet, and nothing is linked."""

    ticket: str | None = strawberry.field(
        description="For `confirmAccountLink`; null when the browser holds it in a cookie."
    )
    expires_at: datetime
    provider: strawberry.ID
    email: str = strawberry.field(description="The address, as the provider writes it.")

    @classmethod
    def of(cls, needed: ProofNeeded) -> Self:
        """Translate."""
        return cls(
            ticket=needed.ticket,
            expires_at=needed.expires_at,
            provider=strawberry.ID(needed.provider),
            email=needed.email,
        )


@strawberry.type(description="It logs in to the account of the person asking from now on.")
class IdentityLinked:
    """What linking ends with."""

    identity: Identity


@strawberry.type(description="It logs in to the account no more.")
class IdentityUnlinked:
    """What unlinking ends with."""

    ok: bool = True
