"""strawberry-django-auth: JWTs, the user read for each request, refresh tokens on demand."""

from bench.contestants import PASSWORD, Login
from bench.loads import Extract, chain, graphql, steady
from bench.peers.installed import DjangoPeer

TOKENS = "{ success errors token { token } refreshToken { token } }"
ACCESS = Extract("access", '"token":{"token":"')
NEW = ('"success":true', '"token":{"token":"eyJ')


def _refresh(*, changes: bool) -> Extract:
    return Extract("refresh", '"refreshToken":{"token":"', changes=changes)


LOGIN = graphql(
    "mutation ($user: String!, $password: String!) {"
    f" tokenAuth(username: $user, password: $password) {TOKENS} }}",
    {"user": "<<user>>", "password": PASSWORD},
    authorization=None,
    expect=NEW,
    extract=(ACCESS, _refresh(changes=False)),
)
ME = graphql(
    "{ me { id email } }",
    authorization="JWT <<access>>",
    expect=('{"data":{"me":{"id":"', '"email":"'),
    own=('"email":"<<email>>"',),
)
REFRESH = graphql(
    "mutation ($token: String!) {"
    f" refreshToken(refreshToken: $token, revokeRefreshToken: true) {TOKENS} }}",
    {"token": "<<refresh>>"},
    authorization=None,
    expect=NEW,
    extract=(_refresh(changes=True),),
)

STRAWBERRY_DJANGO_AUTH = DjangoPeer(
    "strawberry-django-auth",
    Login(LOGIN),
    {"me": steady(ME), "refresh": chain(REFRESH), "login": steady(LOGIN)},
    remark="gunicorn, one process of four threads; captcha off; it rotates only when asked to, and"
    " is asked to",
)
