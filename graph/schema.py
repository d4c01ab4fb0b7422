"""The schema, built from the lists of its fields."""

from datetime import datetime

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type
from strawberry.types.execution import ExecutionContext

from authberry.errors import ErrorCode
from authberry.graph.context import Context
from authberry.graph.documents import Documents, DocumentsExtension
from authberry.graph.errors import masked
from authberry.graph.mutations import MUTATIONS
from authberry.graph.queries import QUERIES
from authberry.graph.types import DateTime

Query = create_type("Query", QUERIES, description="What the person asking may know.")
Mutation = create_type("Mutation", MUTATIONS, description="Logging in, staying in, getting out.")


class Schema(strawberry.Schema):
    """A Strawberry schema that writes no document into any log: documents hold passwords."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Give each error a code, and mask what has none because nobody foresaw it."""
        context = execution_context.context if execution_context else None
        request_id = context.request_id if isinstance(context, Context) else None
        for error in errors:
            if self.config.disable_field_suggestions:
                error.message = error.message.partition(" Did you mean")[0]
            if error.extensions and "code" in error.extensions:
                continue
            cause = error.original_error
            # A variable that does not fit, of which the message repeats the value: never logged.
            if cause is None or (error.path is None and isinstance(cause, GraphQLError)):
                error.extensions = {"code": ErrorCode.BAD_REQUEST.value}
                continue
            mask = masked(cause, request_id)
            error.message, error.extensions = mask.message, mask.extensions


def build_schema(*, introspection: bool) -> Schema:
    """Build the schema as the server serves it.

    Args:
        introspection: Whether clients may ask for it.
    """
    documents = Documents(introspection=introspection)
    return Schema(
        Query,
        Mutation,
        extensions=[lambda: DocumentsExtension(documents)],
        config=StrawberryConfig(
            scalar_map={datetime: DateTime}, disable_field_suggestions=not introspection
        ),
    )


def print_sdl() -> str:
    """Print the schema definition, as it stands in `schema.graphql`."""
    return build_schema(introspection=True).as_str() + "\n"
