"""The rivals: one file here and one folder each."""

from bench.peers.accounts_js import ACCOUNTS_JS
from bench.peers.better_auth import BETTER_AUTH, COOKIE_CACHE
from bench.peers.django_graphql_jwt import DJANGO_GRAPHQL_JWT
from bench.peers.fastapi_users import FASTAPI_USERS
from bench.peers.strawberry_django_auth import STRAWBERRY_DJANGO_AUTH

PEERS = (
    BETTER_AUTH,
    COOKIE_CACHE,
    FASTAPI_USERS,
    DJANGO_GRAPHQL_JWT,
    STRAWBERRY_DJANGO_AUTH,
    ACCOUNTS_JS,
)
