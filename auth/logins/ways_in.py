"""The ways in to an account, so that the last one is not taken away."""

from uuid import UUID

from authberry.models import ExternalIdentity, Passkey, User
from authberry.resources import Resources


async def has_way_in(resources: Resources, user_id: UUID, *, without: UUID) -> bool:
    """Whether somebody can log in without one of their passkeys or identities.

    By a password, another passkey, another identity, or a link that is mailed to an address which
    is proved. Inside the transaction that takes the one away.
    """
    user = await User.get(id=user_id)
    if user.password_hash or (resources.settings.sends_mail and user.email_verified):
        return True
    if await Passkey.filter(user_id=user_id).exclude(id=without).exists():
        return True
    return await ExternalIdentity.filter(user_id=user_id).exclude(id=without).exists()
