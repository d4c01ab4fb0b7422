"""What a second factor costs on SQLite: statements that are run at once, on no other thread."""

from collections.abc import Callable
from typing import Any

import aiosqlite
import pytest
from browser import Browser
from frozen_clock import FrozenClock
from second_factors import ask_for_second, complete, with_app
from statements import Statements

from authberry import Auth
from authberry.models import User

pytestmark = pytest.mark.one_process("it looks at the threads of one")


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the thread of the other connection."""
    names: list[str] = []
    execute = aiosqlite.Connection._execute

    async def noted(
        here: aiosqlite.Connection, act: Callable[..., Any], *values: Any, **named: Any
    ) -> Any:
        names.append(act.__name__)
        return await execute(here, act, *values, **named)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", noted)
    return names


async def test_a_login_with_a_code_is_handed_to_no_thread(
    auth: Auth,
    ada: User,
    browser: Browser,
    clock: FrozenClock,
    statements: Statements,
    handed_over: list[str],
) -> None:
    """To ask is one statement that writes; to complete, a try that is counted and a transaction."""
    phone = await with_app(auth, ada)
    presented = phone.next_code(clock.tick)
    await auth.signing.keys.refresh()  # which are read again now and then, and not for a login
    handed_over.clear()
    statements.seen.clear()
    await ask_for_second(browser)
    verbs = [one.split()[0] for one in statements.seen]
    assert verbs == ["SELECT", "SELECT", "INSERT"]
    statements.seen.clear()
    answer = await complete(browser, proof={"totpCode": presented})
    assert answer["__typename"] == "AuthPayload"
    verbs = [one.split()[0] for one in statements.seen]
    begins = verbs.index("BEGIN")
    assert verbs[:begins] == ["SELECT", "UPDATE", "SELECT"]
    within = ["SELECT", "DELETE", "UPDATE", "INSERT", "SELECT"]
    assert verbs[begins:] == ["BEGIN", *within, "COMMIT;"]
    assert handed_over == []
