"""A wish that every factor be taken off an account whose owner has lost them."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class FactorReset(Model):
    """One row an account that waits for its reset, until that is cancelled or done."""

    id = fields.UUIDField(primary_key=True)
    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        User, related_name="factor_reset", on_delete=fields.CASCADE
    )
    user_id: UUID
    created_at: datetime = DatetimeField()
    effective_at: datetime = DatetimeField(description="When it is done, unless it is cancelled.")

    class Meta:
        app = "authberry"
        table = "authberry_factor_reset"
        indexes = (("effective_at",),)
