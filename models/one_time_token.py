"""What stands in a link that was mailed."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class OneTimeToken(Model):
    """One row a link, for one purpose and one person.

    The row goes when the link is used. Of a link that confirms something it stays until its time is
    over, with another purpose, and says what was confirmed to whoever opens the link again.

    The token itself was in the mail and is nowhere else. `rests_on` is a digest of the address and
    the password hash of the moment it was issued in: once either has changed, it is good for
    nothing.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        User, related_name="one_time_tokens", on_delete=fields.CASCADE
    )
    user_id: UUID
    purpose = fields.CharField(max_length=32)
    token_hash = fields.CharField(max_length=64, unique=True, description="SHA-256, in hex.")
    rests_on = fields.CharField(max_length=64, null=True)
    email = fields.CharField(
        max_length=320, null=True, description="The address that the account is to have."
    )
    email_key = fields.CharField(
        max_length=320, null=True, description="What it is compared by, if that is not email."
    )
    browser_hash = fields.CharField(
        max_length=64, null=True, description="Of the cookie of the browser that asked."
    )
    created_at: datetime = DatetimeField()
    expires_at: datetime = DatetimeField()

    class Meta:
        app = "authberry"
        table = "authberry_one_time_token"
        indexes = (("user_id",), ("email",), ("email_key",))
