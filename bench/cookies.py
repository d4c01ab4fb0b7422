"""A session's cookie beside an access token: the same people, the same field, at first sight."""

from authberry import RefreshTokenTransport
from bench.loads import graphql, once
from bench.ours import LOADS, ME, OWN_EMAIL, Ours

BY_TOKEN, BY_COOKIE = "me by token, first sight", "me by cookie, first sight"

ASKED_BY_COOKIE = graphql(
    "{ me { id email } }",
    authorization=None,
    headers={"Cookie": "__Host-session=<<refresh>>"},
    expect=('{"data":{"me":{"id":"', "@example.com"),
    own=(OWN_EMAIL,),
)

ASKED = {"me": LOADS["me"], BY_TOKEN: once(ME), BY_COOKIE: once(ASKED_BY_COOKIE)}


class Cookies(Ours):
    """Authberry with sessions that are known either way."""

    name = "authberry with session cookies"
    loads = ASKED
    transport = RefreshTokenTransport.SESSION
