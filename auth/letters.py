"""The mails that are sent, and how they are written: a text and a page, in each language.

Templates are Jinja's, in a sandbox, since an operator may have others write them. One folder a
language; `AUTHBERRY_MAIL_TEMPLATES` names a folder of the same form whose files are taken first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from authberry.languages import preferred
from authberry.settings import Settings

OURS = Path(__file__).parent / "templates"


class Letter(Enum):
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
    DELETION_SCHEDULED = "deletion_scheduled"
    ACCOUNT_DELETED = "account_deleted"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Written:
    """A mail in words."""

    subject: str
    text: str
    html: str
    language: str


class Letters:
    """Writes mails."""

    def __init__(self, settings: Settings) -> None:
        """Find the templates."""
        folders = [*([settings.mail_templates] if settings.mail_templates else []), OURS]
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.languages = frozenset(
            folder.name for root in folders for folder in root.iterdir() if folder.is_dir()
        )
        self._service = settings.service

    def language(self, chosen: str | None, accepted: str | None) -> str:
        """The person's own choice or, without one, what the request accepts."""
        return preferred(chosen or accepted, self.languages)

    def write(self, letter: Letter, language: str, values: Mapping[str, object]) -> Written:
        """Fill the templates in; the first line of the text is the subject.

        Raises:
            jinja2.TemplateError: a template is missing, broken, or asks for what is not there.
        """
        known = {**values, "service": self._service, "language": language}
        subject, _, text = self._render(letter, language, "txt", known).partition("\n")
        html = self._render(letter, language, "html", {**known, "subject": subject.strip()})
        return Written(" ".join(subject.split()), text.strip() + "\n", html, language)

    def _render(
        self, letter: Letter, language: str, kind: str, values: Mapping[str, object]
    ) -> str:
        return self._environment.get_template(f"{language}/{letter.value}.{kind}").render(values)
