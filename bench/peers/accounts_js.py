"""accounts-js: JWTs and sessions in the database, GraphQL, Node.js."""

from bench.contestants import PASSWORD, Login
from bench.loads import Extract, chain, graphql, steady
from bench.peers.installed import NodePeer

TOKENS = (Extract("access", '"accessToken":"'), Extract("refresh", '"refreshToken":"'))

LOGIN = graphql(
    "mutation ($email: String!, $password: String!) {"
    ' authenticate(serviceName: "password", params: {user: {email: $email}, password: $password})'
    " { sessionId tokens { accessToken refreshToken } } }",
    {"email": "<<email>>", "password": PASSWORD},
    authorization=None,
    expect=('{"data":{"authenticate":{"sessionId":"', '"accessToken":"eyJ'),
    extract=TOKENS,
)
ME = graphql(
    "{ getUser { id emails { address } } }",
    expect=('{"data":{"getUser":{"id":"', '"address":"'),
    own=('"address":"<<email>>"',),
)
REFRESH = graphql(
    "mutation ($access: String!, $refresh: String!) {"
    " refreshTokens(accessToken: $access, refreshToken: $refresh)"
    " { sessionId tokens { accessToken refreshToken } } }",
    {"access": "<<access>>", "refresh": "<<refresh>>"},
    authorization=None,
    expect=('{"data":{"refreshTokens":{"sessionId":"', '"accessToken":"eyJ'),
    extract=TOKENS,
)


class AccountsJs(NodePeer):
    """Its packages of one release name ranges that exclude each other."""

    program = "server.cjs"
    options = ("--legacy-peer-deps",)


ACCOUNTS_JS = AccountsJs(
    "accounts-js",
    Login(LOGIN),
    {"me": steady(ME), "refresh": chain(REFRESH), "login": steady(LOGIN)},
    remark="node:http and graphql-js with a document cache; `me` reads the session, then the user"
    " with all their sessions; a refresh signs the same session token again: nothing rotates",
)
