"""Strawberry's own log, into which a schema of its kind would write our clients' passwords.

It logs each error with the line of the document that it is about, and with the values of variables
that did not fit. Our own `Schema` logs neither; a host's may be any.
"""

import logging

from graphql import GraphQLError

from authberry.graph.strawberry_internals import EXECUTION_LOGGER

REFUSED = "An operation was refused before it ran; what it said is not written down here."


class DocumentFilter(logging.Filter):
    """Lets a log have what went wrong, and where in the answer, but nothing that a client sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite a record about a GraphQL error."""
        error = record.msg
        if isinstance(error, GraphQLError):
            path = ".".join(map(str, error.path or ()))
            record.msg, record.args = f"{error.message} ({path})" if path else REFUSED, ()
            if not path or "code" in (error.extensions or {}):
                record.exc_info = None  # a refusal: there is nothing to mend
        return True


def keep_documents_out() -> None:
    """Keep documents out of Strawberry's log, from now on and in every schema of this process."""
    logger = logging.getLogger(EXECUTION_LOGGER)
    if not any(isinstance(one, DocumentFilter) for one in logger.filters):
        logger.addFilter(DocumentFilter())
