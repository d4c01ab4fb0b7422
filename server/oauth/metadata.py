"""What there is here for OAuth clients (RFC 8414), and for gateways that look for OpenID's."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from authberry import Auth, Settings
from authberry.server.oauth.endpoints import INTROSPECT, REVOKE
from authberry.server.oauth.jwks import JWKS
from authberry.server.oauth.public_documents import preflight, publish
from authberry.tokens import LEVELS

METADATA = "/.well-known/oauth-authorization-server"
OPENID_CONFIGURATION = "/.well-known/openid-configuration"
AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


async def metadata(request: Request) -> Response:
    """The metadata, for any site to read and to keep for some minutes."""
    if request.method == "OPTIONS":
        return preflight(request)
    auth: Auth = request.app.state.auth
    return publish(request, describe(auth.settings))


async def openid_configuration(request: Request) -> Response:
    """The same for gateways that look for issuer and keys where OpenID providers have them.

    No ID token is issued here, so that there is no algorithm for one (OpenID Connect Discovery 1.0,
    section 3, where the list must be there). A person's `sub` is the same for every service.
    """
    if request.method == "OPTIONS":
        return preflight(request)
    auth: Auth = request.app.state.auth
    of_openid = {"subject_types_supported": ["public"], "id_token_signing_alg_values_supported": []}
    return publish(request, describe(auth.settings) | of_openid)


def describe(settings: Settings) -> dict[str, object]:
    """Name the issuer, its keys and, where a service may use them, its endpoints.

    There is no grant, since people log in by GraphQL. To leave that out would be to say that there
    are two (section 2), so the lists are there and empty. Which levels of assurance a login can
    have is for services that ask for one (RFC 9470, section 7).
    """
    issuer = settings.public_url
    described: dict[str, object] = {
        "issuer": issuer,
        "jwks_uri": issuer + JWKS,
        "response_types_supported": [],
        "grant_types_supported": [],
        "acr_values_supported": list(LEVELS),
    }
    if settings.oauth_clients:
        described |= {
            "introspection_endpoint": issuer + INTROSPECT,
            "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
            "revocation_endpoint": issuer + REVOKE,
            "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        }
    return described


def well_known(app: ASGIApp, path: str) -> Route:
    """Make the route at which the host of `Mount(path, app)` serves its metadata.

    Clients look between the host's name and the issuer's path (RFC 8414, section 3.1), which is
    outside of the mount: `https://api.example.com/.well-known/oauth-authorization-server/auth`.
    """
    path = path.rstrip("/")
    return Route(METADATA + path, _MountedMetadata(app, path))


class _MountedMetadata:
    """Asks a mounted application for what is asked for outside of it."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root_path = scope.get("root_path", "") + self._path
        inside = {**scope, "root_path": root_path, "path": root_path + METADATA}
        await self._app(inside, receive, send)
