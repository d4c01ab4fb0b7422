"""The trace a request belongs to, from its `traceparent` (W3C Trace Context, section 3.2)."""

import re

from starlette.types import Scope

# version - trace id - parent id - flags; a later version may have more behind another dash.
_TRACEPARENT = re.compile(
    rb"(?:00|(?!00|ff)([0-9a-f]{2}))-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
    rb"(?(1)(?:-.*)?)"
)


def trace_id_of(scope: Scope) -> str | None:
    """Read the id; None without a header, with several of them, or with one that is malformed.

    Those are to be treated as if nothing had been sent (section 3.2.2.1), and never as an error.
    """
    sent = [value for name, value in scope["headers"] if name == b"traceparent"]
    if len(sent) != 1:
        return None
    match = _TRACEPARENT.fullmatch(sent[0])
    return match[2].decode("ascii") if match else None
