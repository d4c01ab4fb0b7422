"""Where the shop's tables are; `tortoise -c settings.TORTOISE_ORM migrate` brings them up to date."""

import os

from authberry.models import tortoise_apps  # authberry

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite://shop.db")  # or postgres://...
TORTOISE_ORM = {
    "connections": {"default": DATABASE_URL},
    "apps": {
        "shop": {"models": ["models"], "migrations": "migrations"},
        **tortoise_apps(),  # authberry
    },
}
