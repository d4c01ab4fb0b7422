"""What stands where in the house, from the bottom to the top; the only place that says so.

A name that ends with a slash is a room: a package whose `__init__` is its face. Any other is a
single file. What is listed may import what is listed before it, and the folders before its own.
The layer test reads this, and the picture in `docs/contributing.md` is drawn from it: a new room or
a new single file is a line here.
"""

HOUSE = {
    "models": (
        "event_logger",
        "server_url",
        "tortoise_internals",
        "datetime_field",
        "postgres_only",
        "index_creation",
        "migrations/",
        "user",
        "one_time_token",
        "outbox_message",
        "refresh_token",
        "security_event",
        "signing_key",
        "walk_position",
        "totp",
        "passkey",
        "recovery_code",
        "pending_login",
        "trusted_device",
        "spent_challenge",
        "factor_reset",
        "external_identity",
        "external_login",
        "database/",
        "backups/",
        "change_notifications",
        "statements/",
    ),
    "auth": (
        "clock",
        "client",
        "errors/",
        "metrics",
        "public_addresses",
        "fetching",
        "database_clock",
        "email_addresses",
        "address_keys",
        "tokens/",
        "settings/",
        "events/",
        "oauth_clients",
        "throttle_store",
        "throttle",
        "database_problems",
        "attempts",
        "resources",
        "signing/",
        "providers/",
        "passwords/",
        "links/",
        "mail/",
        "sessions/",
        "factors/",
        "logins/",
        "accounts/",
        "identities/",
        "pruning/",
        "doctor/",
        "auth",
    ),
    "graph": (
        "strawberry_internals",
        "errors/",
        "types/",
        "context/",
        "fields/",
        "mutations/",
        "queries/",
        "execution/",
        "hosting/",
        "nodes",
        "schema",
        "federation/",
    ),
    "server": (
        "verify/",
        "observability/",
        "terminal",
        "http/",
        "graphiql/",
        "pages/",
        "dev_mail",
        "oauth/",
        "metadata",
        "related_origins",
        "external_logins",
        "graphql_over_http/",
        "routes/",
        "app",
        "process/",
        "commands/",
        "entry",
        "__main__",
    ),
}

OPEN = {
    "models/migrations": "Tortoise finds each by its number",
    "server/commands": "a file a group of commands",
    "server/routes": "a file a framework, which hosts import by its name",
    "server/verify": "a file a framework, which hosts import by its name",
}
"""Rooms each file of which is a face of its own, and why."""

NOT_SHIPPED = {"server/frontend"}
"""What builds the package, and is no part of it."""

WIRED_IN = {"auth": "auth/auth.py", "graph": "graph/schema.py", "server": "server/app.py"}
"""Where the members of a folder are handed one another."""

NOT_IN = {
    "models": {"argon2", "graphql", "jwt", "nacl", "starlette", "strawberry", "typer", "uvicorn"},
    "auth": {"graphql", "starlette", "strawberry", "typer", "uvicorn"},
    "graph": {"aiosqlite", "asyncpg", "tortoise", "typer", "uvicorn"},
    "server": {"aiosqlite", "asyncpg", "tortoise"},
}
"""Libraries that a folder has no business with."""

ONLY_IN = {
    "argon2": "auth/passwords/hashing.py",
    "httpx2": "auth/fetching.py",
    "jwt": "auth/tokens/jose.py",
    "nacl": "auth/passwords/hashing.py",
    "pyotp": "auth/factors/totp.py",
    "segno": "auth/factors/totp.py",
    "webauthn": "auth/factors/webauthn.py",
}
"""Libraries that are easy to hold wrongly, each with the one file that holds it."""
