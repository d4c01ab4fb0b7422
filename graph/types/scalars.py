"""Scalars that GraphQL does not have by itself."""

from datetime import UTC, datetime

import strawberry


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


DateTime = strawberry.scalar(
    name="DateTime",
    description="RFC 3339, always UTC.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    serialize=_rfc3339,
    parse_value=datetime.fromisoformat,
)
