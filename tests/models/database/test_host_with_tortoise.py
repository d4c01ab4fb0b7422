"""A host that runs Tortoise itself: both hold the database open, whoever came first."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from database_servers import Postgres
from frozen_clock import FrozenClock
from people import begin, outcome, refresh
from rows import session_row, user_row
from tortoise import Tortoise
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError
from tortoise.router import router
from tortoise.timezone import get_timezone, get_use_tz, localtime
from tortoise.transactions import in_transaction
from tortoise_host import Profile, User, open_host, tortoise_url

from authberry import Auth
from authberry.errors import RefreshTokenReused
from authberry.models import OtherDialect, RefreshToken
from authberry.models import User as Account

MakeAuth = Callable[..., Awaitable[Auth]]


@pytest.fixture
def other_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database of the other kind."""
    if database_url.startswith("postgres"):
        yield f"sqlite://{tmp_path}/other.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as url:
        yield url


class ByDefault:
    """A host's router, which sends every model to the one connection."""

    def db_for_read(self, _model: type) -> str:
        """To read."""
        return "default"

    db_for_write = db_for_read


async def everything_works(auth: Auth, name: str) -> Account:
    """What each of the two does with its own connections, and with the other's tables."""
    email = f"{name}@example.com"
    user = await auth.accounts.create(email, None, name, ())
    profile = await Profile.create(user=user, nickname=name)
    issued = await begin(auth, user)
    assert (await refresh(auth, issued.refresh_token)).session.id == issued.session.id
    found = await Profile.get(user_id=issued.user.id).select_related("user")
    assert (found.id, found.nickname, found.user.email) == (profile.id, name, email)
    person = await Account.get(email=email).select_related("shop_profile")
    assert await Profile.get(user__email=email) == found
    assert await RefreshToken.filter(user=person).values_list("id", flat=True) == [
        issued.session.id
    ]
    return user


async def tables_exist(auth: Auth, url: str) -> None:
    """The host's tables, made once; ours were made when `auth` opened."""
    async with open_host(url):
        await Tortoise.generate_schemas()


@pytest.mark.parametrize("order", ["host ours", "ours host", "host ours host", "ours host ours"])
async def test_who_opens_first_does_not_matter(
    make_auth: MakeAuth, database_url: str, order: str
) -> None:
    """Nor who opens again meanwhile."""
    await tables_exist(await make_auth(), database_url)
    async with AsyncExitStack() as stack:
        auths = []
        for who in order.split():
            if who == "ours":
                auths.append(await make_auth())
            else:
                await stack.enter_async_context(open_host(database_url))
        for number, auth in enumerate(auths):
            await everything_works(auth, f"ada{number}")


async def test_a_host_may_open_anew(auth: Auth, database_url: str) -> None:
    """As reloading servers and tests do, with connections of ours open all the while."""
    await tables_exist(auth, database_url)
    async with open_host(database_url) as context:
        await everything_works(auth, "ada")
        assert context.apps
        config = context.connections.db_config
        await Tortoise.init({"connections": config, "apps": context.apps._config})
        await everything_works(auth, "bob")


async def test_closing_ours_leaves_the_hosts(make_auth: MakeAuth, database_url: str) -> None:
    """Its connections, and what it makes of our tables."""
    auth = await make_auth()
    await tables_exist(auth, database_url)
    async with open_host(database_url):
        ada = await everything_works(auth, "ada")
        await auth.close()
        assert (await Profile.get(user_id=ada.id).select_related("user")).user.name == "ada"
        assert await Account.filter(id=ada.id).update(name="Countess") == 1


async def test_closing_the_hosts_leaves_ours(make_auth: MakeAuth, database_url: str) -> None:
    """As in the other order."""
    auth = await make_auth()
    await tables_exist(auth, database_url)
    async with open_host(database_url):
        ada = await everything_works(auth, "ada")
        await Tortoise.close_connections()
        await refresh(auth, (await begin(auth, ada)).refresh_token)
    assert (await user_row(auth, ada))["name"] == "ada"


async def test_both_at_once_in_many_tasks(make_auth: MakeAuth, database_url: str) -> None:
    """A task that asks the one is not answered by the other."""
    auth = await make_auth()
    await tables_exist(auth, database_url)
    async with open_host(database_url):
        await asyncio.gather(*(everything_works(auth, f"ada{number}") for number in range(20)))
        assert await Profile.all().count() == await Account.all().count() == 20


async def test_a_hosts_transaction_is_not_ours(
    make_auth: MakeAuth, database_url: str, clock: FrozenClock
) -> None:
    """What a rule decided stands, though the host's work around it is undone."""
    auth = await make_auth()
    await tables_exist(auth, database_url)
    async with open_host(database_url):
        ada = await everything_works(auth, "ada")
        stolen = (await begin(auth, ada)).refresh_token
        issued = await refresh(auth, stolen)
        clock.tick(60)
        await refresh(auth, issued.refresh_token)
        with suppress(ZeroDivisionError):
            async with in_transaction("default"):
                assert await Profile.all().count() == 1
                assert await outcome(auth, stolen) is RefreshTokenReused
                raise ZeroDivisionError
        assert (await session_row(auth, issued))["revoked_reason"] == "reuse"


