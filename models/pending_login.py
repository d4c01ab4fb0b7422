"""A login of which one proof was good, and which waits for another."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class PendingLogin(Model):
    """One row a login that is not complete. There is no session before it is.

    Whoever completes it shows a secret that only a digest of is here. `rests_on` is a digest of the
    account's password and factors of the moment it began: once either has changed, it is over.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        User, related_name="pending_logins", on_delete=fields.CASCADE
    )
    user_id: UUID
    purpose = fields.CharField(max_length=32, description="What it ends with.")
    secret_hash = fields.CharField(max_length=64, description="SHA-256, in hex.")
    transport = fields.CharField(max_length=7, description="How the client will hold its token.")
    proofs = fields.CharField(max_length=200, description="What was proved so far, as JSON.")
    rests_on = fields.CharField(max_length=64)
    sealed_payload = fields.TextField(
        null=True, description="What is done once it is complete, AES-256-GCM, base64url."
    )
    attempts = fields.IntField(default=0)
    created_at: datetime = DatetimeField()
    expires_at: datetime = DatetimeField()

    class Meta:
        app = "authberry"
        table = "authberry_pending_login"
        indexes = (("user_id",), ("expires_at",))
