"""HTTP, whatever is asked for: what every request goes through, and what every answer has.

Bodies are read within bounds (`read_body`), answers get the headers of the OWASP list
(`SecurityHeaders`), and an exception that nobody expected becomes an answer (`UnhandledErrors`).
Pages of allowed origins may read them (`CrossOrigin`). `PublicPath` finds routes below the path of
the public URL. `ServiceLifespan` opens and closes the services of an application, and
`RequireServices` makes a request wait for them. `follow_mount` looks at the path that the
application is mounted at, and `live` and `ready` answer load balancers. `BuiltFiles` sends what was
built for browsers.
"""

from authberry.server.http.bounds import OPERATION_TIMEOUT
from authberry.server.http.built_files import BuiltFiles
from authberry.server.http.cors import CrossOrigin
from authberry.server.http.errors import http_error
from authberry.server.http.health import STOPPING, live, ready
from authberry.server.http.lifespan import RequireServices, ServiceLifespan
from authberry.server.http.mounting import follow_mount
from authberry.server.http.paths import PublicPath
from authberry.server.http.request_body import Malformed, read_body
from authberry.server.http.security_headers import SecurityHeaders
from authberry.server.http.unhandled_errors import UnhandledErrors

__all__ = [
    "OPERATION_TIMEOUT",
    "STOPPING",
    "BuiltFiles",
    "CrossOrigin",
    "Malformed",
    "PublicPath",
    "RequireServices",
    "SecurityHeaders",
    "ServiceLifespan",
    "UnhandledErrors",
    "follow_mount",
    "http_error",
    "live",
    "read_body",
    "ready",
]
