"""A way to a provider and back, until it has ended here."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class ExternalLogin(Model):
    """One row a login at a provider that has begun and is not complete.

    The browser that has begun it, or the program, holds a secret of which a digest is here. What
    goes to the provider and what came back are encrypted.
    """

    id = fields.UUIDField(primary_key=True)
    provider = fields.CharField(max_length=64, description="What the settings call it.")
    purpose = fields.CharField(max_length=16, description="What it ends with.")
    state_hash = fields.CharField(
        max_length=64, unique=True, description="SHA-256 of what the provider sends back, in hex."
    )
    browser_hash = fields.CharField(
        max_length=64, null=True, description="Of the cookie of the browser that has begun it."
    )
    post_hash = fields.CharField(
        max_length=64, null=True, description="Of its cookie for a provider that posts its answer."
    )
    secret_hash = fields.CharField(
        max_length=64, null=True, description="Of the ticket, where no cookie stands for it."
    )
    transport = fields.CharField(max_length=7, description="How the client will hold its token.")
    return_to = fields.TextField(description="Where the browser goes afterwards.")
    sealed_secrets = fields.TextField(
        null=True, description="State, nonce and verifier, AES-256-GCM, base64url."
    )
    sealed_outcome = fields.TextField(
        null=True, description="What the provider has said, AES-256-GCM, base64url."
    )
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        User, related_name="external_logins", on_delete=fields.CASCADE, null=True
    )
    user_id: UUID | None
    session_id = fields.UUIDField(null=True, description="In which it was begun, if in one.")
    attempts = fields.IntField(default=0)
    created_at: datetime = DatetimeField()
    answered_at: datetime | None = DatetimeField(
        null=True, description="When the provider's answer came, which is taken once."
    )
    expires_at: datetime = DatetimeField()

    class Meta:
        app = "authberry"
        table = "authberry_external_login"
        indexes = (("user_id",), ("browser_hash",), ("expires_at",))
