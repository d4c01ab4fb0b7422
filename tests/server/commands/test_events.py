"""`authberry events`."""

import json
import os
import subprocess
from pathlib import Path

from command_line import (
    AUTHBERRY,
    NEW_PASSWORD,
    SECRET,
    CommandLine,
)
from many_rows import add_events

from authberry import Auth
from authberry.models import User


async def test_events_are_shown_the_newest_last(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """As logs are; of everybody, or of one."""
    await authberry("users", "create", "bob@example.com", stdin=NEW_PASSWORD)
    await authberry("users", "disable", ada.email)
    await authberry("users", "enable", ada.email)

    table = (await authberry("events")).out
    head, *rows = table.splitlines()
    assert head.split()[:3] == ["TIME", "EVENT", "USER"]
    kinds = [row.split()[3] for row in rows]
    assert kinds == ["registered", "user_disabled", "user_enabled"]

    async def kinds_of(*options: str) -> list[str]:
        return [one["kind"] for one in (await authberry("events", "--json", *options)).json]

    assert await kinds_of("--user", ada.email) == ["user_disabled", "user_enabled"]
    assert await kinds_of("--kind", "registered", "--kind", "user_enabled") == [
        "registered",
        "user_enabled",
    ]
    assert await kinds_of("--limit", "1") == ["user_enabled"]
    assert await kinds_of("--since", "2000-01-01") == kinds
    assert await kinds_of("--since", "2999-01-01T00:00:00") == []
    (one, *_) = (await authberry("events", "--json", "--user", ada.email)).json
    assert (one["user_id"], one["user_agent"]) == (str(ada.id), "authberry command line")


async def test_events_are_shown_all_or_behind_one_however_many(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """So a script goes on where it was: with the next ones, the oldest of them first."""
    ids = [str(one) for one in await add_events(rules, ada, 600)]

    async def listed(*options: str) -> list[str]:
        outcome = await authberry("events", "--jsonl", "--user", ada.email, *options)
        return [json.loads(line)["id"] for line in outcome.out.splitlines()]

    assert await listed() == ids[-100:]
    assert await listed("--limit", "599") == ids[-599:]
    assert await listed("--limit", "601") == ids
    assert await listed("--all") == ids
    assert await listed("--after", ids[9], "--limit", "300") == ids[10:310]
    assert await listed("--after", ids[9], "--all") == ids[10:]
    assert await listed("--after", ids[-1]) == []
    assert [one["id"] for one in (await authberry("events", "--all", "--json")).json] == ids


async def test_events_of_several_kinds_are_one_list(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """However often each of them happens."""
    changed = await add_events(rules, ada, 600)
    registered = await add_events(rules, ada, 300, "registered")
    await add_events(rules, ada, 10, "mail_sent")
    both = [str(one) for one in sorted([*changed, *registered])]

    async def listed(*options: str) -> list[str]:
        kinds = ("--kind", "registered", "--kind", "profile_changed")
        outcome = await authberry("events", "--jsonl", *kinds, *options)
        return [json.loads(line)["id"] for line in outcome.out.splitlines()]

    assert await listed("--all") == both
    assert await listed("--limit", "400") == both[-400:]
    assert await listed("--limit", "400", "--user", ada.email) == both[-400:]
    assert await listed("--after", both[299], "--limit", "300") == both[300:600]


def test_events_are_followed_until_somebody_has_seen_enough(
    database_url: str, tmp_path: Path
) -> None:
    """A line of JSON each, as it is written; each once."""
    names = {"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET}
    environment = {**os.environ, **names}

    def make(email: str) -> None:
        subprocess.run(  # noqa: S603 - ours
            [*AUTHBERRY, "users", "create", email],
            cwd=tmp_path,
            env=environment,
            input=NEW_PASSWORD,
            text=True,
            check=True,
            capture_output=True,
        )

    make("ada@example.com")
    with subprocess.Popen(  # noqa: S603 - ours
        [*AUTHBERRY, "events", "--follow"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as following:
        assert following.stdout
        first = json.loads(following.stdout.readline())
        make("bob@example.com")
        second = json.loads(following.stdout.readline())
        following.terminate()  # whatever runs tests may have SIGINT ignored
        rest = following.stdout.read()
    assert (first["kind"], second["kind"], rest) == ("registered", "registered", "")
    assert first["user_id"] != second["user_id"]
