"""The URLs among the settings: what each may look like.

What is said of a URL that has a password in it never repeats any of it: where the password has an
unescaped sign in it, any part of the URL may be the password.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from authberry.settings.origins import origin_of
from authberry.settings.values import LinkPurpose, Texts, UrlOfEach

_SERVER = r"(?:[^@/?#]*@)?(?:[^@/?#:\[\]]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?][^#]*)?"
_DATABASE = re.compile(rf"sqlite://.+|postgres(?:ql)?://{_SERVER}")
_THROTTLE_STORE = re.compile(rf"memory://|valkeys?://{_SERVER}")
_MAIL_SERVER = re.compile(
    r"smtp(?:s|\+plain)?://(?:[^@:/?#]+:[^@:/?#]+@)?"
    r"(?:[^@/?#:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/?"
)
_RANGE_SERVICE = re.compile(r"https?://[^\s?#]+")


def _database(url: str) -> str:
    if not _DATABASE.fullmatch(url):
        raise ValueError(
            "must be sqlite://path or postgresql://user:password@host:port/name,"
            " the password percent-encoded"
        )
    return url


def _throttle_store(url: str) -> str:
    if not _THROTTLE_STORE.fullmatch(url):
        raise ValueError("must be memory:// or valkey://user:password@host:port/number")
    return url


def _mail_server(url: str) -> str:
    if url and not _MAIL_SERVER.fullmatch(url):
        raise ValueError(
            "must be smtp://user:password@host:587 or smtps://user:password@host:465,"
            " the password percent-encoded"
        )
    return url


def _range_service(url: str) -> str:
    if url and not _RANGE_SERVICE.fullmatch(url):
        raise ValueError("must be an https URL, such as https://api.pwnedpasswords.com")
    return url.rstrip("/")


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


def _pages(urls: Mapping[LinkPurpose, str]) -> Mapping[LinkPurpose, str]:
    for url in urls.values():
        if url.count("{token}") != 1 or origin_of(url.replace("{token}", "")) is None:
            raise ValueError("each must be an http or https URL with {token} in it once")
    return urls


DatabaseUrl = Annotated[str, AfterValidator(_database)]
ThrottleUrl = Annotated[str, AfterValidator(_throttle_store)]
SmtpUrl = Annotated[str, AfterValidator(_mail_server)]
RangeServiceUrl = Annotated[str, AfterValidator(_range_service)]
PublicUrl = Annotated[str, AfterValidator(_public)]
Origins = Annotated[Texts, AfterValidator(_origins)]
LinkUrls = Annotated[UrlOfEach, AfterValidator(_pages)]
