"""A host whose own packages have the names of our folders, in one process with ours.

`nox -s wheel` runs this file with nothing but the wheel installed.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

OURS = "import authberry, authberry.graph, authberry.models, authberry.server.app"
HOSTS = "import auth, graph, models, server"
CHECK = """
from pathlib import Path

for theirs in (auth, graph, models, server):
    assert Path(theirs.__file__).parents[1] == Path.cwd(), theirs
for ours in (authberry, authberry.graph, authberry.models, authberry.server):
    assert Path.cwd() not in Path(ours.__file__).parents, ours
assert models.User is not authberry.models.User
assert authberry.models.User.__module__ == "authberry.models.user"
"""


def import_in_order(*imports: str) -> None:
    """Do so in the host's folder; raises `CalledProcessError` where a name is not its owner's."""
    with TemporaryDirectory() as folder:
        for name in ("auth", "graph", "models", "server"):
            package = Path(folder).resolve() / name
            package.mkdir()
            (package / "__init__.py").write_text("class User: ...\n", encoding="utf-8")
        program = "\n".join([*imports, CHECK])
        subprocess.run([sys.executable, "-c", program], cwd=folder, check=True)  # noqa: S603 - ours


if __name__ == "__main__":
    import_in_order(OURS, HOSTS)
    import_in_order(HOSTS, OURS)
