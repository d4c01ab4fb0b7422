"""What the schema definition says of a field's guard, for people and programs that read it.

They only say it. What guards is `authberry.graph.fields.guard` for our fields, and
`authberry.graph.hosting` for a host's; each puts its directive where it belongs.
"""

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="authenticated",
    description="Needs a valid access token of a live session; else `UNAUTHENTICATED`.",
)
class Authenticated:
    """The field needs somebody."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="requiresLogin",
    description="What a field wants of the login behind the request: a level of assurance, and an"
    " age in seconds at most. Else `UNAUTHENTICATED` with the reason `STEP_UP_REQUIRED`.",
)
class RequiresLogin:
    """The field needs somebody who has just proved who they are."""

    acr: str | None = strawberry.UNSET
    max_age: int | None = strawberry.UNSET


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="requires",
    description="Needs somebody who has the role; else `UNAUTHENTICATED` or `FORBIDDEN`.",
)
class Requires:
    """The field needs somebody with a role."""

    role: str
