"""Refusals are counted, and told one line of a kind a minute."""

import logging

import pytest

from authberry.models.database.refusals import QUIET, Refusal, RefusalLog, told_by_caller

LOST = Refusal("42501", "authberry_user")
FULL = Refusal("53100")


def test_one_line_of_a_kind_a_minute_and_how_many_it_stands_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A flood of one kind hides no other, and none of it is lost to the count."""
    now = [0.0]
    log = RefusalLog(lambda: now[0])
    caplog.set_level(logging.ERROR, "authberry.database")
    for refusal in (LOST, LOST, LOST, FULL):
        log.add(refusal)
    now[0] = QUIET
    log.add(LOST)
    assert [record.getMessage() for record in caplog.records] == [
        "the database refuses code=42501 relation=authberry_user",
        "the database refuses code=53100",
        "the database refuses code=42501 relation=authberry_user times=3",
    ]


def test_what_is_said_to_a_person_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A command says it in words, on a line of its own."""
    with told_by_caller():
        RefusalLog().add(LOST)
    assert caplog.records == []
