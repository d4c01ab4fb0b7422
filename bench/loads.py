"""What is sent: requests with gaps for a session's values, and how they follow each other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Session: TypeAlias = Mapping[str, str]
"""What one logged-in client holds: `email`, `access`, `refresh`, and more by contestant."""

JSON_TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Extract:
    """A value to take out of an answer, for the next request of that session."""

    name: str
    after: str
    till: str = '"'
    changes: bool = False
    """Whether an answer that repeats the value is a wrong one."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `<<name>>` stands for a value of the session that sends it."""

    path: str
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    expect: tuple[str, ...] = ()
    """What the body of every right answer holds."""
    own: tuple[str, ...] = ()
    """What the answer to this session holds and to others does not, such as `<<email>>`."""
    extract: tuple[Extract, ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """Requests, sent in turn by every client."""

    schedule: tuple[Request, ...]
    chained: bool = False
    """Each client keeps sessions of its own, and sends what the last answer gave it."""
    once: bool = False
    """No session asks twice: the load ends when everyone has asked."""
    patient: bool = False
    """An answer that says to try again later is counted as such, and obeyed."""


def fill(template: str, session: Session) -> str:
    """Put a session's values into the gaps."""
    for name, value in session.items():
        template = template.replace(f"<<{name}>>", value)
    return template


def graphql(
    document: str,
    variables: Mapping[str, str] | None = None,
    *,
    authorization: str | None = "Bearer <<access>>",
    path: str = "/graphql",
    headers: Mapping[str, str] | None = None,
    expect: tuple[str, ...] = (),
    own: tuple[str, ...] = (),
    extract: tuple[Extract, ...] = (),
) -> Request:
    """Write a GraphQL request."""
    body = {"query": document} | ({"variables": dict(variables)} if variables else {})
    named = {"Authorization": authorization} if authorization else {}
    return Request(
        path,
        json.dumps(body),
        {**JSON_TYPE, **named, **(headers or {})},
        expect=expect,
        own=own,
        extract=extract,
    )


def once(request: Request) -> Load:
    """Let every session send it once."""
    return Load((request,), once=True)


def chain(request: Request) -> Load:
    """Let every answer give the next request its token."""
    return Load((request,), chained=True)


def steady(request: Request) -> Load:
    """Send it for one session after the other, again and again."""
    return Load((request,))


def mixed(ask: Request, refresh: Request, login: Request) -> Load:
    """Of a hundred requests of a client, 95 ask, 4 refresh and one logs in."""
    schedule = [ask] * 100
    for place in (10, 35, 60, 85):
        schedule[place] = refresh
    schedule[50] = login
    return Load(tuple(schedule), chained=True)
