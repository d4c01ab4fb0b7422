"""fastapi-users: a bearer JWT, the user read for each request, REST, Python."""

from bench.contestants import PASSWORD, Login
from bench.loads import Extract, Request, steady
from bench.peers.installed import AsgiPeer

LOGIN = Request(
    "/auth/jwt/login",
    f"username=<<email>>&password={PASSWORD}",
    {"Content-Type": "application/x-www-form-urlencoded"},
    expect=('{"access_token":"eyJ',),
    extract=(Extract("access", '"access_token":"'),),
)
ME = Request(
    "/users/me",
    headers={"Authorization": "Bearer <<access>>"},
    method="GET",
    expect=('"email":"',),
    own=('"email":"<<email>>"',),
)

FASTAPI_USERS = AsgiPeer(
    "fastapi-users",
    Login(LOGIN),
    {"me": steady(ME), "login": steady(LOGIN)},
    remark="uvicorn, one worker; an HS256 JWT, the user's row; no refresh token, no sessions",
)
