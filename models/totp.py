"""An app on somebody's phone that shows codes."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class Totp(Model):
    """One row an app (RFC 6238).

    It is made when a code has proved that the app has the seed. `last_step` is the time step of
    the code that was used last: none of that step or before is good any more.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        User, related_name="totps", on_delete=fields.CASCADE
    )
    user_id: UUID
    name = fields.CharField(max_length=100)
    sealed_seed = fields.CharField(max_length=255, description="AES-256-GCM, base64url.")
    last_step = fields.BigIntField()
    created_at: datetime = DatetimeField()
    last_used_at: datetime | None = DatetimeField(null=True)

    class Meta:
        app = "authberry"
        table = "authberry_totp"
        indexes = (("user_id",),)
