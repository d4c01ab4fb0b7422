"""Each statement of each mutation fails in turn, and so does each commit."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from broken_mutations import BrokenMutation, mutation
from graphql import build_schema
from mutation_cases import Case
from writing_mutations import CASES

__all__ = ["mutation"]

Prepare = Callable[[Case], Awaitable[BrokenMutation]]
SCHEMA = Path(__file__).parents[3] / "schema.graphql"


READS = {"beginPasskeyLogin", "beginTotpEnrollment", "beginPasskeyRegistration"}
"""What they answer stands for itself; `test_budgets` shows that they write nothing."""


def test_there_is_a_case_of_every_mutation() -> None:
    """Nearly all of them write: whoever adds one says in which situations."""
    mutations = build_schema(SCHEMA.read_text("utf-8")).mutation_type
    assert mutations
    assert {case.mutation for case in CASES} == mutations.fields.keys() - READS


@pytest.mark.one_process("it breaks the statements of one")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_mutation_that_fails_has_changed_nothing(mutation: Prepare, case: Case) -> None:
    """Whichever statement it is: no row, no mail; and the next try is as the first would be."""
    assert await (await mutation(case)).fail_in_turn() > 0


@pytest.mark.one_process("it breaks the statements of one")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_mutation_whose_answer_is_lost_is_done_or_not(
    mutation: Prepare, case: Case
) -> None:
    """The database does as it is told, and goes away before it can say so."""
    assert await (await mutation(case)).fail_in_turn(answer_is_lost=True) > 0
