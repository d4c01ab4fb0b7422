"""All settings together, and how they are read.

Every name is `AUTHBERRY_` and the field's name in capitals; a secret may stand in a file instead,
named by the same with `_FILE` behind it. Durations are seconds. A name that does not exist is an
error, since a setting that is silently ignored is worse than one that is refused. One that is set
and empty is not set.
"""

import os
from collections.abc import Iterable
from typing import Self

from pydantic import ValidationError

from authberry.settings.accounts import AccountSettings
from authberry.settings.cookies import CookieSettings
from authberry.settings.factors import FactorSettings
from authberry.settings.limits import LimitSettings
from authberry.settings.mail import MailSettings
from authberry.settings.operation import OperationSettings
from authberry.settings.retention import RetentionSettings
from authberry.settings.service import ServiceSettings
from authberry.settings.sessions import SessionSettings
from authberry.settings.sources import (
    SettingsError,
    problems,
    refuse_doubled,
    unknown_among,
)


# Pydantic takes the fields of the last one first, and says what is wrong with them in that order.
class Settings(
    OperationSettings,
    LimitSettings,
    RetentionSettings,
    MailSettings,
    FactorSettings,
    AccountSettings,
    CookieSettings,
    SessionSettings,
    ServiceSettings,
):
    """Everything that can be set; see `docs/settings.md`."""

    @classmethod
    def load(cls, **values: object) -> Self:
        """Read the environment.

        Raises:
            SettingsError: one line that names each setting at fault, and no value.
        """
        if unknown := unknown_settings(os.environ):
            raise SettingsError(f"no such setting: {', '.join(unknown)}")
        refuse_doubled(os.environ)
        try:
            return cls(**values)  # type: ignore[arg-type]
        except ValidationError as error:
            lines = (f"{setting}: {problem}" for setting, problem in problems(error).items())
            raise SettingsError("; ".join(lines)) from None


def unknown_settings(names: Iterable[str]) -> list[str]:
    """Return the `AUTHBERRY_` names that are no settings, sorted."""
    return unknown_among(names, Settings.model_fields)