async def test_a_profile_is_one_persons_and_goes_with_them(auth: Auth, database_url: str) -> None:
    """A real foreign key: held by the database, whichever of the two writes."""
    await tables_exist(auth, database_url)
    async with open_host(database_url):
        ada = await everything_works(auth, "ada")
        bob = await everything_works(auth, "bob")
        with pytest.raises(IntegrityError):
            await Profile.create(user_id=ada.id, nickname="Another")
        with pytest.raises(IntegrityError):
            await Profile.create(user_id=uuid4(), nickname="Nobody")
        with auth.database.use():
            await ada.delete()
        await bob.delete()
        assert await Profile.all().count() == await Account.all().count() == 0


async def test_a_host_has_users_of_its_own(auth: Auth, database_url: str) -> None:
    """A class and a table of the name, beside ours."""
    await tables_exist(auth, database_url)
    async with open_host(database_url):
        await everything_works(auth, "ada")
        await User.create(name="A customer")
        assert [one.name for one in await User.all()] == ["A customer"]
        assert [one.name for one in await Account.all()] == ["ada"]


async def test_a_hosts_routers_stay(make_auth: MakeAuth, database_url: str) -> None:
    """Tortoise has one list of them; where they send our models, ours go to ours."""
    await tables_exist(await make_auth(), database_url)
    async with open_host(database_url, routers=[ByDefault]):
        auth = await make_auth()
        (mine,) = router._routers
        assert isinstance(mine, ByDefault)
        await everything_works(auth, "ada")
    router.init_routers([])


@pytest.mark.parametrize("zone", [{"use_tz": False}, {"timezone": "Asia/Kathmandu"}])
@pytest.mark.parametrize("host_first", [True, False])
async def test_a_hosts_time_zone_is_the_hosts(
    make_auth: MakeAuth,
    database_url: str,
    clock: FrozenClock,
    zone: dict[str, bool | str],
    *,
    host_first: bool,
) -> None:
    """Tortoise has one for the process; our times are UTC all the same, and it keeps its own."""
    first = await make_auth()
    await tables_exist(first, database_url)
    try:
        async with open_host(database_url, **zone):
            auth = await make_auth() if host_first else first
            assert (get_use_tz(), get_timezone()) == (
                zone.get("use_tz", True),
                zone.get("timezone", "UTC"),
            )
            ada = await everything_works(auth, "ada")
            issued = await begin(auth, ada)
            clock.tick(60)
            session = (await refresh(auth, issued.refresh_token)).session
            for row in (await session_row(auth, session.id), await user_row(auth, ada)):
                times = [value for value in row.values() if isinstance(value, datetime)]
                assert {time.tzinfo for time in times} == {UTC}
            assert session.rotated_at == clock.now()
            profile = await Profile.get(user_id=ada.id)
            profile.seen_at = localtime() if get_use_tz() else datetime.now()  # noqa: DTZ005
            await profile.save()
            seen = (await Profile.get(user_id=ada.id)).seen_at
            assert seen
            assert (seen.tzinfo is None) == (not get_use_tz())
    finally:
        async with open_host(database_url):
            """Puts back what the other tests take for granted."""


@pytest.mark.parametrize("host_first", [True, False])
async def test_our_tables_on_another_kind_of_database_are_refused(
    make_auth: MakeAuth, database_url: str, other_url: str, *, host_first: bool
) -> None:
    """By name, at once and before anything is asked: Tortoise has one SQL for each class."""
    auth = None if host_first else await make_auth()
    try:
        async with open_host(other_url):
            with pytest.raises(OtherDialect, match="give `authberry` a connection to the same"):
                await (auth.accounts.find(str(uuid4())) if auth else make_auth())
    finally:
        async with open_host(database_url):
            """Puts back what the other tests take for granted."""
    await (auth or await make_auth()).accounts.create("ada@example.com", None, "Ada", ())


async def test_a_host_may_keep_its_own_tables_elsewhere(
    make_auth: MakeAuth, database_url: str, other_url: str
) -> None:
    """On another kind of database, with ours in no configuration of its own."""
    auth = await make_auth()
    elsewhere = {
        "connections": {"elsewhere": tortoise_url(other_url)},
        "apps": {"shop": {"models": ["tortoise_host"], "default_connection": "elsewhere"}},
    }
    try:
        async with TortoiseContext() as context:
            await context.init(elsewhere)
            table = 'CREATE TABLE "user" (id SERIAL PRIMARY KEY, name VARCHAR(50))'
            if other_url.startswith("sqlite"):
                table = table.replace("SERIAL", "INTEGER")
            await context.db().execute_script(table)
            await User.create(name="A customer")
            ada = await auth.accounts.create("ada@example.com", None, "Ada", ())
            await refresh(auth, (await begin(auth, ada)).refresh_token)
            assert [one.name for one in await User.all()] == ["A customer"]
    finally:
        async with open_host(database_url):
            """Puts back what the other tests take for granted."""
