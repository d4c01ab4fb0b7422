"""The URLs among the settings: what each may look like.

What is said of a URL that has a password in it never repeats any of it: where the password has an
unescaped sign in it, any part of the URL may be the password.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from authberry.models import check_database_url
from authberry.models.server_url import NoServerUrl, ServerUrl, split_server_url
from authberry.settings.origins import origin_of
from authberry.settings.throttle_url import read_throttle_url
from authberry.settings.values import LinkPurpose, Texts, UrlOfEach

_MAIL_SERVER = (
    "must be smtp://user:password@host:587 or smtps://user:password@host:465,"
    " the password percent-encoded"
)
_DOMAIN = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?"
)
_RANGE_SERVICE = "must be an https URL, such as https://api.pwnedpasswords.com"


def _throttle_store(url: str) -> str:
    read_throttle_url(url)
    return url


def _mail_server(url: str) -> str:
    if not url:
        return url
    parts = _split(url, _MAIL_SERVER)
    is_user = bool(parts.user) == bool(parts.password)
    if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not is_user or parts.path:
        raise ValueError(_MAIL_SERVER)
    if parts.options:
        raise ValueError(_MAIL_SERVER)
    return url


def _range_service(url: str) -> str:
    if not url:
        return url
    parts = _split(url, _RANGE_SERVICE)
    if parts.scheme not in {"http", "https"} or parts.user or "?" in url or " " in url:
        raise ValueError(_RANGE_SERVICE)
    return url.rstrip("/")


def _split(url: str, must_be: str) -> ServerUrl:
    """Take the URL of one server apart, or say what it must be; raises `ValueError`."""
    try:
        parts = split_server_url(url)
    except NoServerUrl:
        raise ValueError(must_be) from None
    if len(parts.hosts) != 1 or not parts.hosts[0][0]:
        raise ValueError(must_be)
    return parts


def _public(url: str) -> str:
    # Its path is the cookie's, which a semicolon would end.
    if origin_of(url) is None or re.search(r"[^!-~]|[?#;]", url):
        raise ValueError("must be an http or https URL")
    return url.rstrip("/")


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if origin_of(origin) != origin:
            raise ValueError("each must be an exact origin, such as https://app.example.com")
    return origins


def _domain(name: str) -> str:
    if not _DOMAIN.fullmatch(name):
        raise ValueError("must be a domain in small letters, such as example.com, and nothing else")
    return name


def _pages(urls: Mapping[LinkPurpose, str]) -> Mapping[LinkPurpose, str]:
    for url in urls.values():
        if url.count("{token}") != 1 or origin_of(url.replace("{token}", "")) is None:
            raise ValueError("each must be an http or https URL with {token} in it once")
    return urls


DatabaseUrl = Annotated[str, AfterValidator(check_database_url)]
ThrottleUrl = Annotated[str, AfterValidator(_throttle_store)]
SmtpUrl = Annotated[str, AfterValidator(_mail_server)]
RangeServiceUrl = Annotated[str, AfterValidator(_range_service)]
PublicUrl = Annotated[str, AfterValidator(_public)]
Domain = Annotated[str, AfterValidator(_domain)]
Origins = Annotated[Texts, AfterValidator(_origins)]
LinkUrls = Annotated[UrlOfEach, AfterValidator(_pages)]
