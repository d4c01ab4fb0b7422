"""A filled table holds the real rows at even distances."""

import pytest

from bench.filling import among


@pytest.mark.parametrize(("real", "rows"), [(3, 3), (3, 10), (7, 1000)])
def test_the_real_rows_are_spread_over_exactly_so_many(real: int, rows: int) -> None:
    """Every other row is a copy under an id of its own."""
    filled = list(among([(f"real {n}", "hash", n) for n in range(real)], 0, rows))
    assert len({row[0] for row in filled}) == rows
    places = [place for place, row in enumerate(filled) if str(row[0]).startswith("real")]
    assert places == [n * (rows // real) for n in range(real)]
