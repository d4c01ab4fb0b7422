"""Something that happened."""

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField


class SecurityEvent(Model):
    """One row an event of the security log.

    Rows are added and, when old, deleted; never changed.

    `id` is a UUID of version 7 (RFC 9562), whose order is that of time. There is no foreign key: a
    row must not hold up the deletion of what it tells of.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=32)
    occurred_at: datetime = DatetimeField()
    user_id = fields.UUIDField(null=True)
    session_id = fields.UUIDField(null=True)
    client_id = fields.CharField(max_length=64, null=True)
    reason = fields.CharField(max_length=64, null=True)
    count = fields.IntField(null=True)
    ip_address = fields.CharField(max_length=45, null=True)
    user_agent = fields.CharField(max_length=400, null=True)
    request_id = fields.CharField(max_length=32, null=True)

    class Meta:
        app = "authberry"
        table = "authberry_event"
        indexes = (("user_id", "id"),)
