"""A host that is a subgraph itself, and has our fields and our `User` in its own schema."""

import pytest
import strawberry
from starlette.requests import Request
from starlette.responses import Response
from strawberry.tools import merge_types
from strawberry.types import ExecutionResult

from authberry import Auth, Issued
from authberry.graph import Context, FederatedUser, auth_types, login_required
from authberry.models import User

ENTITIES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on User { id name email shout } }
}"""


@strawberry.federation.type(name="User", keys=["id"])
class HostUser(FederatedUser):
    """Ours, with a field of the host's."""

    @strawberry.field
    def shout(self) -> str:
        """The name, loudly."""
        return (self.name or "nobody").upper()


OURS = auth_types(user=HostUser)


@login_required(public={"open"})
@strawberry.type
class Query(OURS.query):  # type: ignore[misc,name-defined]
    """Ours, and the host's own."""

    plain: str = "a secret"

    @strawberry.field
    async def hidden(self) -> str:
        """Needs somebody."""
        return "a secret"

    @strawberry.field
    async def open(self) -> str:
        """Needs nobody."""
        return "for all"


@strawberry.type
class More:
    """What is merged beside it."""

    more: str = "for all"


SCHEMA = strawberry.federation.Schema(Query, OURS.mutation)
MERGED = strawberry.federation.Schema(merge_types("Query", (Query, More)), OURS.mutation)


async def ask(
    auth: Auth,
    document: str,
    token: str = "",
    schema: strawberry.Schema = SCHEMA,
    **variables: object,
) -> ExecutionResult:
    """Ask a schema of the host's."""
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    request = Request({"type": "http", "method": "POST", "headers": headers, "client": None})
    result = await schema.execute(
        document, variables, Context(auth, request, Response()), root_value=Query()
    )
    assert isinstance(result, ExecutionResult)
    return result


def codes(result: ExecutionResult) -> list[str]:
    """The codes of what was refused."""
    return [(error.extensions or {})["code"] for error in result.errors or []]


@pytest.mark.parametrize("schema", [SCHEMA, MERGED], ids=["federation", "merge_types"])
@pytest.mark.parametrize("field", ["hidden", "plain", "me { id }"])
async def test_guards_hold_where_strawberry_inherits_from_a_query(
    auth: Auth, issued: Issued, schema: strawberry.Schema, field: str
) -> None:
    """To add fields to it, as it does for federation; the guards are inherited too."""
    refused = await ask(auth, f"{{ {field} }}", schema=schema)
    assert codes(refused) == ["UNAUTHENTICATED"]
    assert "secret" not in str(refused.data)
    allowed = await ask(auth, f"{{ open {field} }}", issued.access_token.value, schema)
    assert codes(allowed) == []


async def test_a_host_s_user_is_guarded_as_ours_is(auth: Auth, ada: User, issued: Issued) -> None:
    """By Strawberry's own `_entities`, to a type that inherits from ours."""
    ids = [{"__typename": "User", "id": one} for one in (str(ada.id), "nobody")]
    person = {"id": str(ada.id), "name": "Ada", "shout": "ADA"}
    stranger = await ask(auth, ENTITIES, representations=ids)
    assert stranger.data == {"_entities": [{**person, "email": None}, None]}
    assert codes(stranger) == ["UNAUTHENTICATED"]
    ids = [{"__typename": "User", "id": str(ada.id)}]
    herself = await ask(auth, ENTITIES, issued.access_token.value, representations=ids)
    assert herself.data == {"_entities": [{**person, "email": "ada@example.com"}]}
