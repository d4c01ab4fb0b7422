"""A host that runs Tortoise itself, with a `User` and a table `user` of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from tortoise import Tortoise, fields
from tortoise.context import TortoiseContext
from tortoise.models import Model

from authberry.models import User as Account
from authberry.models import tortoise_apps
from authberry.models.database.tortoise_context import CONNECTION


class User(Model):
    """A customer, who has no account of ours."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)

    class Meta:
        app = "shop"
        table = "user"


class Profile(Model):
    """What the host stores about one of our users."""

    id = fields.IntField(primary_key=True)
    user: fields.OneToOneRelation[Account] = fields.OneToOneField(
        Account, related_name="shop_profile", on_delete=fields.CASCADE
    )
    user_id: UUID
    nickname = fields.CharField(max_length=50)
    seen_at = fields.DatetimeField(null=True)

    class Meta:
        app = "shop"
        table = "profile"


def tortoise_url(url: str) -> str:
    """The database as Tortoise wants it said."""
    return url.replace("postgresql://", "postgres://", 1)


@asynccontextmanager
async def open_host(url: str, **options: Any) -> AsyncIterator[TortoiseContext]:
    """Open the host's own connections, as it does when it starts, and close them."""
    config = {
        "connections": {"default": tortoise_url(url)},
        "apps": {"shop": {"models": ["tortoise_host"]}, **tortoise_apps()},
    }
    async with TortoiseContext() as context:
        await Tortoise.init(config, **options)
        try:
            yield context
        finally:
            assert context.apps
            for model in context.apps["authberry"].values():  # for tests that know of no host
                model._meta.default_connection = CONNECTION
