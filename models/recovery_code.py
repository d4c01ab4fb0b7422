"""A code on paper, for whoever has lost everything else."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class RecoveryCode(Model):
    """One row a code, known by a password hash of it. New codes replace all rows of before."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        User, related_name="recovery_codes", on_delete=fields.CASCADE
    )
    user_id: UUID
    slot = fields.CharField(
        max_length=2, description="What a code begins with, so that one try costs one hash."
    )
    code_hash = fields.CharField(max_length=255)
    created_at: datetime = DatetimeField()
    used_at: datetime | None = DatetimeField(null=True)

    class Meta:
        app = "authberry"
        table = "authberry_recovery_code"
        unique_together = (("user", "slot"),)
