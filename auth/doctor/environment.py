"""The settings in the environment, read past whatever is wrong with them."""

import difflib
import os
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from authberry.doctor.findings import CORRECT_IT, Finding, from_error
from authberry.settings import (
    PREFIX,
    Settings,
    SettingsError,
    about_providers,
    is_of_a_provider,
    known_settings,
    problems,
    read_secret,
    unknown_settings,
)


def read_settings() -> tuple[Settings | None, list[Finding]]:
    """Read the environment as `Settings.load` does, past what is wrong with it.

    Returns:
        The settings, with the default for each that is invalid, so that the others can be looked
        at; None if that cannot be done. And what is wrong.
    """
    findings = [*_names(), *_files()]
    replaced: dict[str, Any] = {}
    while True:
        try:
            return Settings(**replaced), findings
        except ValidationError as error:
            found = problems(error)
        except SettingsError:  # a file, which is among the findings
            return None, findings
        fields = {_field(setting) for setting in found}
        if fields <= replaced.keys():
            return None, findings
        findings += [Finding("danger", *problem, CORRECT_IT) for problem in found.items()]
        replaced |= {name: _default(name) for name in fields}


def _field(setting: str) -> str:
    return "providers" if is_of_a_provider(setting) else setting.removeprefix(PREFIX).lower()


def _default(field: str) -> Any:
    # Whoever mistypes the environment's name means the strict one.
    default = Settings.model_fields[field].get_default(call_default_factory=True)
    return "production" if field == "env" else default


def _names() -> Iterator[Finding]:
    known = known_settings()
    for name in unknown_settings(os.environ):
        meant = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        otherwise = about_providers() if is_of_a_provider(name) else "Remove it"
        remedy = f"Perhaps {meant[0]} is meant" if meant else otherwise
        yield Finding("danger", name, "is not a setting", remedy)


def _files() -> Iterator[Finding]:
    unknown = unknown_settings(os.environ)
    for name, path in sorted(os.environ.items()):
        if not name.startswith(PREFIX) or not name.endswith("_FILE") or name in unknown:
            continue
        if not path:
            continue
        try:
            read_secret(name, path)
        except SettingsError as error:
            yield from_error(error)
        if os.environ.get(value := name.removesuffix("_FILE")):
            problem = f"does nothing, because {value} is set as well"
            yield Finding("danger", name, problem, "Remove one of them")
