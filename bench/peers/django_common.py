"""What both Django peers share: the database, the hasher, the people."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.hashers import Argon2PasswordHasher

URL = urlsplit(os.environ["BENCH_DATABASE"])
SECRET_KEY = "bench-secret-bench-secret-bench-secret-0123456789"
PASSWORD_HASHERS = [f"{__name__}.OwaspArgon2"]


class OwaspArgon2(Argon2PasswordHasher):
    """Django's own, at OWASP's parameters."""

    time_cost, memory_cost, parallelism = 2, 19456, 1


def database() -> dict[str, Any]:
    """Configure the database, its connections kept open."""
    if URL.scheme == "postgresql":
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": URL.path.lstrip("/"),
            "USER": URL.username,
            "HOST": URL.hostname,
            "PORT": URL.port,
            "CONN_MAX_AGE": None,
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": URL.path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def seed() -> list[Any]:
    """Make the tables and the people; returns these."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    password = os.environ["BENCH_PASSWORD"]
    return [
        get_user_model().objects.create_user(f"bench{n}", f"bench{n}@example.com", password)
        for n in range(int(os.environ["BENCH_PEOPLE"]))
    ]
