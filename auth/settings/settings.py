"""What can be configured, from the environment or by a host.

Every name is `AUTHBERRY_` and the field's name in capitals; a secret may stand in a file instead,
named by the same with `_FILE` behind it. Durations are seconds. A name that does not exist is an
error, since a setting that is silently ignored is worse than one that is refused.
"""

import dataclasses
import os
import re
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parseaddr
from enum import Enum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from limits import RateLimitItem, parse
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "AUTHBERRY_"

_SERVER = r"(?:[^@/?#]*@)?(?:[^@/?#:\[\]]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?][^#]*)?"
_DATABASE_URL = re.compile(rf"sqlite://.+|postgres(?:ql)?://{_SERVER}")
_THROTTLE_URL = re.compile(rf"memory://|valkeys?://{_SERVER}")
# What an id and a secret are made of is written the same in a header, a form and a setting.
_CLIENT = re.compile(r"([A-Za-z0-9._~-]{1,64}):([A-Za-z0-9._~-]+)")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
_SMTP_URL = re.compile(
    r"smtp(?:s|\+plain)?://(?:[^@:/?#]+:[^@:/?#]+@)?"
    r"(?:[^@/?#:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/?"
)
_RANGE_URL = re.compile(r"https?://[^\s?#]+")


class SettingsError(Exception):
    """A setting is missing, unknown, malformed or dangerous. The message never holds its value."""


