"""What graphql-core says of a document and its variables, without the values that were sent.

It quotes what it refuses: a password that is a number, a variable, the text behind a quotation mark
that is missing. Answers are kept where passwords are not: in reports of errors, in proxies' logs.
"""

import re
from functools import lru_cache
from typing import Any

from graphql import (
    BREAK,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    ListValueNode,
    NamedTypeNode,
    NameNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)

INCREMENTAL = "`@defer` and `@stream` are not served: an answer comes whole."
OF_ANOTHER_TYPE = "The value of '{name}' is not of the type '{type}'."
SOMEWHERE = "A value is not of the type that its place has."
HIDDEN = "'...'"

_NOTHING_SENT = re.compile(
    r"Variable '\$\w+' has invalid value:"
    r" Expected (?:a )?value of non-null type '[\w\[\]!]+' (?:to be provided|not to be None)\."
)
_WITHOUT_QUOTATION = re.compile(
    r"Syntax Error: "
    r"(?:(?<!String )'(?:[!$&():=@\[\]{|}]|\.\.\.|on)'|[^'\":]|:(?!\s))*"
)
_SUGGESTION = re.compile(r" Did you mean (?:the enum value )?'\w+'(?:, '\w+')*(?:,? or '\w+')?\?$")
_FOUND = re.compile(r", found:? .*", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'")
_MAY_QUOTE = (ArgumentNode, NameNode, ObjectFieldNode, VariableNode)
_NAMING = (FieldNode, OperationDefinitionNode, FragmentDefinitionNode, NamedTypeNode, DirectiveNode)


def reword(error: GraphQLError, schema: GraphQLSchema, document: DocumentNode | None) -> None:
    """Let an error of graphql-core say what is wrong, and where, and repeat no value.

    Names stay, where they are names: those of the schema, and the document's own of fields, types,
    fragments, operations, directives and declared variables.
    """
    message = _reworded(error, schema, document)
    if message != error.message:
        error.message, error.args = message, (message,)
        error.original_error = None  # which says the same, with the value


def _reworded(error: GraphQLError, schema: GraphQLSchema, document: DocumentNode | None) -> str:
    message = error.message
    match error.nodes[0] if error.nodes else None:
        case None if isinstance(error, GraphQLSyntaxError):
            message = _without_quotation(message)
        case DirectiveNode() as node if _is_incremental(node, schema):
            message = INCREMENTAL
        case VariableDefinitionNode() as node if _repeats_a_variable(message):
            name, kind = f"${node.variable.name.value}", print_ast(node.type)
            suggestion = _suggestion(message, schema)
            message = OF_ANOTHER_TYPE.format(name=name, type=kind) + suggestion
        case node if isinstance(node, _MAY_QUOTE):
            message = _with_names(message, _names_of(schema) | _names_in(document))
        case ValueNode() as node:
            place = _Place(node, schema)
            if document is not None:
                visit(document, TypeInfoVisitor(place.types, place))
            if place.found is not node:
                error.nodes = [place.found]
            message = place.message + _suggestion(message, schema)
    return message


def _repeats_a_variable(message: str) -> bool:
    return " invalid " in message and not _NOTHING_SENT.fullmatch(message)


def _suggestion(message: str, schema: GraphQLSchema) -> str:
    """What a message suggests at its end, if that is made of the schema's names."""
    found = _SUGGESTION.search(message)
    names = _QUOTED.findall(found[0]) if found else []
    return found[0] if found and _names_of(schema).issuperset(names) else ""


def _without_quotation(message: str) -> str:
    """Cut a message where it begins to quote; punctuation of the language is no quotation."""
    found = _WITHOUT_QUOTATION.match(message)
    kept = found[0] if found else ""
    return message if kept == message else kept.rstrip(" ,.") + "."


def _with_names(message: str, names: frozenset[str]) -> str:
    """Hide what is quoted, unless it is made of these names, and what was found instead."""

    def replace(quoted: re.Match[str]) -> str:
        parts = re.findall(r"\w+", quoted[1])
        return quoted[0] if names.issuperset(parts) else HIDDEN

    return _QUOTED.sub(replace, _FOUND.sub(".", message))


def _is_incremental(node: DirectiveNode, schema: GraphQLSchema) -> bool:
    name = node.name.value
    return name in {"defer", "stream"} and schema.get_directive(name) is None


@lru_cache(maxsize=8)
def _names_of(schema: GraphQLSchema) -> frozenset[str]:
    """Every name that the schema has."""
    names = set(schema.type_map) | {directive.name for directive in schema.directives}
    for directive in schema.directives:
        names |= set(directive.args)
    for kind in schema.type_map.values():
        for name, field in getattr(kind, "fields", {}).items():
            names |= {name, *getattr(field, "args", ())}
        names |= set(getattr(kind, "values", ()))
    return frozenset(names)


def _names_in(document: DocumentNode | None) -> frozenset[str]:
    """The names that a document gives and uses, those in the place of values left out."""
    names = _Names()
    if document is not None:
        visit(document, names)
    return frozenset(names.found)


class _Names(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter(self, node: Node, *_: Any) -> None:
        if isinstance(node, _NAMING) and node.name is not None:
            self.found.add(node.name.value)
        elif isinstance(node, VariableDefinitionNode):
            self.found.add(node.variable.name.value)


class _Place(Visitor):
    """Finds where in a document a value stands, and what is expected there."""

    def __init__(self, wanted: ValueNode, schema: GraphQLSchema) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.message = SOMEWHERE
        self.found: Node = wanted
        self._wanted = wanted
        self._text = print_ast(wanted)
        self._name = ""

    def enter(self, node: Node, *_: Any) -> Any:
        if isinstance(node, ArgumentNode | ObjectFieldNode):
            self._name = node.name.value
        elif isinstance(node, VariableDefinitionNode):
            self._name = f"${node.variable.name.value}"
        if node is not self._wanted and not self._is_original(node):
            return None
        self.found = node
        is_list = isinstance(node, ListValueNode)  # whose items have the type by now
        expected = self.types.get_parent_input_type() if is_list else self.types.get_input_type()
        if expected is not None:
            self.message = OF_ANOTHER_TYPE.format(name=self._name, type=expected)
        return BREAK

    def _is_original(self, node: Node) -> bool:
        """Whether it is what graphql-core has made a copy of, as of lists, to put variables in."""
        return self._wanted.loc is None and print_ast(node) == self._text
