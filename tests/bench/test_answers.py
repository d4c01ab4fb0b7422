"""One wrong answer makes a cell worthless."""

import json

import httpx
import pytest

from bench.contestants import is_right
from bench.ours import ME
from bench.wrk import WrongAnswers, as_lua, counts_of

ADA = {"id": "1", "email": "ada@example.com"}
RIGHT = '{"data":{"me":{"id":"1","email":"ada@example.com"}}}'
COUNTS = {"right": 100, "wrong": 0, "broken": 0, "timed_out": 0, "first_wrong": ""}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, RIGHT),
        (200, '{"errors":[{"message":"no"}],"data":{"me":null}}'),
        (200, RIGHT.replace("ada@", "bob@")),
    ],
    ids=["not 200", "refused with 200", "somebody else's"],
)
def test_only_the_answer_to_this_session_is_right(status: int, body: str) -> None:
    """A status is not enough, and neither is an answer for another person."""
    assert is_right(ME, ADA, httpx.Response(200, text=RIGHT))
    assert not is_right(ME, ADA, httpx.Response(status, text=body))


@pytest.mark.parametrize(
    "fault", [{"wrong": 1}, {"broken": 1}, {"timed_out": 1}, {"right": 0}], ids=str
)
def test_one_fault_of_the_load_fails_the_cell(fault: dict[str, int]) -> None:
    """A hundred right answers do not make up for a wrong one, nor for a broken connection."""
    assert counts_of(json.dumps(COUNTS), "") == COUNTS
    with pytest.raises(WrongAnswers):
        counts_of(json.dumps(COUNTS | fault), "")


def test_a_session_reaches_the_load_generator_unharmed() -> None:
    """Every byte of a text is written by number, so that none can end it."""
    assert as_lua({"a": ['"\n', True, None, 1]}) == r'{["\097"]={"\034\010",true,nil,1}}'
