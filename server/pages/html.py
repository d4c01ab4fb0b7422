"""Writing the pages: Jinja's templates, filled in with texts and what the settings allow."""

import json
import math
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from authberry import Settings
from authberry.links import PAGES as LINKS
from authberry.server.pages.assets import needed, served
from authberry.server.pages.texts import LANGUAGES, texts
from authberry.settings import LinkPurpose

FOLDER = Path(__file__).with_name("templates")

OF_ONE_BUTTON = {
    LINKS[LinkPurpose.VERIFY_EMAIL]: "verifyEmail",
    LINKS[LinkPurpose.CONFIRM_EMAIL_CHANGE]: "confirmEmailChange",
    LINKS[LinkPurpose.UNDO_EMAIL_CHANGE]: "undoEmailChange",
    LINKS[LinkPurpose.LOGIN]: "loginWithLink",
    LINKS[LinkPurpose.FACTOR_RESET]: "confirmFactorReset",
    LINKS[LinkPurpose.FACTOR_RESET_CANCEL]: "cancelFactorReset",
}
"""The pages that links lead to, and what their button does."""

PAGES = {
    "": "account.html",
    "register": "register.html",
    "login": "login.html",
    "external": "external.html",
    "prove-account": "prove-account.html",
    "second-step": "second-step.html",
    "enroll": "enroll.html",
    "forgot": "forgot.html",
    "lost-factors": "lost-factors.html",
    LINKS[LinkPurpose.RESET_PASSWORD]: "reset.html",
    **dict.fromkeys(OF_ONE_BUTTON, "link.html"),
}
"""The template of each page."""


class OfferedLogin(NamedTuple):
    """What a button says of a provider."""

    id: str
    name: str
    asks_anew: bool
    """Whether it can have somebody prove once more who they are."""


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write(name: str, settings: Settings, language: str, *, is_chosen: bool) -> str:
    """Write a page.

    Args:
        name: Its last part of the path, which is empty for the account's own.
        settings: What the service is called, and what it allows.
        language: Which of `LANGUAGES`.
        is_chosen: Whether somebody has chosen it, so that links lead to pages in it.
    """
    said = texts(language)
    providers = [
        OfferedLogin(one, provider.label, asks_anew=provider.can_reauthenticate)
        for one, provider in settings.providers.items()
    ]
    search = f"?lang={language}" if is_chosen else ""
    return (
        _environment()
        .get_template(PAGES[name])
        .render(
            page=name or "account",
            act=OF_ONE_BUTTON.get(name),
            language=language,
            languages=LANGUAGES,
            say=said.say,
            texts=said.script,
            to=lambda page: f"{page or './'}{search}",
            asset=lambda file: f"assets/{served(file)}",
            needed=lambda file: [f"assets/{name}" for name in needed(file)],
            service=settings.service,
            is_open=settings.registration == "open",
            sends_mail=settings.sends_mail,
            shortest=settings.password_min_length,
            grace=_days(settings.deletion_grace),
            trust_days=_days(settings.trusted_device_ttl),
            wait_days=_days(settings.factor_reset_wait),
            providers=providers,
            provider_names=json.dumps({one.id: one.name for one in providers}),
            transport=settings.pages_transport,
            home=f"{settings.public_url}/account/",
            passkey_hosts=" ".join(settings.passkey_hosts),
            passkeys_are_elsewhere=settings.passkey_url != settings.public_url,
        )
    )


def _days(duration: timedelta) -> int:
    return math.ceil(duration / timedelta(days=1))
