"""What is known of the tables by name: rights that are looked at, and what a message may repeat."""

from tortoise.models import Model

import authberry.models
from authberry.models.database.tables import MODELS


def test_every_model_is_among_those_whose_rights_are_looked_at() -> None:
    """A table that is added and not named there would be missed by `ready` and by the doctor."""
    handed_out = {getattr(authberry.models, name) for name in authberry.models.__all__}
    assert {one for one in handed_out if isinstance(one, type) and issubclass(one, Model)} == set(
        MODELS
    )
