"""Each rule of the house finds what breaks it, and says where the import should go."""

from pathlib import Path

import pytest

from tests.house.rules import said
from tests.house.source import Source

PLAN = {
    "models": ("user",),
    "auth": ("clock", "mail/", "accounts/", "auth"),
    "graph": (),
    "server": ("app",),
}
FILES = {
    "models/__init__.py": "",
    "models/user.py": "class User: ...",
    "auth/__init__.py": 'from authberry.auth import Auth\n\n__all__ = ["Auth"]',
    "auth/clock.py": "class Clock: ...",
    "auth/mail/__init__.py": (
        '"""What is sent to people."""\n\n'
        "from authberry.mail.outbox import Outbox\n\n"
        '__all__ = ["Outbox"]'
    ),
    "auth/mail/outbox.py": (
        "from authberry.clock import Clock\nfrom authberry.mail.smtp import Smtp\n\n"
        "class Outbox: ..."
    ),
    "auth/mail/smtp.py": "class Smtp: ...",
    "auth/accounts/__init__.py": (
        '"""People, and what becomes of them."""\n\n'
        "from authberry.accounts.deletion import Deletion\n\n"
        '__all__ = ["Deletion"]'
    ),
    "auth/accounts/deletion.py": "from authberry.mail import Outbox\n\nclass Deletion: ...",
    "auth/auth.py": "from authberry.accounts import Deletion\n\nclass Auth: ...",
    "server/__init__.py": "",
    "server/app.py": "from authberry import Auth\nfrom authberry.models.user import User",
}
"""A small house in which every rule holds."""


MAIL = FILES["auth/mail/__init__.py"]

