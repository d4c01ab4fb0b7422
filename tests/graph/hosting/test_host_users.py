"""A host's own `User`: ours, and what the host knows of people."""

import pytest
import strawberry
from browser import Browser, data
from documents import LOGIN
from hosts import host
from people import PASSWORD
from strawberry.tools import merge_types

from authberry import Auth, graph
from authberry.graph import AuthMutation, AuthQuery, auth_types
from authberry.models import User

pytestmark = pytest.mark.one_process("the host holds one Auth")

ADA = {"email": "ada@example.com", "password": PASSWORD}


@strawberry.type
class Post:
    """Something of the host's."""

    title: str


@strawberry.type(name="User")
class Member(graph.User):
    """The host's user: ours, and what the host knows of them."""

    @strawberry.field
    def posts(self) -> list[Post]:
        """Resolved on an instance of the host's own type."""
        return [Post(title=f"{self.greeting()}, {self.email}")]

    def greeting(self) -> str:
        """A method that ours has not."""
        return "Hello"


async def test_a_host_extends_the_user_wherever_there_is_one(auth: Auth, ada: User) -> None:
    """In `me` and in what a login answers with; and there is one `User` in the schema."""
    ours = auth_types(user=Member)
    schema = strawberry.Schema(
        merge_types("Query", (ours.query,)), merge_types("Mutation", (ours.mutation,))
    )
    assert schema.as_str().count("type User") == 1
    browser = Browser(host("asgi", schema, auth))
    document = LOGIN.replace("user { id", "user { posts { title } id")
    answer = data(await browser.ask(document, ADA))
    expected = [{"title": "Hello, ada@example.com"}]
    assert answer["user"]["posts"] == expected
    mine = await browser.ask("{ me { posts { title } } }", token=answer["accessToken"])
    assert data(mine) == {"posts": expected}
    refused = data(await browser.ask(document, {**ADA, "password": "wrong"}))
    assert refused["code"] == "INVALID_CREDENTIALS"


def test_the_plain_schema_is_not_changed_by_a_host_s_user() -> None:
    """Two schemas live in one process."""
    auth_types(user=Member)
    assert "posts" not in strawberry.Schema(AuthQuery, AuthMutation).as_str()


def test_a_user_that_is_none_of_ours_or_needs_more_than_an_account_is_refused() -> None:
    """When the schema is built."""

    @strawberry.type
    class Stranger:
        id: strawberry.ID

    @strawberry.type(name="User")
    class Needy(graph.User):
        nickname: str

    with pytest.raises(TypeError, match=r"subclass of authberry\.graph\.User"):
        auth_types(user=Stranger)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"Needy\.nickname must be a resolver"):
        auth_types(user=Needy)
