"""How our root fields are declared, and what each brings into any schema it is put into.

That is its guard, the translation of refusals, the directive that says so in the schema definition,
the count of its outcomes, and the filter that keeps clients' documents out of Strawberry's log.
"""

from authberry.graph.fields.directives import Authenticated, Requires
from authberry.graph.fields.fields import mutation, query, type_with_fields
from authberry.graph.fields.guard import GuardExtension
from authberry.graph.fields.logs import keep_documents_out
from authberry.graph.fields.outcomes import outcome_of

__all__ = [
    "Authenticated",
    "GuardExtension",
    "Requires",
    "keep_documents_out",
    "mutation",
    "outcome_of",
    "query",
    "type_with_fields",
]
