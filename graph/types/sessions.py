"""Sessions, and what mutations about them answer with."""

from datetime import datetime
from typing import Self

import strawberry

from authberry import models


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

    @classmethod
    def of(cls, row: models.RefreshToken, *, current: bool) -> Self:
        """Translate a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            current=current,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            user_agent=row.user_agent,
            ip_address=row.ip_address,
        )


@strawberry.type(description="The session has ended, or had ended before.")
class LoggedOut:
    """What a logout answers with."""

    ok: bool = True


@strawberry.type(description="Sessions have ended; their access tokens stop at once.")
class SessionsRevoked:
    """What a revocation answers with."""

    count: int = strawberry.field(description="How many sessions ended.")
