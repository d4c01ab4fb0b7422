"""Where settings come from, and what is said when there is something wrong with them.

A host passes values; the environment has the others, or names the file that a secret stands in.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "AUTHBERRY_"
IN_FILES = (
    "database_url",
    "metrics_token",
    "oauth_clients",
    "secret",
    "signing_keys",
    "smtp_url",
    "throttle_url",
)
"""The settings that may stand in a file, which `<NAME>_FILE` names."""


class SettingsError(Exception):
    """A setting is missing, unknown, malformed or dangerous. The message never holds its value."""


class _FileSource(PydanticBaseSettingsSource):
    """Reads a secret from the file that `<NAME>_FILE` names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the interface's
        name = f"{variable(field_name)}_FILE"
        path = os.environ.get(name)
        return (read_secret(name, path) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(None, name)[0] for name in IN_FILES}  # type: ignore[arg-type]
        return {name: value for name, value in values.items() if value is not None}


def read_secret(name: str, path: str) -> str:
    """Read the file that the variable `name` names, without the white space around its text.

    Raises:
        SettingsError: it cannot be read, or is empty.
    """
    try:
        if text := Path(path).read_text("utf-8").strip():
            return text
        problem = "is empty"
    except UnicodeDecodeError:
        problem = "is not text in UTF-8"
    except ValueError:
        problem = "has no possible name"
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    raise SettingsError(
        f"{name}: names {_shown(path)}, which {problem}."
        " Check that it is there, and that this user may read it"
    )


def _shown(path: str) -> str:
    """A path, or no word of what may be a secret that was put in its place."""
    folders = [one for one in Path(path).parents if str(one) not in {"/", "."}]
    try:
        is_path = any(folder.is_dir() for folder in folders)
    except (OSError, ValueError):
        is_path = False
    return path if is_path and path.isprintable() else "a file"


class FromEnvironment(BaseSettings):
    """What a host passes, else what the environment says, else what stands in a file it names.

    A group of settings inherits from this one; `Settings` inherits from all groups.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

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


def variable(field: str) -> str:
    """Return the name that a setting has in the environment."""
    return f"{PREFIX}{field.upper()}"


def unknown_among(names: Iterable[str], fields: Iterable[str]) -> list[str]:
    """Return the `AUTHBERRY_` names that belong to none of the fields, sorted."""
    known = {variable(field) for field in fields}
    known |= {f"{variable(field)}_FILE" for field in IN_FILES}
    return sorted(name for name in names if name.startswith(PREFIX) and name not in known)


def refuse_doubled(environ: Mapping[str, str], others: Iterable[str] = ()) -> None:
    """Refuse a secret given twice, of which one would be ignored; raises `SettingsError`.

    Args:
        environ: Where they are.
        others: The variables for which a file may stand in, beside those of `IN_FILES`.
    """
    for name in (*map(variable, IN_FILES), *others):
        if environ.get(name) and environ.get(f"{name}_FILE"):
            raise SettingsError(f"{name}: {name}_FILE is set as well, remove one of them")


def problems(error: ValidationError) -> dict[str, str]:
    """Name each setting at fault with the first thing wrong with it, and no value."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_context=False):
        message = str(one["msg"]).removeprefix("Value error, ")
        if one["loc"][:1] == ("providers",):
            found.setdefault(*_of_a_provider(one["loc"][1:], message))
        elif one["loc"]:
            found.setdefault(f"{PREFIX}{one['loc'][0]}".upper(), message)
        else:
            # It is about several: the message begins with the one to change.
            setting, _, problem = message.partition(": ")
            found.setdefault(f"{PREFIX}{setting}", problem)
    return found


def _of_a_provider(place: tuple[int | str, ...], message: str) -> tuple[str, str]:
    """Name the option of a provider at fault: where it is, or the message begins with it."""
    if not place or "[key]" in place:
        return f"{PREFIX}PROVIDERS", message
    option, problem = (str(place[1]), message) if place[1:] else message.split(": ", 1)
    return f"{PREFIX}PROVIDER_{place[0]}_{option}".upper(), problem
