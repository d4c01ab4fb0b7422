"""django-graphql-jwt: JWTs, the user read for each request, long-running refresh tokens."""

from bench.contestants import PASSWORD, Login
from bench.loads import Extract, chain, graphql, steady
from bench.peers.installed import DjangoPeer

LOGIN = graphql(
    "mutation ($user: String!, $password: String!) {"
    " tokenAuth(username: $user, password: $password) { token refreshToken } }",
    {"user": "<<user>>", "password": PASSWORD},
    authorization=None,
    expect=('{"data":{"tokenAuth":{"token":"eyJ', '"refreshToken":"'),
    extract=(Extract("access", '"token":"'), Extract("refresh", '"refreshToken":"')),
)
ME = graphql(
    "{ me { id email } }",
    authorization=None,
    headers={"Cookie": "JWT=<<access>>"},
    expect=('{"data":{"me":{"id":"', '"email":"'),
    own=('"email":"<<email>>"',),
)
REFRESH = graphql(
    "mutation { refreshToken { token refreshToken } }",
    authorization=None,
    headers={"Cookie": "JWT-refresh-token=<<refresh>>"},
    expect=('{"data":{"refreshToken":{"token":"eyJ',),
    extract=(Extract("refresh", '"refreshToken":"', changes=True),),
)

DJANGO_GRAPHQL_JWT = DjangoPeer(
    "django-graphql-jwt",
    Login(LOGIN),
    {"me": steady(ME), "refresh": chain(REFRESH), "login": steady(LOGIN)},
    remark="gunicorn, one process of four threads; cookies; the old refresh token is revoked by a"
    " receiver that its documentation shows, and stays valid without it",
)
