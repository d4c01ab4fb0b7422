"""Logins that are not of just now."""

from datetime import timedelta

from authberry import Auth
from authberry.models import RefreshToken, User


async def grow_old(rules: Auth, user: User) -> None:
    """Have somebody's logins be an hour old."""
    with rules.database.use():
        for session in await RefreshToken.filter(user_id=user.id):
            then = session.authenticated_at - timedelta(hours=1)
            await RefreshToken.filter(id=session.id).update(authenticated_at=then, proofs=None)
