"""Whatever stands in `traceparent` is a trace's id, or nothing."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from nearly_right import (
    mixed,
    request,
)

from authberry.server.observability.trace_context import trace_id_of


@settings(max_examples=300)
@given(
    st.lists(
        mixed("00", "-", "ff", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "01"),
        max_size=2,
    )
)
def test_a_trace_is_32_hexadecimal_digits_or_none(headers: list[str]) -> None:
    """It is the one id of others that gets into our log."""
    found = trace_id_of(request([("traceparent", header) for header in headers]).scope)
    assert found is None or re.fullmatch("[0-9a-f]{32}", found, re.ASCII)
