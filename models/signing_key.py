"""The keys that sign access tokens."""

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField


class SigningKey(Model):
    """One row a key pair, the private half as ciphertext (see `authberry.signing`).

    A key's state follows from time alone: before `activates_at` it is next, then active until the
    following key activates, then retired. `position` is unique, so that of two processes which
    rotate at once one wins.
    """

    kid = fields.CharField(max_length=64, primary_key=True)
    position = fields.IntField(unique=True)
    algorithm = fields.CharField(max_length=8)
    public_jwk: dict[str, str] = fields.JSONField[Any]()
    encrypted_jwk = fields.TextField(description="The whole JWK, AES-256-GCM, base64url.")
    created_at: datetime = DatetimeField()
    activates_at: datetime = DatetimeField()

    class Meta:
        app = "authberry"
        table = "authberry_signing_key"
        # PostgreSQL has this as the table's comment, in the words of the migration that made it.
        table_description = (
            "One row a key pair, the private half as ciphertext (see `authberry.keys`)."
        )
