"""The shop's own migrations, as `tortoise -c settings.TORTOISE_ORM makemigrations` writes them."""
