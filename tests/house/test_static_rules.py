"""What must not be written anywhere: rules of our own, and a sample in which each is broken."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("auth", "graph", "models", "server")
FRONTEND = ROOT / "server/frontend"  # builds what browsers get, and is not shipped

SECRET = re.compile(
    r"(^|_)(secrets?|tokens?|passwords?|digests?|mac|tags?|signature|hash|csrf|otp)$"
)
"""What somebody might try to guess, as it is called here."""

STRAWBERRY = {
    "strawberry",
    *(f"strawberry.{name}" for name in ("dataloader", "extensions", "permission", "relay")),
    *(f"strawberry.{name}" for name in ("scalars", "schema.config", "schema_directive", "tools")),
    *(f"strawberry.{name}" for name in ("types", "types.field", "types.graphql")),
}
"""The modules of Strawberry that its documents name."""

STRAWBERRY_INTERNALS = {
    *("DEFINITION_BACKREF", "__dataclass_fields__", "__strawberry_definition__", "_field_type"),
    *("_raw_info", "base_resolver", "type_annotation"),
}

EXECUTES = {"execute", "executemany", "executescript", "execute_query", "fetch", "fetchrow"}


def called(node: ast.expr | None) -> str:
    """The last word of what an expression names: `row.token_hash` and `self._tag(...)` alike."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(func=ast.Attribute(attr="encode" | "decode" | "strip", value=value)):
            return called(value)
        case ast.Call(func=function):
            return called(function)
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
            return key.lower() or called(value)
        case ast.Await(value=value):
            return called(value)
    return ""


def compares_secrets(node: ast.AST) -> bool:
    """`==` on a secret: how long it takes says how much of a guess was right."""
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    if any(isinstance(side, ast.Constant | ast.List | ast.Tuple | ast.Dict) for side in sides):
        return False  # with nothing, or with something that everybody knows
    equal = any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
    return equal and any(SECRET.search(called(side)) for side in sides)


def believes_anything(node: ast.AST) -> bool:
    """`verify=False`, in a call or in the options of one: certificates and signatures alike."""
    names = {"verify", "verify_signature", "verify_ssl", "check_hostname", "ssl_verify"}
    match node:
        case ast.keyword(arg=name, value=ast.Constant(value=False)):
            return name in names
        case ast.Dict(keys=keys, values=values):
            return any(
                isinstance(key, ast.Constant) and key.value in names and _is_false(value)
                for key, value in zip(keys, values, strict=True)
            )
        case ast.Assign(targets=[ast.Attribute(attr="check_hostname")], value=value):
            return _is_false(value)
        case ast.Attribute(attr="CERT_NONE" | "_create_unverified_context"):
            return True
    return False


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def writes_sql_as_it_goes(node: ast.AST) -> bool:
    """A statement put together where it is executed: what is put in may be somebody's text."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=[first, *_]) if name in EXECUTES:
            formats = isinstance(first, ast.Call) and called(first.func) == "format"
            joins = isinstance(first, ast.BinOp) and isinstance(first.op, ast.Add | ast.Mod)
            return isinstance(first, ast.JoinedStr) or formats or joins
    return False


def guesses(node: ast.AST) -> bool:
    """`random`, of which a few numbers tell the next: `secrets` is what secrets are made with."""
    match node:
        case ast.Import(names=names):
            return any(alias.name == "random" for alias in names)
        case ast.ImportFrom(module="random"):
            return True
    return False


def skips_reading_strictly(node: ast.AST) -> bool:
    """PyJWT's own `decode` forgives padding, repeats and types; `tokens.jose` does not."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="jwt"), attr="decode" | "encode")):
            return True
    return False


def leans_on_strawberry_internals(node: ast.AST) -> bool:
    """What no document of Strawberry or graphql-core names: a new version may change it."""
    match node:
        case ast.Import(names=names):
            return any(alias.name.startswith(("strawberry.", "graphql.")) for alias in names)
        case ast.ImportFrom(module=str(name)):
            library = name.partition(".")[0]
            return library in {"strawberry", "graphql"} and name not in {*STRAWBERRY, "graphql"}
        case ast.Attribute(attr=name):
            return name in STRAWBERRY_INTERNALS
    return False


