"""A mail that is still to be sent."""

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField


class OutboxMessage(Model):
    """One row a mail, written with the change it tells of.

    The row goes when the mail has gone.

    It holds what was asked for, not what will be said: a link is made when the mail is.
    """

    id = fields.UUIDField(primary_key=True)
    letter = fields.CharField(max_length=32)
    payload = fields.TextField(description="To whom and about what, AES-256-GCM, base64url.")
    recipient_hash = fields.CharField(
        max_length=64, null=True, description="HMAC-SHA256 of the address, in hex."
    )
    attempts = fields.IntField(default=0)
    last_error = fields.CharField(max_length=200, null=True)
    created_at: datetime = DatetimeField()
    expires_at: datetime = DatetimeField(description="When it is too late to be of use.")
    due_at: datetime = DatetimeField(
        description="When it is tried next. Whoever takes it moves this forward."
    )

    class Meta:
        app = "authberry"
        table = "authberry_outbox"
        indexes = (("due_at",),)
