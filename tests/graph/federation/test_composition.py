"""The schema definition, as a composition of supergraphs takes it."""

import re
from pathlib import Path

import pytest
from command_line import run
from federated_pair import Gateway
from graphql import build_schema, find_breaking_changes

from authberry.graph import print_sdl
from authberry.graph.federation import build_subgraph
from authberry.graph.fields import GuardExtension
from authberry.graph.strawberry_internals import core_schema, extensions_of

SDL = build_subgraph(introspection=True).sdl
URLS = ("http://authberry.example.com/graphql", "http://posts.example.com/")


def test_it_composes_with_a_subgraph_that_refers_to_people(
    gateway: Gateway, posts_sdl: str
) -> None:
    """`User` is of both, its name of ours; `InvalidInput`, `Error` and their like are shared."""
    gateway.compose(SDL, posts_sdl, *URLS)
    user = gateway.supergraph.partition("\ntype User ")[2].partition("\n}")[0]
    assert '@join__type(graph: AUTHBERRY, key: "id")' in user
    assert '@join__type(graph: POSTS, key: "id")' in user
    assert "name: String @join__field(graph: AUTHBERRY)" in user
    assert "posts: [Post!]! @join__field(graph: POSTS)" in user
    refusal = gateway.supergraph.partition("\ntype InvalidInput ")[2].partition("\n}")[0]
    assert "@join__type(graph: AUTHBERRY)" in refusal
    assert "@join__type(graph: POSTS)" in refusal


def test_no_gateway_has_to_know_what_we_mean_by_authenticated(
    gateway: Gateway, posts_sdl: str
) -> None:
    """Ours stays behind. With the federation's own, Apollo's gateway refuses to start."""
    assert "me: User @authenticated" in SDL
    gateway.compose(SDL, posts_sdl, *URLS)
    assert not re.search(r"authenticated\b", gateway.supergraph)


@pytest.mark.parametrize(
    ("theirs", "instead", "problem"),
    [
        ('@key(fields: "id")', '@key(fields: "email")', "email"),
        (" @shareable", "", "InvalidInput.code"),
        ("posts: [Post!]!\n}", "posts: [Post!]!\n  name: String\n}", "User.name"),
    ],
    ids=["refers by what is no key", "does not share", "claims what is ours"],
)
def test_a_subgraph_that_does_not_fit_is_noticed(
    gateway: Gateway, posts_sdl: str, theirs: str, instead: str, problem: str
) -> None:
    """By the composition, before any gateway has it."""
    broken = posts_sdl.replace(theirs, instead)
    assert broken != posts_sdl
    with pytest.raises(ValueError, match=problem):
        gateway.compose(SDL, broken, *URLS)


@pytest.mark.parametrize(
    ("ours", "problem"), [(' @key(fields: "id")', "User"), (" @shareable", "InvalidInput.code")]
)
def test_what_we_say_for_federation_is_needed(
    gateway: Gateway, posts_sdl: str, ours: str, problem: str
) -> None:
    """Without any of it nothing composes."""
    without = SDL.replace(ours, "")
    assert without != SDL
    with pytest.raises(ValueError, match=problem):
        gateway.compose(without, posts_sdl, *URLS)


def test_the_command_line_prints_it(tmp_path: Path) -> None:
    """For a composition in CI: without a server, without settings."""
    outcome = run(tmp_path, {}, "schema", "--federation")
    assert (outcome.code, outcome.out) == (0, SDL)


def test_every_root_field_has_a_guard_and_two_more_are_public() -> None:
    """Those that a gateway asks for; whoever adds one writes it here, and says why."""
    schema = core_schema(build_subgraph(introspection=True))
    assert schema.query_type
    assert schema.mutation_type
    public = set()
    for name, field in (schema.query_type.fields | schema.mutation_type.fields).items():
        (guard,) = [one for one in extensions_of(field) if isinstance(one, GuardExtension)]
        public |= {name} if guard.public else set()
    assert public == {
        *("register", "login", "refreshToken", "logout"),
        *("requestPasswordReset", "resetPassword", "requestEmailVerification", "verifyEmail"),
        *("confirmEmailChange", "undoEmailChange", "requestLoginLink", "loginWithLink"),
        *("beginPasskeyLogin", "loginWithPasskey", "completeLogin", "completePasswordReset"),
        *("beginTotpEnrollment", "confirmTotpEnrollment"),
        *("beginPasskeyRegistration", "finishPasskeyRegistration"),
        *("requestFactorReset", "confirmFactorReset", "cancelFactorReset"),
        *("_entities", "_service"),
    }


OF_RELAY = (
    "Field Query.node was removed.",
    "Node was removed.",
    "SecurityEvent no longer implements interface Node.",
    "Session no longer implements interface Node.",
    "User no longer implements interface Node.",
)


def test_a_client_of_the_plain_schema_finds_everything() -> None:
    """But for Relay's `Node`, and what may be refused of somebody else, which is null then."""
    plain, federated = build_schema(print_sdl()), build_schema(SDL, assume_valid=True)
    assert sorted(
        change.description for change in find_breaking_changes(plain, federated)
    ) == sorted(
        [
            "Field User.createdAt changed type from DateTime! to DateTime.",
            "Field User.email changed type from String! to String.",
            "Field User.emailVerified changed type from Boolean! to Boolean.",
            "Field User.roles changed type from [String!]! to [String!].",
            *OF_RELAY,
        ]
    )