BROKEN = [
    # An import of another room's inside.
    (
        "auth/accounts/deletion.py",
        "from authberry.mail.outbox import Outbox\n\nclass Deletion: ...",
        (
            "auth/accounts/deletion.py:1 imports authberry.mail.outbox, which is the room's own:"
            " import Outbox from authberry.mail."
        ),
    ),
    (
        "auth/accounts/deletion.py",
        "from authberry.mail.smtp import Smtp\n\nclass Deletion: ...",
        (
            "auth/accounts/deletion.py:1 imports authberry.mail.smtp, which is the room's own:"
            " authberry.mail does not hand out Smtp;"
            " name it in the __all__ of auth/mail/__init__.py."
        ),
    ),
    (
        "auth/accounts/deletion.py",
        "def later():\n    from authberry.mail import smtp\n\nclass Deletion: ...",
        (
            "auth/accounts/deletion.py:2 imports authberry.mail.smtp, which is the room's own:"
            " import what you need of it from authberry.mail."
        ),
    ),
    (
        "server/app.py",
        "import authberry.mail.smtp",
        (
            "server/app.py:1 imports authberry.mail.smtp, which is the room's own:"
            " import what you need of it from authberry.mail."
        ),
    ),
    (
        "auth/auth.py",
        "from authberry.accounts import Deletion\nfrom authberry.mail import Smtp\nclass Auth: ...",
        (
            "auth/auth.py:2 imports Smtp from authberry.mail, which does not hand it out:"
            " name it in the __all__ of auth/mail/__init__.py."
        ),
    ),
    (
        "server/app.py",
        "from authberry import Clock",
        (
            "server/app.py:1 imports Clock from authberry, which does not hand it out:"
            " name it in the __all__ of auth/__init__.py."
        ),
    ),
    (
        "auth/mail/smtp.py",
        "def later():\n    from authberry.mail import Outbox\n\nclass Smtp: ...",
        (
            "auth/mail/smtp.py:2 imports Outbox from the face of its own room:"
            " import it from authberry.mail.outbox."
        ),
    ),
    # An arrow against the order.
    (
        "auth/mail/smtp.py",
        "from authberry.accounts import Deletion\n\nclass Smtp: ...",
        (
            "auth/mail/smtp.py:1 imports authberry.accounts: mail stands below accounts"
            " (tests/house/house.py). Move what both need below mail, or have accounts handed over"
            " where both are wired, in auth/auth.py."
        ),
    ),
    (
        "models/user.py",
        "from authberry.clock import Clock",
        (
            "models/user.py:1 imports authberry.clock: models stands below auth."
            " Move what both need into models, or have auth hand it over."
        ),
    ),
    (
        "auth/mail/smtp.py",
        "from authberry import Auth\n\nclass Smtp: ...",
        (
            "auth/mail/smtp.py:1 imports Auth from the face of its own folder:"
            " import it from authberry.auth."
        ),
    ),
    # A file or a folder without a room.
    (
        "auth/foo.py",
        "",
        (
            "auth/foo.py belongs to no room: put it into one, or name 'foo' in"
            " tests/house/house.py, above what it imports."
        ),
    ),
    (
        "auth/factors/totp.py",
        "",
        (
            "auth/factors/ belongs to no room: put it into one, or name 'factors/' in"
            " tests/house/house.py, above what it imports."
        ),
    ),
    # A face that does not hold what it promises.
    (
        "auth/mail/__init__.py",
        MAIL.replace("What is sent to people.", "Mail"),
        "auth/mail/__init__.py does not say what the room is for: begin it with a sentence.",
    ),
    (
        "auth/mail/__init__.py",
        MAIL.replace('\n\n__all__ = ["Outbox"]', ""),
        "auth/mail/__init__.py hands out nothing: name in __all__ what others may use.",
    ),
    (
        "auth/mail/__init__.py",
        MAIL.replace('["Outbox"]', '["Outbox", "LIMIT"]'),
        "auth/mail/__init__.py has an __all__ that is not sorted: run nox -s format.",
    ),
    (
        "auth/mail/__init__.py",
        MAIL.replace("\n\n__all__", "\nfrom authberry.mail.smtp import Smtp\n\n__all__"),
        "auth/mail/__init__.py has Smtp and does not hand it out: name it in __all__, or drop it.",
    ),
    (
        "auth/mail/__init__.py",
        MAIL.replace('["Outbox"]', '["Outbox", "Smtp"]'),
        "auth/mail/__init__.py hands out Smtp, which the room does not have: leave it out.",
    ),
    (
        "auth/accounts/deletion.py",
        "class Deletion: ...",
        (
            "auth/mail/__init__.py hands out Outbox, which nobody outside imports:"
            " leave it out of __all__."
        ),
    ),
    # What was held before there were rooms.
    (
        "auth/clock.py",
        "import starlette.requests\nclass Clock: ...",
        "auth/clock.py:1 imports starlette.requests: starlette is none of this folder's.",
    ),
    (
        "server/app.py",
        "from jwt import decode",
        (
            "server/app.py:1 imports jwt.decode: jwt is held in auth/tokens/jose.py, which is the"
            " one place to get it right. Use what it has."
        ),
    ),
    (
        "server/app.py",
        "from models.user import User",
        "server/app.py:1 imports models.user.User: say authberry.",
    ),
    (
        "auth/mail/smtp.py",
        "from authberry.mail.outbox import Outbox\n\nclass Smtp: ...",
        (
            "authberry.mail.outbox -> authberry.mail.smtp -> authberry.mail.outbox:"
            " break the circle at one of these imports."
        ),
    ),
]


def build(root: Path, **changed: str) -> Source:
    """The small house, with some files that say something else."""
    for path, text in (FILES | changed).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Source(root, PLAN)


def test_the_small_house_holds(tmp_path: Path) -> None:
    """So what is said of it below is said of the one thing that is broken there."""
    assert said(build(tmp_path)) == []


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    BROKEN,
    ids=[f"{file}-{index}" for index, (file, *_) in enumerate(BROKEN)],
)
def test_what_breaks_a_rule_is_told_where_it_should_go(
    tmp_path: Path, file: str, text: str, sentence: str
) -> None:
    """One sentence for whoever wrote it, with the file and the line."""
    assert sentence in said(build(tmp_path, **{file: text}))


def test_what_is_listed_and_gone_is_told(tmp_path: Path) -> None:
    """A line that is left behind would let a stranger in later."""
    small = Source(build(tmp_path).root, {**PLAN, "graph": ("schema",)})
    assert said(small) == [
        "tests/house/house.py lists graph/schema, which is not there: leave it out."
    ]


def test_a_document_is_a_user_of_what_it_imports(tmp_path: Path) -> None:
    """Hosts import what documents show, so a face keeps it though nobody in the house asks."""
    small = build(tmp_path, **{"auth/accounts/deletion.py": "class Deletion: ..."})
    assert len(said(small)) == 1
    (tmp_path / "README.md").write_text("from authberry.mail import (\n    Outbox,  # mail\n)")
    assert said(small) == []
