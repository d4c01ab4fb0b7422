"""What the environment says of providers: which variables there are, and what stands in them."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from authberry.settings.sources import PREFIX, read_secret

PROVIDERS = f"{PREFIX}PROVIDERS"
OF_A_PROVIDER = f"{PREFIX}PROVIDER_"
IN_FILES = ("client_secret", "private_key")
"""What of a provider may stand in a file, which the same name with `_FILE` points to."""


def provider_names(environ: Mapping[str, str]) -> list[str]:
    """List the providers that are named, as they are written."""
    return [name.strip() for name in environ.get(PROVIDERS, "").split(",") if name.strip()]


def provider_variable(name: str, option: str) -> str:
    """Return the name that an option of a provider has in the environment."""
    return f"{OF_A_PROVIDER}{name}_{option}".upper()


def provider_variables(environ: Mapping[str, str], options: Iterable[str]) -> set[str]:
    """List the variables that may be set of the providers that are named."""
    all_options = [*options, *(f"{one}_file" for one in IN_FILES)]
    return {
        provider_variable(name, option)
        for name in provider_names(environ)
        for option in all_options
    }


def provider_secrets(environ: Mapping[str, str]) -> list[str]:
    """List the variables of those providers for which a file may stand in."""
    return [provider_variable(name, one) for name in provider_names(environ) for one in IN_FILES]


class ProviderSource(PydanticBaseSettingsSource):
    """Reads the options of each provider that is named, unless a host has passed them."""

    def __init__(self, settings_cls: type[BaseSettings], options: Iterable[str]) -> None:
        """Know which options there are."""
        super().__init__(settings_cls)
        self._options = tuple(options)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the interface's
        """Return the options of each, as text."""
        return {name: self._given(name) for name in provider_names(os.environ)}, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return them, if there are any."""
        if "providers" in self.current_state:
            return {}
        value, name, _ = self.get_field_value(None, "providers")  # type: ignore[arg-type]
        return {name: value} if value else {}

    def _given(self, name: str) -> dict[str, str]:
        given = {}
        for option in self._options:
            variable = provider_variable(name, option)
            value = os.environ.get(variable)
            if not value and option in IN_FILES and (path := os.environ.get(f"{variable}_FILE")):
                value = read_secret(f"{variable}_FILE", path)
            if value:
                given[option] = value
        return given
