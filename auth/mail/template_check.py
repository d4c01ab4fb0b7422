"""Every template filled in with an example, so that a broken one is found before it is needed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from authberry.mail.rendering import BrokenTemplate, MailKind, MailRenderer

VALUES: dict[MailKind, tuple[str, ...]] = {
    MailKind.VERIFY_EMAIL: ("link", "lifetime"),
    MailKind.ALREADY_REGISTERED: ("link", "lifetime"),
    MailKind.RESET_PASSWORD: ("link", "lifetime", "address"),
    MailKind.CONFIRM_EMAIL_CHANGE: ("link", "lifetime", "new_email"),
    MailKind.EMAIL_CHANGED: ("link", "lifetime", "old_email", "new_email", "at"),
    MailKind.LOGIN_LINK: ("link", "lifetime", "address"),
    MailKind.NEW_DEVICE: ("at", "address", "user_agent", "link"),
    MailKind.PASSWORD_CHANGED: ("at", "address"),
    MailKind.TOKEN_REUSED: ("at", "address", "user_agent"),
    MailKind.FACTOR_ADDED: ("at", "address"),
    MailKind.FACTOR_REMOVED: ("at", "address"),
    MailKind.RECOVERY_CODE_USED: ("at", "address"),
    MailKind.RECOVERY_CODES_REPLACED: ("at", "address"),
    MailKind.FACTOR_RESET: ("link", "lifetime", "wait", "address"),
    MailKind.FACTOR_RESET_SCHEDULED: ("link", "at", "address"),
    MailKind.FACTORS_RESET: ("at", "address"),
    MailKind.DELETION_SCHEDULED: ("at",),
    MailKind.ACCOUNT_DELETED: (),
    MailKind.TEST: (),
}
"""What each mail is given besides `name`, `service` and `language`."""

NULLABLE = frozenset({"name", "address", "user_agent"})
"""What may be unknown; so may the `link` of a `NEW_DEVICE`."""

_EXAMPLES = {
    "link": "https://auth.example.com/account/reset#token=example",
    "lifetime": timedelta(minutes=30),
    "wait": timedelta(hours=72),
    "address": "192.0.2.1",
    "old_email": "old@example.com",
    "new_email": "new@example.com",
    "at": datetime(2026, 1, 1, 12, 0, tzinfo=UTC),
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "name": "Ada",
}


def broken(renderer: MailRenderer) -> Iterator[str]:
    """What is wrong with each mail that cannot be rendered, in each language."""
    for language in sorted(renderer.languages):
        for kind, names in VALUES.items():
            known = {name: _EXAMPLES[name] for name in ("name", *names)}
            may_be_null = NULLABLE | ({"link"} if kind is MailKind.NEW_DEVICE else set())
            unknown = {name: None if name in may_be_null else known[name] for name in known}
            try:
                for values in (known, unknown):
                    renderer.render(kind, language, values)
            except BrokenTemplate as error:
                yield str(error)
