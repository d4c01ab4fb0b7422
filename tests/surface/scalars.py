"""Tells schemathesis what `JSON` can be: it leaves out the fields that want one otherwise."""

import graphql
import schemathesis
from hypothesis import strategies
from hypothesis_graphql import nodes

NAMES = ("id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "userHandle")
"""Some of what a passkey answers with: the rest is anything."""


def _object(fields: dict[str, graphql.ValueNode]) -> graphql.ValueNode:
    named = (
        graphql.ObjectFieldNode(name=graphql.NameNode(value=name), value=value)
        for name, value in fields.items()
    )
    return graphql.ObjectValueNode(fields=tuple(named))


TEXTS = strategies.text(strategies.characters(codec="ascii", categories=("L", "N")), max_size=40)
PLAIN = strategies.one_of(
    TEXTS.map(nodes.String),
    strategies.integers(-(2**31), 2**31).map(nodes.Int),
    strategies.booleans().map(nodes.Boolean),
)
VALUES = strategies.recursive(
    PLAIN,
    lambda inner: strategies.one_of(
        strategies.lists(inner, max_size=3).map(nodes.List),
        strategies.dictionaries(strategies.sampled_from(NAMES), inner, max_size=5).map(_object),
    ),
    max_leaves=8,
)

schemathesis.graphql.scalar("JSON", VALUES)
