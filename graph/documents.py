"""Documents: parsed, measured and validated once, then remembered."""

from collections.abc import Iterator
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
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter

from authberry.errors import BadRequest, ErrorCode, OperationTooComplex
from authberry.graph.errors import as_error
from authberry.graph.fields import AuthField
from authberry.graph.limits import MAX_ERRORS, MAX_TOKENS, refuse_large

CACHED_DOCUMENTS = 128
CACHED_LENGTH = 2048
"""Longer documents are not remembered, so that strangers cannot fill the memory with them."""
TOO_LARGE = f"The document has more than {MAX_TOKENS} tokens, or is nested too deep."


@dataclass(frozen=True, slots=True)
class Checked:
    """A document with the errors of its validation."""

    document: DocumentNode
    errors: list[GraphQLError]

    @property
    def operations(self) -> int:
        """How many there are to choose from."""
        nodes = self.document.definitions
        return sum(isinstance(node, OperationDefinitionNode) for node in nodes)


class Documents:
    """The documents of one schema; the oldest is forgotten first."""

    def __init__(self, *, introspection: bool) -> None:
        """Remember nothing yet.

        Args:
            introspection: Whether clients may ask for the schema, and are helped by suggestions.
        """
        self._introspection = introspection
        self._checked: dict[str, Checked] = {}
        self._credentials: frozenset[str] | None = None

    def check(self, schema: GraphQLSchema, text: str) -> Checked:
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

    def _check(self, schema: GraphQLSchema, text: str) -> Checked:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
            refuse_large(document, self._credential_fields(schema).__contains__)
            return Checked(document, self._validate(schema, document))
        except GraphQLError as error:
            if error.message.endswith("Parsing aborted."):
                raise as_error(OperationTooComplex(TOO_LARGE)) from None
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
            error.extensions = {"code": ErrorCode.GRAPHQL_VALIDATION_FAILED.value}
        return errors

    def _credential_fields(self, schema: GraphQLSchema) -> frozenset[str]:
        """The root fields that take or give a secret, under the names they have in this schema."""
        if self._credentials is None:
            roots = [schema.mutation_type, schema.query_type]
            self._credentials = frozenset(
                name
                for root in roots
                if root is not None
                for name, field in root.fields.items()
                for extension in field.extensions[
                    GraphQLCoreConverter.DEFINITION_BACKREF
                ].extensions
                if isinstance(extension, AuthField) and extension.credential
            )
        return self._credentials


class DocumentsExtension(SchemaExtension):
    """Puts `Documents` in the place of Strawberry's own parsing and validation."""

    def __init__(self, documents: Documents) -> None:
        """Serve one operation; a factory makes one for each."""
        super().__init__()
        self._documents = documents
        self._errors: list[GraphQLError] = []

    def on_parse(self) -> Iterator[None]:
        """Take the checked document."""
        context = self.execution_context
        # Read before there is a document, of which Strawberry would name, and run, the first.
        wanted = context.operation_name
        checked = self._documents.check(context.schema._schema, context.query or "")  # noqa: SLF001
        context.graphql_document = checked.document
        self._errors = checked.errors
        if wanted is None and checked.operations > 1:
            # GraphQL, section 6.1: GetOperation.
            raise as_error(BadRequest("Name one of the operations in `operationName`."))
        yield

    def on_validate(self) -> Iterator[None]:
        """Say what its validation found."""
        self.execution_context.pre_execution_errors = self._errors
        yield
