"""Relay's `Node`: what has an id, and is found by it alone.

https://relay.dev/graphql/objectidentification.htm. It is in our own schema only: hosts, and the
subgraphs beside ours, may have a `Node` and a `node` of their own.
"""

from collections.abc import Callable
from types import new_class
from typing import Any
from uuid import UUID

import strawberry

from authberry.graph.context import Info
from authberry.graph.fields import query, type_with_fields
from authberry.graph.strawberry_internals import definition_of
from authberry.graph.types import SecurityEvent, Session, User


@strawberry.interface(description="What has an id, by which `node` finds it again.")
class Node:
    """What Relay refetches."""

    id: strawberry.ID


def _node(ours: type) -> type:
    """The same type as a node. What resolvers make of `ours` is one of it."""
    is_type_of: Callable[..., bool] = lambda _cls, value, _info: isinstance(value, ours)  # noqa: E731 - a method
    body = {"is_type_of": classmethod(is_type_of), "takes_ours": True}
    cls = new_class(ours.__name__, (ours, Node), {}, lambda namespace: namespace.update(body))
    definition = definition_of(ours)
    return strawberry.type(cls, name=definition.name, description=definition.description)


NODES: dict[type, type] = {ours: _node(ours) for ours in (User, Session, SecurityEvent)}


@query()
async def node(info: Info, id: strawberry.ID) -> Node | None:
    """Whatever has this id and may be seen by the person asking, else null.

    That is themselves, their live sessions, and the security events of their account.
    """
    viewer = await info.context.viewer()
    if id == str(viewer.user.id):
        return _as_node(User.of(viewer.user))
    try:
        wanted = UUID(id)
    except ValueError:
        return None
    rules = info.context.auth.sessions
    for row in await rules.live(viewer.user.id):
        if row.id == wanted:
            return _as_node(Session.of(row, rules.proof(row), current=row.id == viewer.session.id))
    event = await info.context.auth.history.find(viewer.user.id, wanted)
    return _as_node(SecurityEvent.of(event)) if event else None


def _as_node(value: Any) -> Node:
    made: Node = NODES[type(value)](**vars(value))
    return made


@type_with_fields([node])
class NodeQuery:
    """For our own schema to inherit from."""
