"""The columns of a table: listed for a statement, and read from a row into an instance."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from tortoise.models import Model

from authberry.models import tortoise_internals
from authberry.models.database import Row

M = TypeVar("M", bound=Model)


@cache
def columns(model: type[Model]) -> list[str]:
    """Return the columns of a table, in its order; complete once a database was opened."""
    return tortoise_internals.columns(model)


def listed(model: type[Model], table: str, prefix: str = "") -> str:
    """Return what a SELECT lists to get every column of `table`, each named with `prefix`."""
    return ", ".join(f"{table}.{name} AS {prefix}{name}" for name in columns(model))


def decode(model: type[M], row: Row, prefix: str = "") -> M:
    """Make an instance of the columns of a row that are named with `prefix`."""
    from_row, names = _decoder(model, prefix)
    instance: M = from_row(**{name: row[column] for name, column in names})
    return instance


@cache
def _decoder(model: type[Model], prefix: str) -> tuple[Callable[..., Any], list[tuple[str, str]]]:
    """What makes an instance, and the name of each of its columns without and with `prefix`."""
    names = [(name, prefix + name) for name in columns(model)]
    return tortoise_internals.model_from_row(model), names
