"""How our root fields are declared, and what each brings into any schema it is put into.

That is its guard, the translation of refusals, the directive that says so in the schema definition,
the count of its outcomes, and what keeps clients' values out of the answers and the log of whatever
schema it is put into.
"""

from authberry.graph.fields.directives import Authenticated, Requires, RequiresLogin
from authberry.graph.fields.fields import mutation, query, type_with_fields
from authberry.graph.fields.guard import GuardExtension, credential_fields
from authberry.graph.fields.logs import keep_documents_out
from authberry.graph.fields.messages import keep_values_out
from authberry.graph.fields.outcomes import outcome_of

__all__ = [
    "Authenticated",
    "GuardExtension",
    "Requires",
    "RequiresLogin",
    "credential_fields",
    "keep_documents_out",
    "keep_values_out",
    "mutation",
    "outcome_of",
    "query",
    "type_with_fields",
]
