"""better-auth: sessions in the database, REST, Node.js."""

import json

from bench.contestants import PASSWORD, Login
from bench.loads import JSON_TYPE, Extract, Request, steady
from bench.peers.installed import NodePeer

FOLDER = "better-auth"
_OWN = ('"email":"<<email>>"',)


def _sign_in(*extract: Extract) -> Request:
    return Request(
        "/api/auth/sign-in/email",
        json.dumps({"email": "<<email>>", "password": PASSWORD}),
        JSON_TYPE,
        expect=('"token":"', '"user":{'),
        own=_OWN,
        extract=extract,
    )


def _get(path: str, headers: dict[str, str], *expect: str, own: tuple[str, ...] = ()) -> Request:
    return Request(path, headers=headers, method="GET", expect=expect, own=own)


BEARER = {"Authorization": "Bearer <<access>>"}
BY_BEARER = _sign_in(Extract("access", "set-auth-token: ", "\r"))

BETTER_AUTH = NodePeer(
    FOLDER,
    Login(BY_BEARER),
    {
        "me": steady(_get("/api/auth/get-session", BEARER, '"session":{', '"email":', own=_OWN)),
        "refresh": steady(_get("/api/auth/token", BEARER, '{"token":"eyJ')),
        "login": steady(BY_BEARER),
    },
    remark="node:http; `me` reads session and user from the database; `refresh` is GET /token: a"
    " new JWT for a session, nothing rotates and nothing is written",
)

COOKIES = {
    "Cookie": "better-auth.session_token=<<token>>; better-auth.session_data=<<data>>",
}
COOKIE_CACHE = NodePeer(
    "better-auth, cookie cache",
    Login(
        _sign_in(
            Extract("token", "better-auth.session_token=", ";"),
            Extract("data", "better-auth.session_data=", ";"),
        )
    ),
    {"me": steady(_get("/api/auth/get-session", COOKIES, '"session":{', '"email":', own=_OWN))},
    remark="its optional signed cookie: no database read, a revoked session lives on for minutes",
    folder=FOLDER,
    databases=("sqlite",),
    settings={"COOKIE_CACHE": "1"},
)
