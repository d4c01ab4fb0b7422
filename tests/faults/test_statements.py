"""Each statement of each mutation fails in turn, and so does each commit.

`tests/graph/mutations/test_faults.py` tries the same, and a commit whose answer is lost besides.
"""

from collections.abc import Awaitable, Callable

import pytest
from broken_mutations import BrokenMutation
from fault_table import FaultTable
from mutation_cases import Case
from writing_mutations import CASES


@pytest.mark.one_process("it breaks the statements of one")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_whichever_statement_fails_the_old_state_is_whole(
    mutation: Callable[[Case], Awaitable[BrokenMutation]], table: FaultTable, case: Case
) -> None:
    """The client is told to try again; its next try is as the first would have been."""
    statements = await (await mutation(case)).fail_in_turn()
    table.note(
        f"{case.name}: each of its {statements} statements fails in turn, commits included",
        answer="`SERVICE_UNAVAILABLE`",
        rows="as they were",
        recovery="the next request",
    )
