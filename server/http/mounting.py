"""Where a host has mounted the application: the public URL goes there too, or should."""

from urllib.parse import quote

from authberry import Auth
from authberry.doctor import examine
from authberry.models.event_logger import event_logger
from authberry.settings import PREFIX

logger = event_logger("authberry.server")


def follow_mount(auth: Auth, root_path: str, *, is_shared: bool) -> None:
    """Look at the path that requests find the application under.

    Issuer, cookie and key set are named after the public URL, so it should end with that path. In
    development, where it may be unset, it is made to. A URL that somebody has set, or an `Auth`
    that belongs to the host, stays as it is, and the log says what to set.
    """
    path = quote(root_path.rstrip("/"))
    if auth.settings.path.endswith(path):
        return
    if not is_shared and "public_url" not in auth.settings.model_fields_set:
        auth.follow(path)
        _warn_of_cookie(auth)
        return
    logger.warning(
        "the public URL is not where the application is mounted",
        extra={"setting": f"{PREFIX}PUBLIC_URL", "expected": auth.settings.origin + path},
    )


def _warn_of_cookie(auth: Auth) -> None:
    """Say what `authberry doctor` could not know: that the cookie is not sent here."""
    for finding in examine(auth.settings):
        if finding.setting == f"{PREFIX}COOKIE_PATH":
            logger.warning(
                "the cookie does not reach where the application is mounted",
                extra={"setting": finding.setting, "cause": finding.problem},
            )
