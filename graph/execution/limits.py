"""How large a document may be, measured in linear time before it is executed.

A fragment is measured once, however often it is spread, so that a chain of fragments which each
spread the next twice costs as many steps as it has lines, and not 2^n.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import reduce

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from authberry.errors import OperationTooComplex
from authberry.graph.context import ONE_CREDENTIAL

MAX_TOKENS = 1000
MAX_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Size:
    """What an operation comes to once its fragments are spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    roots: int = 0
    credentials: int = 0

    def combined_with(self, other: "Size") -> "Size":
        """Both in one selection set: the deeper of the depths, the sum of all else."""
        sums = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        return Size(**{**sums, "depth": max(self.depth, other.depth)})


LIMITS = Size(depth=20, fields=500, aliases=30, directives=30, roots=20, credentials=1)
"""The introspection query of GraphiQL, the largest there is, has depth 15 and some 100 fields."""

_REFUSALS = {
    "depth": "The operation is nested more than {} levels deep.",
    "fields": "The operation selects more than {} fields.",
    "aliases": "The operation has more than {} aliases.",
    "directives": "The operation has more than {} directives.",
    "roots": "The operation has more than {} root fields.",
    "credentials": ONE_CREDENTIAL,
}


def refuse_large(document: DocumentNode, is_credential: Callable[[str], bool]) -> None:
    """Refuse a document if any of its operations is too large.

    Args:
        document: Parsed, and not yet validated: fragments may be unknown or circular.
        is_credential: Whether a root field takes or gives a secret.

    Raises:
        OperationTooComplex: naming the limit.
    """
    measure = _Measure(
        {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        },
        is_credential,
    )
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = measure.selection(node.selection_set)
            for name, refusal in _REFUSALS.items():
                limit = getattr(LIMITS, name)
                if getattr(size, name) > limit:
                    raise OperationTooComplex(refusal.format(limit))


def count_fields(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> int:
    """How many fields a valid operation selects, once its fragments are spread."""
    return _Measure(fragments, lambda _: False).selection(operation.selection_set).fields


class _Measure:
    def __init__(
        self, fragments: Mapping[str, FragmentDefinitionNode], is_credential: Callable[[str], bool]
    ) -> None:
        self._fragments = fragments
        self._is_credential = is_credential
        self._spread: dict[str, Size] = {}

    def selection(self, selection_set: SelectionSetNode) -> Size:
        return reduce(Size.combined_with, map(self._node, selection_set.selections), Size())

    def _node(self, node: SelectionNode) -> Size:
        directives = Size(directives=len(node.directives or ()))
        if isinstance(node, FieldNode):
            return directives.combined_with(self._field(node))
        if isinstance(node, InlineFragmentNode):
            return directives.combined_with(self.selection(node.selection_set))
        if isinstance(node, FragmentSpreadNode):
            return directives.combined_with(self._fragment(node.name.value))
        return directives

    def _field(self, node: FieldNode) -> Size:
        below = self.selection(node.selection_set) if node.selection_set else Size()
        return Size(
            depth=below.depth + 1,
            fields=below.fields + 1,
            aliases=below.aliases + (node.alias is not None),
            directives=below.directives,
            roots=1,
            credentials=int(self._is_credential(node.name.value)),
        )

    def _fragment(self, name: str) -> Size:
        if name not in self._spread:
            # A circle, which validation refuses, ends here.
            self._spread[name] = Size()
            if fragment := self._fragments.get(name):
                self._spread[name] = self.selection(fragment.selection_set)
        return self._spread[name]
