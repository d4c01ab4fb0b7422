"""A key of somebody's, in a phone, a computer or a token of its own (WebAuthn level 3)."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class Passkey(Model):
    """One row a key: the credential record of the specification (section 4).

    The private half never leaves the authenticator: what is here logs nobody in.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        User, related_name="passkeys", on_delete=fields.CASCADE
    )
    user_id: UUID
    name = fields.CharField(max_length=100)
    credential_id = fields.CharField(max_length=1400, description="base64url.")
    credential_hash = fields.CharField(
        max_length=64, unique=True, description="SHA-256 of the credential's id, in hex."
    )
    user_handle = fields.CharField(
        max_length=86, description="What the authenticator knows the person by, base64url."
    )
    public_key = fields.TextField(description="COSE, base64url.")
    sign_count = fields.BigIntField()
    aaguid = fields.CharField(max_length=36, description="What model of authenticator it is.")
    transports = fields.CharField(max_length=100, description="With commas.")
    backup_eligible = fields.BooleanField()
    backed_up = fields.BooleanField()
    user_verified = fields.BooleanField(
        description="Whether it has ever verified its user: uvInitialized."
    )
    created_at: datetime = DatetimeField()
    last_used_at: datetime | None = DatetimeField(null=True)

    class Meta:
        app = "authberry"
        table = "authberry_passkey"
        indexes = (("user_id",),)
