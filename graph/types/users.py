"""People."""

from datetime import datetime
from typing import Self

import strawberry

from authberry import models


@strawberry.type(description="A person who can log in.")
class User:
    """Made from a row, and never more of it than this."""

    id: strawberry.ID
    email: str = strawberry.field(description="In lower case, as it was normalised.")
    name: str | None
    email_verified: bool
    roles: list[str] = strawberry.field(
        description="As they are now; an access token holds them as they were when it was issued."
    )
    created_at: datetime
    locale: str | None = strawberry.field(
        description="The language of mails, if one was chosen; else each request's decides."
    )

    @classmethod
    def of(cls, row: models.User) -> Self:
        """Translate a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            email=row.email,
            name=row.name,
            email_verified=row.email_verified,
            roles=row.roles,
            created_at=row.created_at,
            locale=row.locale,
        )