def _seconds(value: object) -> object:
    try:
        return timedelta(seconds=float(value)) if isinstance(value, int | float | str) else value
    except (ValueError, OverflowError):
        raise ValueError("must be a number of seconds") from None


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _limit(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return None if value in {"", "off"} else parse(value)
    except ValueError:
        raise ValueError("must be a limit, such as 5/15minutes, or off") from None


class LinkPurpose(Enum):
    """What a link in a mail is for; what was issued for one is good for no other."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"
    CONFIRM_EMAIL_CHANGE = "confirm_email_change"
    UNDO_EMAIL_CHANGE = "undo_email_change"
    LOGIN = "login"


@dataclasses.dataclass(frozen=True, slots=True)
class OAuthClient:
    """A service that may introspect and revoke tokens."""

    id: str
    secret: str = dataclasses.field(repr=False)


def _clients(value: object) -> object:
    if not isinstance(value, str):
        return value
    # In a file they may as well stand on lines.
    pairs = [_CLIENT.fullmatch(pair) for pair in re.split(r"[,\s]+", value.strip()) if pair]
    if None in pairs:
        raise ValueError("must be id:secret, several with commas, of letters, digits and . _ ~ -")
    return tuple(OAuthClient(pair[1], pair[2]) for pair in pairs if pair)


def _link_urls(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in _split(value)]  # type: ignore[attr-defined]
    return {purpose.strip(): url.strip() for purpose, _, url in pairs}


Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split)]
OAuthClients = Annotated[tuple[OAuthClient, ...], NoDecode, BeforeValidator(_clients)]
LinkUrls = Annotated[Mapping[LinkPurpose, str], NoDecode, BeforeValidator(_link_urls)]
Limit = Annotated[RateLimitItem | None, NoDecode, BeforeValidator(_limit)]


class _FileSource(PydanticBaseSettingsSource):
    """Reads a secret from the file that `<NAME>_FILE` names."""

    fields = (
        "database_url",
        "metrics_token",
        "oauth_clients",
        "secret",
        "signing_keys",
        "smtp_url",
        "throttle_url",
    )

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the interface's
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        return (Path(path).read_text("utf-8").strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(None, name)[0] for name in self.fields}  # type: ignore[arg-type]
        return {name: value for name, value in values.items() if value is not None}


class Settings(BaseSettings):
    """Everything that can be set; see `docs/settings.md`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    env: Literal["development", "production"] = "development"
    database_url: str = Field(default="sqlite://authberry.db", repr=False)
    database_pool_size: int = Field(default=10, ge=1)
    viewer_cache: bool = True
    secret: Texts = Field(default=(), repr=False)
    public_url: str = "http://127.0.0.1:8000"
    audience: str = ""
    allowed_origins: Texts = ()

    access_token_ttl: Seconds = Field(default=timedelta(seconds=300), gt=timedelta(0))
    refresh_window: Seconds = Field(
        default=timedelta(seconds=30), ge=timedelta(0), le=timedelta(seconds=300)
    )
    refresh_idle_ttl: Seconds = Field(default=timedelta(days=14), gt=timedelta(0))
    refresh_absolute_ttl: Seconds = Field(default=timedelta(days=90), gt=timedelta(0))
    sessions_per_user: int = Field(default=50, ge=1)
    prune_interval: Seconds = Field(default=timedelta(days=1), ge=timedelta(0))

    signing_algorithm: Literal["ES256", "EdDSA", "RS256", "HS256"] = "ES256"
    signing_keys: str | None = Field(default=None, repr=False)
    signing_key_ttl: Seconds = Field(default=timedelta(days=90), ge=timedelta(hours=1))

    cookie_name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    cookie_domain: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]{1,253}$")
    cookie_path: str | None = Field(default=None, pattern=r"^/[A-Za-z0-9._~/-]*$")
    cookie_samesite: Literal["strict", "lax", "none"] = "strict"

    registration: Literal["open", "closed"] = "open"
    password_min_length: int = Field(default=8, ge=8, le=64)
    breached_passwords_url: str = ""
    roles: Texts = ()
    user_readers: Texts = ()

    service_name: str = Field(default="", max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
    smtp_url: str = Field(default="", repr=False)
    mail_from: str = ""
    mail_templates: Path | None = None
    link_urls: LinkUrls = Field(default_factory=dict)
    link_ttl: Seconds = Field(
        default=timedelta(minutes=30), gt=timedelta(0), le=timedelta(minutes=60)
    )
    login_link_ttl: Seconds = Field(
        default=timedelta(minutes=10), gt=timedelta(0), le=timedelta(minutes=60)
    )
    undo_link_ttl: Seconds = Field(default=timedelta(days=7), gt=timedelta(0))
    email_verification: Literal["off", "optional", "required"] = "optional"
    security_notices: bool = True
    pages: bool = True
    deletion_grace: Seconds = Field(default=timedelta(0), ge=timedelta(0))
    event_ttl: Seconds = Field(default=timedelta(days=90), ge=timedelta(0))
    refresh_event_ttl: Seconds = Field(default=timedelta(days=1), ge=timedelta(0))

    login_attempts: Limit = parse("5/15minutes")
    login_attempts_per_account: Limit = parse("50/hour")
    login_attempts_per_address: Limit = parse("300/15minutes")
    login_attempts_in_all: Limit = parse("3000/minute")
    register_attempts: Limit = parse("20/hour")
    refresh_attempts: Limit = parse("600/minute")
    session_attempts: Limit = parse("60/minute")
    mail_attempts_per_account: Limit = parse("5/hour")
    mail_attempts_per_address: Limit = parse("20/hour")
    mail_attempts_in_all: Limit = parse("1000/hour")
    link_attempts: Limit = parse("60/hour")
    throttle_url: str = Field(default="memory://", repr=False)
    trusted_proxies: Networks = ()

    federation: bool = False
    oauth_clients: OAuthClients = Field(default=(), repr=False)

    graphiql: bool | None = None
    introspection: bool | None = None
    metrics_token: str = Field(default="", repr=False)
    log_format: Literal["console", "json"] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what a host passes first, then the environment, then the files it names."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _FileSource(settings_cls)

    @classmethod
    def load(cls, **values: object) -> "Settings":
        """Read the environment.

        Raises:
            SettingsError: one line that names each setting at fault, and no value.
        """
        refuse_unknown(os.environ)
        _refuse_doubled(os.environ)
        try:
            return cls(**values)  # type: ignore[arg-type]
        except ValidationError as error:
            lines = (f"{setting}: {problem}" for setting, problem in problems(error).items())
            raise SettingsError("; ".join(lines)) from None
        except (OSError, UnicodeDecodeError) as error:
            message = f"an {PREFIX}*_FILE names a file that cannot be read: {type(error).__name__}"
            raise SettingsError(message) from None

    # These two say nothing of what they were given: where a password has an unescaped sign in it,
    # any part of the URL may be the password.
    @field_validator("database_url", mode="after")
    @classmethod
    def _is_a_database(cls, url: str) -> str:
        if not _DATABASE_URL.fullmatch(url):
            raise ValueError(
                "must be sqlite://path or postgresql://user:password@host:port/name,"
                " the password percent-encoded"
            )
        return url

    @field_validator("throttle_url", mode="after")
    @classmethod
    def _is_a_throttle_store(cls, url: str) -> str:
        if not _THROTTLE_URL.fullmatch(url):
            raise ValueError("must be memory:// or valkey://user:password@host:port/number")
        return url

    @field_validator("smtp_url", mode="after")
    @classmethod
    def _is_a_mail_server(cls, url: str) -> str:
        if url and not _SMTP_URL.fullmatch(url):
            raise ValueError(
                "must be smtp://user:password@host:587 or smtps://user:password@host:465,"
                " the password percent-encoded"
            )
        return url

    @field_validator("breached_passwords_url", mode="after")
    @classmethod
    def _is_a_range_service(cls, url: str) -> str:
        if url and not _RANGE_URL.fullmatch(url):
            raise ValueError("must be an https URL, such as https://api.pwnedpasswords.com")
        return url.rstrip("/")

    @field_validator("mail_from", mode="after")
    @classmethod
    def _is_a_sender(cls, sender: str) -> str:
        if sender and (not sender.isprintable() or "@" not in parseaddr(sender)[1]):
            raise ValueError("must be an address, such as Example <no-reply@example.com>")
        return sender

    @field_validator("mail_templates", mode="after")
    @classmethod
    def _is_a_folder(cls, folder: Path | None) -> Path | None:
        if folder is not None and not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
            raise ValueError("must name a folder that can be read")
        return folder

    @field_validator("link_urls", mode="after")
    @classmethod
    def _are_pages(cls, urls: Mapping[LinkPurpose, str]) -> Mapping[LinkPurpose, str]:
        for url in urls.values():
            if url.count("{token}") != 1 or origin_of(url.replace("{token}", "")) is None:
                raise ValueError("each must be an http or https URL with {token} in it once")
        return urls

    @field_validator("public_url", mode="after")
    @classmethod
    def _without_trailing_slash(cls, url: str) -> str:
        # Its path is the cookie's, which a semicolon would end.
        if origin_of(url) is None or re.search(r"[^!-~]|[?#;]", url):
            raise ValueError("must be an http or https URL")
        return url.rstrip("/")

    @field_validator("allowed_origins", mode="after")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin_of(origin) != origin:
                raise ValueError("each must be an exact origin, such as https://app.example.com")
        return origins

    @model_validator(mode="after")
    def _idle_is_not_longer(self) -> "Settings":
        if self.refresh_idle_ttl > self.refresh_absolute_ttl:
            raise ValueError("REFRESH_IDLE_TTL: must not be longer than the absolute limit")
        return self

    @model_validator(mode="after")
    def _readers_have_roles(self) -> "Settings":
        if not all(self.knows_role(role) for role in self.user_readers):
            raise ValueError("USER_READERS: must be among the roles that ROLES lists")
        return self

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> "Settings":
        if self.smtp_url and not self.mail_from:
            raise ValueError("MAIL_FROM: is required with SMTP_URL")
        if self.email_verification == "required" and not self.sends_mail:
            raise ValueError("EMAIL_VERIFICATION: needs SMTP_URL, or nobody could log in")
        return self

    @property
    def sends_mail(self) -> bool:
        """Whether mail goes anywhere: to a server or, in development, to the console."""
        return bool(self.smtp_url) or not self.is_production

    @property
    def shows_mail(self) -> bool:
        """Whether a browser gets the mails that were printed, since there is no server for them."""
        return not self.is_production and not self.smtp_url

    @property
    def is_production(self) -> bool:
        """Whether dangerous settings are refused."""
        return self.env == "production"

    @property
    def is_https(self) -> bool:
        """Whether people reach this service over TLS."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """The origin of the service's own pages."""
        return origin_of(self.public_url) or self.public_url

    @property
    def service(self) -> str:
        """What people know the service by: its name or, without one, its host."""
        return self.service_name or self.origin.partition("://")[2]

    @property
    def path(self) -> str:
        """The path of the public URL, under which every route lies; empty at the root."""
        return urlsplit(self.public_url).path

    @property
    def refresh_cookie_path(self) -> str:
        """The path that browsers send the refresh token cookie to, and whatever is below it."""
        return self.cookie_path or self.path or "/"

    @property
    def token_audience(self) -> str:
        """The `aud` of access tokens."""
        return self.audience or self.public_url

    @property
    def shows_graphiql(self) -> bool:
        """Whether a browser gets GraphiQL."""
        return not self.is_production if self.graphiql is None else self.graphiql

    @property
    def shows_metrics(self) -> bool:
        """Whether there is anything at `/metrics`; in production it takes a token."""
        return not self.is_production or bool(self.metrics_token)

    @property
    def allows_introspection(self) -> bool:
        """Whether clients may ask for the schema."""
        return not self.is_production if self.introspection is None else self.introspection

    def knows_role(self, role: str) -> bool:
        """Whether there is such a role; where none are listed, any may be."""
        return not self.roles or role in self.roles

    def under(self, path: str) -> "Settings":
        """The same settings, but for a public URL that goes on with `path`."""
        return self.model_copy(update={"public_url": self.public_url + path})

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The server's secrets: as configured or, in development, made once and kept in a file."""
        return self.secret or (_development_secret(self._secret_file),)

    @property
    def _secret_file(self) -> Path:
        scheme, _, path = self.database_url.partition("://")
        beside = Path(path.partition("?")[0]) if scheme == "sqlite" else Path("authberry.db")
        return beside.with_suffix(".secret")


def refuse_unknown(environ: Mapping[str, str]) -> None:
    """Refuse any `AUTHBERRY_` name that is not a setting; raises `SettingsError`."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in _FileSource.fields}
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"no such setting: {', '.join(unknown)}")


def _refuse_doubled(environ: Mapping[str, str]) -> None:
    """Refuse a secret that is given twice, of which one would be ignored."""
    for field in _FileSource.fields:
        name = f"{PREFIX}{field.upper()}"
        if name in environ and f"{name}_FILE" in environ:
            raise SettingsError(f"{name}: {name}_FILE is set as well, remove one of them")


def problems(error: ValidationError) -> dict[str, str]:
    """Name each setting at fault with the first thing wrong with it, and no value."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_context=False):
        message = str(one["msg"]).removeprefix("Value error, ")
        if one["loc"]:
            found.setdefault(f"{PREFIX}{one['loc'][0]}".upper(), message)
        else:
            # It is about several: the message begins with the one to change.
            setting, _, problem = message.partition(": ")
            found.setdefault(f"{PREFIX}{setting}", problem)
    return found


def origin_of(url: str) -> str | None:
    """Return the origin of `url` as browsers write it, or None if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.lower().removesuffix(f":{port}")
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        return None
    suffix = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{suffix}"


def _development_secret(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _written_secret(file)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        secret = secrets.token_urlsafe(48)
        out.write(secret + "\n")
    return secret


def _written_secret(file: Path) -> str:
    """Read a secret that another process may be about to write."""
    for _ in range(100):
        if secret := file.read_text("ascii").strip():
            return secret
        time.sleep(0.01)
    raise SettingsError(f"{file} is empty: delete it, or write a secret to it")
