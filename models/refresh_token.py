"""The one refresh token that a session lives by."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class RefreshToken(Model):
    """One row a session, however often its token is rotated.

    A renewed session is another row.

    `id` is the session's id, the `sid` of its access tokens. The row knows the token by generation
    and by a SHA-256 of its secret; nothing that is stored here can be presented.
    """

    RENEWED: ClassVar = "renewed"
    """Why a session has ended that goes on under another id."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        User, related_name="refresh_tokens", on_delete=fields.CASCADE
    )
    user_id: UUID
    generation = fields.BigIntField(default=0)
    token_hash = fields.CharField(max_length=64, description="SHA-256 of the secret, in hex.")
    transport = fields.CharField(max_length=7, description="How the client holds the token.")
    authenticated_at: datetime = DatetimeField(description="When the password was proved.")
    amr = fields.CharField(
        max_length=16, null=True, description="How it was proved who they are, pwd if null."
    )
    proofs = fields.CharField(
        max_length=255, null=True, description="What was proved, as JSON, or amr alone if null."
    )
    created_at: datetime = DatetimeField()
    rotated_at: datetime | None = DatetimeField(null=True)
    last_used_at: datetime = DatetimeField()
    expires_at: datetime = DatetimeField(
        description="The nearer of the idle and the absolute limit."
    )
    absolute_expires_at: datetime = DatetimeField()
    user_agent = fields.CharField(max_length=400, null=True)
    ip_address = fields.CharField(max_length=45, null=True)
    revoked_at: datetime | None = DatetimeField(null=True)
    revoked_reason = fields.CharField(max_length=32, null=True)

    class Meta:
        app = "authberry"
        table = "authberry_refresh_token"
        # The only index beside the key, and none on a column that a rotation writes: rotating then
        # touches one page, however many sessions there are.
        indexes = (("user_id",),)

    @classmethod
    async def with_user(cls, session_id: UUID) -> "RefreshToken | None":
        """Read a session and its user in one query."""
        return await cls.get_or_none(id=session_id).select_related("user")
