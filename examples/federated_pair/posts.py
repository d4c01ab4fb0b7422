"""A blog whose authors are people of Authberry's: the other subgraph, with no people of its own."""

import os
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any

import jwt
import strawberry
from graphql import GraphQLError
from strawberry.asgi import GraphQL

AUTHBERRY = os.environ.get("AUTHBERRY_URL", "http://127.0.0.1:8000")
# A key that is not known is asked for once a second at most: after a rotation there is one.
keys = jwt.PyJWKClient(f"{AUTHBERRY}/.well-known/jwks.json", cooldown_duration=1)


def who(info: strawberry.Info) -> str:
    """Say who asks, by the access token that Authberry has signed."""
    scheme, _, token = info.context["request"].headers.get("authorization", "").partition(" ")
    try:
        if scheme != "Bearer" or jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise jwt.InvalidTokenError
        claims: dict[str, Any] = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=["ES256"],
            issuer=AUTHBERRY,
            audience=AUTHBERRY,
        )
    except jwt.PyJWTError:
        raise GraphQLError("Log in first.", extensions={"code": "UNAUTHENTICATED"}) from None
    return str(claims["sub"])


@strawberry.federation.type(name="User", keys=["id"])
class Author:
    """Somebody whom Authberry knows. Here there is only their id, and what they wrote."""

    id: strawberry.ID

    @strawberry.field
    def posts(self) -> "list[Post]":
        """What they wrote, oldest first."""
        return [post for post in written if post.author.id == self.id]

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Author":
        """Take anybody's id; whether there is such a person is not ours to know."""
        return cls(id=id)


@strawberry.type
class Post:
    """Something to read."""

    title: str
    author: Author
    published_at: datetime


written: list[Post] = []


# A refusal as Authberry has it, so that clients meet one and the same everywhere.
@strawberry.enum
class ErrorCode(Enum):
    """What went wrong, for programs."""

    INVALID_INPUT = "INVALID_INPUT"


@strawberry.interface
class Error:
    """A refusal."""

    code: ErrorCode
    message: str


@strawberry.federation.type(shareable=True)
class InvalidInput(Error):
    """A value that cannot be taken."""

    field: str


PublishResult = Annotated[Post | InvalidInput, strawberry.union("PublishResult")]


@strawberry.type
class Query:
    """Reading needs nobody."""

    @strawberry.field
    def posts(self) -> list[Post]:
        """Every post, oldest first."""
        return written


@strawberry.type
class Mutation:
    """Writing needs somebody."""

    @strawberry.mutation
    def publish(self, info: strawberry.Info, title: str) -> PublishResult:
        """Write something, in one's own name."""
        author = Author(id=strawberry.ID(who(info)))
        if not title.strip():
            return InvalidInput(
                code=ErrorCode.INVALID_INPUT, message="A post has a title.", field="title"
            )
        post = Post(title=title, author=author, published_at=datetime.now(UTC))
        written.append(post)
        return post


schema = strawberry.federation.Schema(Query, Mutation, federation_version="2.3")
app = GraphQL[None, None](schema)
