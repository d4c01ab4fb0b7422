"""Settings: what is mailed to people, by which server, and where the links in it lead."""

import os
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from authberry.settings.service import ServiceSettings
from authberry.settings.urls import LinkUrls, SmtpUrl
from authberry.settings.values import Seconds


def _sender(sender: str) -> str:
    if sender and (not sender.isprintable() or "@" not in parseaddr(sender)[1]):
        raise ValueError("must be an address, such as Example <no-reply@example.com>")
    return sender


def _folder(folder: Path | None) -> Path | None:
    if folder is not None and not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
        raise ValueError(f"must name a folder that can be read, which {folder} is not")
    return folder


class MailSettings(ServiceSettings):
    """Mails, and the pages that their links lead to."""

    service_name: str = Field(default="", max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
    smtp_url: SmtpUrl = Field(default="", repr=False)
    mail_from: Annotated[str, AfterValidator(_sender)] = ""
    mail_templates: Annotated[Path | None, AfterValidator(_folder)] = None
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
    pages_transport: Literal["COOKIE", "SESSION"] = "COOKIE"

    @property
    def service(self) -> str:
        """What people know the service by: its name or, without one, its host."""
        return self.service_name or self.origin.partition("://")[2]

    @property
    def sends_mail(self) -> bool:
        """Whether mail goes anywhere: to a server or, in development, to the console."""
        return bool(self.smtp_url) or not self.is_production

    @property
    def shows_mail(self) -> bool:
        """Whether a browser gets the mails that were printed, since there is no server for them."""
        return not self.is_production and not self.smtp_url

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.smtp_url and not self.mail_from:
            raise ValueError("MAIL_FROM: is required with SMTP_URL")
        if self.email_verification == "required" and not self.sends_mail:
            raise ValueError("EMAIL_VERIFICATION: needs SMTP_URL, or nobody could log in")
        return self
