"""The mails that are sent, and how they are rendered: a text and a page, in each language.

Templates are Jinja's, in a sandbox, since an operator may have others write them. One folder a
language; `AUTHBERRY_MAIL_TEMPLATES` names a folder of the same form whose files are taken first.

No template of ours says a person's name, nor what a client says of itself: strangers can have
mails sent to an address that is not theirs, and would choose what those say.
"""

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from authberry.mail.filters import FILTERS
from authberry.mail.languages import DEFAULT, preferred
from authberry.settings import Settings

OURS = Path(__file__).parent / "templates"
SUFFIXES = (".txt", ".html")
_GAP = re.compile(r"\n{3,}")


class MailKind(Enum):
    """What a mail is about; its templates are called so."""

    VERIFY_EMAIL = "verify_email"
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"
    CONFIRM_EMAIL_CHANGE = "confirm_email_change"
    EMAIL_CHANGED = "email_changed"
    LOGIN_LINK = "login_link"
    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"
    TOKEN_REUSED = "token_reused"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_REPLACED = "recovery_codes_replaced"
    FACTOR_RESET = "factor_reset"
    FACTOR_RESET_SCHEDULED = "factor_reset_scheduled"
    FACTORS_RESET = "factors_reset"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    ACCOUNT_LINK_ASKED = "account_link_asked"
    ACCOUNT_HANDOVER = "account_handover"
    DELETION_SCHEDULED = "deletion_scheduled"
    ACCOUNT_DELETED = "account_deleted"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail as it is sent: subject, text and page."""

    subject: str
    text: str
    html: str
    language: str


class BrokenTemplate(Exception):
    """A template is broken; the message says which and how, and nothing of what was to be said."""


class MailRenderer:
    """Renders mails from their templates."""

    def __init__(self, settings: Settings) -> None:
        """Find the templates."""
        folders = [*([settings.mail_templates] if settings.mail_templates else []), OURS]
        self._environment = _environment(folders) if settings.mail_templates else _ours()
        named = (folder.name for root in folders for folder in root.iterdir() if folder.is_dir())
        self._folders = {name.lower(): name for name in named}
        self.languages = frozenset(self._folders)
        self._service = settings.service

    def language(self, chosen: str | None, accepted: str | None) -> str:
        """The person's own choice or, without one, what the request accepts."""
        return preferred(chosen or accepted, self.languages)

    def render(self, kind: MailKind, language: str, values: Mapping[str, object]) -> RenderedMail:
        """Fill the templates in; the first line of the text is the subject.

        A language that an operator has added, and that lacks this mail, is served in English.

        Raises:
            BrokenTemplate: a template is broken, or asks for what is not there.
        """
        try:
            return self._render(kind, language, values)
        except Exception as error:  # noqa: BLE001 - a template does whatever its author thought of
            raise BrokenTemplate(_problem(error)) from None

    def _render(self, kind: MailKind, language: str, values: Mapping[str, object]) -> RenderedMail:
        try:
            in_text, in_html = self._templates(kind, language)
        except TemplateNotFound:
            language = DEFAULT
            in_text, in_html = self._templates(kind, language)
        known = {**values, "service": self._service, "language": language}
        first, _, rest = in_text.render(known).strip().partition("\n")
        subject, text = " ".join(first.split()), _GAP.sub("\n\n", rest.strip())
        return RenderedMail(subject, f"{text}\n", in_html.render(known, subject=subject), language)

    def _templates(self, kind: MailKind, language: str) -> list[Template]:
        folder = self._folders[language]
        names = [f"{folder}/{kind.value}{suffix}" for suffix in SUFFIXES]
        return [self._environment.get_template(name) for name in names]


@cache
def _ours() -> ImmutableSandboxedEnvironment:
    """Our templates, each compiled once for all services of a process."""
    return _environment([OURS])


def _environment(folders: list[Path]) -> ImmutableSandboxedEnvironment:
    """What finds templates in these folders, the first first."""
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    return environment


def _problem(error: Exception) -> str:
    """Where a template is broken, and what Jinja says of it; of other errors only the name."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name} line {error.lineno}: {error.message}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(Path(frame.filename), frame.lineno) for frame in frames]
    where = next(
        (
            f"{file.parent.name}/{file.name} line {line}: "
            for file, line in reversed(lines)
            if file.suffix in SUFFIXES
        ),
        "",
    )
    what = str(error) if isinstance(error, TemplateError) else type(error).__name__
    return f"{where}{what}"