RULES = [
    compares_secrets,
    believes_anything,
    writes_sql_as_it_goes,
    guesses,
    skips_reading_strictly,
    leans_on_strawberry_internals,
]

# What a rule refuses everywhere else is gathered in one file.
ONLY_IN = {"leans_on_strawberry_internals": "graph/strawberry_internals.py"}

SAMPLE = dedent(
    """
    def bad(row, token, connection, settings, header):
        if row.token_hash == token:  # compares_secrets
            pass
        if _tag(key, message) != header["signature"]:  # compares_secrets
            pass
        if settings.metrics_token.encode() == token.strip():  # compares_secrets
            pass
        httpx.get(url, verify=False)  # believes_anything
        decode(token, key, options={"verify_signature": False})  # believes_anything
        context.check_hostname = False  # believes_anything
        context.verify_mode = ssl.CERT_NONE  # believes_anything
        connection.execute(f"SELECT * FROM {table}")  # writes_sql_as_it_goes
        connection.fetch("SELECT * FROM x WHERE id = '%s'" % token)  # writes_sql_as_it_goes
        connection.execute("SELECT {}".format(token))  # writes_sql_as_it_goes
        import random  # guesses
        from random import choice  # guesses
        jwt.decode(token, key)  # skips_reading_strictly
        import strawberry.printer  # leans_on_strawberry_internals
        from strawberry.types.base import StrawberryList  # leans_on_strawberry_internals
        from graphql.execution.execute import assume  # leans_on_strawberry_internals
        info._raw_info.return_type  # leans_on_strawberry_internals
        cls.__strawberry_definition__.fields  # leans_on_strawberry_internals

    def good(row, token, connection, tokens):
        hmac.compare_digest(row.token_hash, token)
        if tokens == [] or token == "" or row.generation == 1:
            pass
        httpx.get(url, verify=True)
        connection.execute("SELECT * FROM x WHERE id = $1", token)
        from graphql import parse
        from strawberry.types.field import StrawberryField
    """
)

BANDITS = """
import pickle
import hashlib
import yaml
import requests

def bad(text):
    eval(text)
    requests.get("https://example.com", verify=False, timeout=1)
    yaml.load(text)
    return pickle.loads(text), hashlib.md5(text)
"""


def found(source: str) -> Iterator[tuple[int, str]]:
    """Each line that breaks a rule, and which."""
    for node in ast.walk(ast.parse(source)):
        for rule in RULES:
            if rule(node):
                line = node.value.lineno if isinstance(node, ast.keyword) else node.lineno  # type: ignore[attr-defined]
                yield line, rule.__name__


def test_the_sample_breaks_each_rule_where_it_says() -> None:
    """A rule that finds nothing in bad code would find nothing in ours."""
    told = {
        (number, line.partition("  # ")[2])
        for number, line in enumerate(SAMPLE.splitlines(), 1)
        if "  # " in line
    }
    assert set(found(SAMPLE)) == told
    assert {name for _, name in told} == {rule.__name__ for rule in RULES}


def test_our_code_breaks_none() -> None:
    """All that is shipped."""
    assert [
        f"{path.relative_to(ROOT)}:{line} {rule}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if not path.is_relative_to(FRONTEND)
        for line, rule in found(path.read_text("utf-8"))
        if path != ROOT / ONLY_IN.get(rule, ".")
    ] == []


@pytest.mark.parametrize("tool", ["bandit", "ruff"])
def test_the_linters_find_what_is_bad(tool: str, tmp_path: Path) -> None:
    """As they are configured for `nox -s lint`."""
    sample = tmp_path / "sample.py"
    sample.write_text(BANDITS, encoding="utf-8")
    commands = {
        "bandit": ["bandit", "--quiet", "--configfile=pyproject.toml", str(sample)],
        "ruff": [
            "ruff",
            "check",
            "--config=pyproject.toml",
            "--output-format=concise",
            str(sample),
        ],
    }
    ran = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", *commands[tool]],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    codes = {
        "bandit": ["B301", "B307", "B324", "B501", "B506"],
        "ruff": ["S301", "S307", "S324", "S501", "S506"],
    }
    assert ran.returncode == 1, ran.stderr
    assert [code for code in codes[tool] if code not in ran.stdout] == []
