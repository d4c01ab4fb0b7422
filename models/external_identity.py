"""Somebody's account at a provider, with which they log in here."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class ExternalIdentity(Model):
    """One row an account elsewhere, known by who vouches for it and by what it is called there.

    `issuer` and `subject` never change, and no two rows have both; the address is only shown
    (OpenID Connect Core 1.0, section 5.7). Tokens of the provider are not kept.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        User, related_name="external_identities", on_delete=fields.CASCADE
    )
    user_id: UUID
    provider = fields.CharField(max_length=64, description="What the settings call it.")
    issuer = fields.CharField(max_length=255)
    subject = fields.CharField(max_length=255)
    email = fields.CharField(
        max_length=320,
        null=True,
        description="As the provider last said it. Nobody is known by it.",
    )
    is_proved = fields.BooleanField(
        description="Whether the account's owner has linked it. Else a new password removes it."
    )
    created_at: datetime = DatetimeField()
    last_used_at: datetime | None = DatetimeField(null=True)

    class Meta:
        app = "authberry"
        table = "authberry_external_identity"
        unique_together = (("issuer", "subject"),)
        indexes = (("user_id",),)
