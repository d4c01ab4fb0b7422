"""A challenge of a passkey ceremony that was answered, and is good for no other answer."""

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField


class SpentChallenge(Model):
    """One row a challenge that was answered, until its time would have been over."""

    challenge_hash = fields.CharField(
        max_length=64, primary_key=True, description="SHA-256, in hex."
    )
    expires_at: datetime = DatetimeField()

    class Meta:
        app = "authberry"
        table = "authberry_spent_challenge"
        indexes = (("expires_at",),)
