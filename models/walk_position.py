"""How far a walk over a table has come."""

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField


class WalkPosition(Model):
    """One row a walk over a table that goes on where the last one stopped.

    The walk goes by key from the first row to the last, and round again. So it gets through a table
    however often servers are restarted. Two that walk at once both look at what they pass, and
    whoever writes last says where the next goes on: nothing is passed by.
    """

    name = fields.CharField(max_length=32, primary_key=True)
    position = fields.UUIDField(description="The last row that was looked at.")
    round_began_at: datetime = DatetimeField(
        description="When the walk last began at the first row."
    )
    whole_since: datetime | None = DatetimeField(
        null=True, description="When the last round began that came to the end."
    )

    class Meta:
        app = "authberry"
        table = "authberry_walk"
