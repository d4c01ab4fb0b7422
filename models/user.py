"""A person who can log in."""

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField


class User(Model):
    """One row a person.

    `email` is stored as `authberry.email_addresses.normalize` returns it, and mailed to. What it is
    compared by is `email_key`, or `email` itself where that is the same. The unique index on the
    one or the other, not a check beforehand, is what keeps two people from one address.
    """

    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=320, unique=True)
    email_key = fields.CharField(
        max_length=320, null=True, description="What it is compared by, if that is not email."
    )
    email_verified = fields.BooleanField(default=False)
    name = fields.CharField(max_length=200, null=True)
    password_hash = fields.CharField(max_length=255, null=True)
    locale = fields.CharField(
        max_length=16, null=True, description="The language of mails, as BCP 47 writes it."
    )
    roles: list[str] = fields.JSONField[Any](default=list)
    created_at: datetime = DatetimeField()
    disabled_at: datetime | None = DatetimeField(null=True)
    deletes_at: datetime | None = DatetimeField(
        null=True, description="When the account goes, unless its owner logs in before."
    )

    class Meta:
        app = "authberry"
        table = "authberry_user"
