"""The messages of errors in whatever schema our fields are put into.

Our own `Schema` words them by itself; a host's may be any of Strawberry's, and its clients send
passwords to our fields all the same.
"""

from functools import cache

from graphql import DocumentNode, GraphQLError, GraphQLSchema, ValueNode

from authberry.graph.errors import reword
from authberry.graph.fields.guard import credential_fields
from authberry.graph.strawberry_internals import look_at_errors


@cache
def keep_values_out() -> None:
    """Keep what clients send out of the messages of errors, from now on, where our fields are."""
    look_at_errors(_reword)


def _reword(error: GraphQLError, schema: GraphQLSchema, document: DocumentNode | None) -> None:
    """Word what graphql-core says of a request; what a host's resolver says is the host's."""
    is_of_resolver = error.path and not (error.nodes and isinstance(error.nodes[0], ValueNode))
    if not is_of_resolver and credential_fields(schema):
        reword(error, schema, document)
