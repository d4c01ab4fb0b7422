"""Documents: parsed, measured and validated once, then remembered."""

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from authberry.errors import BadRequest, ErrorCode, OperationTooComplex
from authberry.graph.errors import as_error, reword
from authberry.graph.execution.limits import MAX_ERRORS, MAX_TOKENS, refuse_large
from authberry.graph.fields import credential_fields
from authberry.graph.strawberry_internals import TOKEN_LIMIT_REACHED

CACHED_DOCUMENTS = 128
CACHED_LENGTH = 2048
"""Longer documents are not remembered, so that strangers cannot fill the memory with them."""
TOO_LARGE = f"The document has more than {MAX_TOKENS} tokens, or is nested too deep."


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document with the errors of its validation."""

    document: DocumentNode
    errors: list[GraphQLError]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Choose the operation to run (GraphQL, section 6.1, GetOperation).

        Raises:
            GraphQLError: there is none of that name, or several and no name.
        """
        operations = [
            node for node in self.document.definitions if isinstance(node, OperationDefinitionNode)
        ]
        if name is None and len(operations) == 1:
            return operations[0]
        if name is None and operations:
            raise as_error(BadRequest("Name one of the operations in `operationName`."))
        for operation in operations:
            if operation.name and operation.name.value == name:
                return operation
        raise as_error(BadRequest("The document has no such operation."))


class DocumentCache:
    """The documents of one schema; the oldest is forgotten first."""

    def __init__(self, *, introspection: bool) -> None:
        """Remember nothing yet.

        Args:
            introspection: Whether clients may ask for the schema, and are helped by suggestions.
        """
        self._introspection = introspection
        self._checked: dict[str, CheckedDocument] = {}
        self._credentials: frozenset[str] | None = None

    def check(self, schema: GraphQLSchema, text: str) -> CheckedDocument:
        """Parse, measure and validate.

        Raises:
            GraphQLError: it cannot be parsed, or is too large.
        """
        checked = self._checked.get(text)
        if checked is None:
            checked = self._check(schema, text)
            if len(text) <= CACHED_LENGTH:
                if len(self._checked) >= CACHED_DOCUMENTS:
                    del self._checked[next(iter(self._checked))]
                self._checked[text] = checked
        return checked

    def _check(self, schema: GraphQLSchema, text: str) -> CheckedDocument:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
            refuse_large(document, self._credential_fields(schema).__contains__)
            return CheckedDocument(document, self._validate(schema, document))
        except GraphQLError as error:
            if error.message.endswith(TOKEN_LIMIT_REACHED):
                raise as_error(OperationTooComplex(TOO_LARGE)) from None
            reword(error, schema, None)
            error.extensions = {"code": ErrorCode.GRAPHQL_PARSE_FAILED.value}
            raise
        except OperationTooComplex as refusal:
            raise as_error(refusal) from None
        except RecursionError:
            raise as_error(OperationTooComplex(TOO_LARGE)) from None

    def _validate(self, schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
        rules = list(specified_rules)
        if not self._introspection:
            rules.append(NoSchemaIntrospectionCustomRule)
        errors = validate(
            schema, document, rules, MAX_ERRORS, hide_suggestions=not self._introspection
        )
        for error in errors:
            reword(error, schema, document)
        return _merge_repeated(errors)

    def _credential_fields(self, schema: GraphQLSchema) -> frozenset[str]:
        """The root fields that take or give a secret, under the names they have in this schema."""
        if self._credentials is None:
            self._credentials = credential_fields(schema)
        return self._credentials


def _merge_repeated(errors: Iterable[GraphQLError]) -> list[GraphQLError]:
    """Say each thing once, with every place of it: a mistake repeated makes no longer answer."""
    same: dict[str, list[GraphQLError]] = {}
    for error in errors:
        same.setdefault(error.message, []).append(error)
    extensions = {"code": ErrorCode.GRAPHQL_VALIDATION_FAILED.value}
    return [
        GraphQLError(
            message, [node for one in ones for node in one.nodes or ()], extensions=extensions
        )
        for message, ones in same.items()
    ]
