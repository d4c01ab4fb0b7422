"""Sessions, and what mutations about them answer with."""

from datetime import datetime
from typing import Self

import strawberry

from authberry import models
from authberry.signing import Proof as SessionProof


@strawberry.type(description="One login on one device, however often its tokens were renewed.")
class Session:
    """Made from a row, and never more of it than this."""

    id: strawberry.ID
    current: bool = strawberry.field(description="Whether it is the session that is asking.")
    created_at: datetime
    last_used_at: datetime = strawberry.field(
        description="When its refresh token was last rotated; using an access token does not count."
    )
    expires_at: datetime = strawberry.field(
        description="When it ends unless it is used before; never later than its absolute limit."
    )
    user_agent: str | None
    ip_address: str | None
    authenticated_at: datetime = strawberry.field(
        description="When somebody last proved in it who they are; a refresh changes nothing."
    )
    amr: list[str] = strawberry.field(description="What was proved in it, in words of RFC 8176.")
    acr: str = strawberry.field(
        description="How sure it is who is logged in: `aal1`, `aal2`, or `phr`, which is resistant"
        " to phishing. What is proved later than the login holds for a while."
    )

    @classmethod
    def of(cls, row: models.RefreshToken, proof: SessionProof, *, current: bool) -> Self:
        """Translate a row; `proof` is what its access tokens say by now."""
        return cls(
            id=strawberry.ID(str(row.id)),
            current=current,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            user_agent=row.user_agent,
            ip_address=row.ip_address,
            authenticated_at=row.authenticated_at,
            amr=[*proof.amr],
            acr=proof.acr,
        )


@strawberry.type(description="The session has ended, or had ended before.")
class LoggedOut:
    """What a logout answers with."""

    ok: bool = True


@strawberry.type(description="Sessions have ended; their access tokens stop at once.")
class SessionsRevoked:
    """What a revocation answers with."""

    count: int = strawberry.field(description="How many sessions ended.")
