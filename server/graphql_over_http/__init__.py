"""GraphQL over HTTP (the specification's first edition, September 2026).

`GraphQLEndpoint` serves a schema at one path: it reads the parameters of a request, chooses the
media type of the answer, executes the operation in bounded time, and writes the result.
"""

from authberry.server.graphql_over_http.endpoint import GraphQLEndpoint

__all__ = ["GraphQLEndpoint"]
