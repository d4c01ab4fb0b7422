"""All queries, in the order of the schema definition, and the type that has them."""

from strawberry.types.field import StrawberryField

from authberry.graph.fields import type_with_fields
from authberry.graph.queries.accounts import account_export, me
from authberry.graph.queries.events import security_events
from authberry.graph.queries.factors import (
    accepted_passkeys,
    factor_reset,
    factors,
    recovery_codes_left,
    trusted_devices,
)
from authberry.graph.queries.sessions import session, sessions

QUERIES: list[StrawberryField] = [
    me,
    session,
    sessions,
    security_events,
    account_export,
    factors,
    recovery_codes_left,
    accepted_passkeys,
    trusted_devices,
    factor_reset,
]


@type_with_fields(QUERIES)
class AuthQuery:
    """All of them, for a schema to inherit from or to merge."""
