"""A host may own packages called `auth`, `graph`, `models` and `server`; the wheel is tried too."""

import pytest
from same_named_packages import HOSTS, OURS, import_in_order


@pytest.mark.parametrize("imports", [(OURS, HOSTS), (HOSTS, OURS)])
def test_a_name_is_its_owners_whoever_is_imported_first(imports: tuple[str, str]) -> None:
    """`models` is the host's and `authberry.models` is ours."""
    import_in_order(*imports)
