"""Types that a host has in the place of ours."""

from collections.abc import Mapping
from copy import copy
from dataclasses import MISSING, fields
from types import UnionType, new_class
from typing import Annotated, Any, Union, get_args, get_origin

import strawberry
from strawberry.types.field import StrawberryField

from authberry.graph.fields import GuardExtension
from authberry.graph.strawberry_internals import (
    annotation_of,
    annotation_of_answer,
    definition_of,
    has_object_definition,
    replace_annotation,
)
from authberry.graph.types import User


class TypeMapping:
    """Which types a host has in the place of ours: its `User`, and so all that mention one."""

    def __init__(self, user: type[User], others: Mapping[type, type]) -> None:
        """Begin with what the host gives; the types that mention those are made when met.

        Raises:
            TypeError: `user` is no subclass of ours, or cannot be made from an account alone.
        """
        if not issubclass(user, User):
            raise TypeError("`user` must be a subclass of authberry.graph.User.")
        ours = {field.name for field in fields(User)}
        for field in fields(user):
            has_default = field.default is not MISSING or field.default_factory is not MISSING
            if field.init and field.name not in ours and not has_default:
                raise TypeError(f"{user.__name__}.{field.name} must be a resolver.")
        self._types: dict[type, type] = {User: user, **others}
        self._mentioning: dict[type, tuple[str, ...]] = {}
        """The types that were made because some of their fields, these, mention another."""

    def replace_in_field(self, field: StrawberryField) -> StrawberryField:
        """Return a copy of a field that answers with the host's types."""
        mapped = copy(field)
        replace_annotation(mapped, self.replace_in_annotation(annotation_of_answer(field)))
        mapped.extensions = [
            one.with_conversion(self.convert) if isinstance(one, GuardExtension) else one
            for one in field.extensions
        ]
        return mapped

    def replace_in_annotation(self, annotation: Any) -> Any:
        """Return the same annotation with the host's types in it."""
        if isinstance(annotation, type) and has_object_definition(annotation):
            return self._replacement(annotation)
        args = get_args(annotation)
        match get_origin(annotation):
            case origin if origin is Annotated:
                return Annotated[(self.replace_in_annotation(args[0]), *args[1:])]
            case origin if origin in {Union, UnionType}:
                return Union[tuple(self.replace_in_annotation(arg) for arg in args)]  # noqa: UP007
            case origin if origin is list:
                return list[self.replace_in_annotation(args[0])]  # type: ignore[misc]
        return annotation

    def convert(self, value: Any) -> Any:
        """Return an answer of ours as the host's type."""
        ours = type(value)
        replacement = self._types.get(ours, ours)
        if replacement is ours or getattr(replacement, "takes_ours", False):
            return value
        if ours not in self._mentioning:
            return replacement(
                **{field.name: self.convert(getattr(value, field.name)) for field in fields(value)}
            )
        # Made here, and no other than ours but for what some of its fields hold.
        converted: Any = object.__new__(replacement)
        held = converted.__dict__
        held.update(value.__dict__)
        for name in self._mentioning[ours]:
            held[name] = self.convert(held[name])
        return converted

    def _replacement(self, ours: type) -> type:
        if ours not in self._types:
            changed = {}
            for field in definition_of(ours).fields:
                annotation = annotation_of(field)
                replaced = self.replace_in_annotation(annotation)
                if replaced != annotation:
                    changed[str(field.python_name)] = replaced
            self._types[ours] = _with_annotations(ours, changed) if changed else ours
            if changed:
                self._mentioning[ours] = tuple(changed)
        return self._types[ours]


def _with_annotations(ours: type, annotations: dict[str, Any]) -> type:
    """Make a type like ours with other types for some of its fields."""
    definition = definition_of(ours)
    cls = new_class(
        ours.__name__, (ours,), {}, lambda namespace: namespace.update(__annotations__=annotations)
    )
    return strawberry.type(cls, name=definition.name, description=definition.description)
