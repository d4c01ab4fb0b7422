"""GraphiQL, for a browser that opens the endpoint: a page, and the files it is made of."""

from authberry.server.graphiql.page import graphiql, graphiql_file

__all__ = ["graphiql", "graphiql_file"]
