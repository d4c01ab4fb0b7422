"""Passkeys as the browser of their owner is told of them."""

from typing import Self

import strawberry

from authberry.factors import AcceptedCredentials


@strawberry.type(description="The passkeys that log somebody in, as their browser knows them.")
class AcceptedPasskeys:
    """What the browser is told, in its own words."""

    rp_id: str
    user_id: str
    all_accepted_credential_ids: list[str]

    @classmethod
    def of(cls, accepted: AcceptedCredentials) -> Self:
        """Translate."""
        return cls(
            rp_id=accepted.rp_id,
            user_id=accepted.user_handle,
            all_accepted_credential_ids=accepted.credential_ids,
        )
