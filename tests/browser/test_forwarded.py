"""A frontend's server, in Node, that asks as its visitor by the cookie of their request."""

import json
from pathlib import Path

import pytest
from anyio.to_thread import run_sync
from node import run
from people import PASSWORD
from processes import Serve
from vite import CLIENTS

from authberry import Auth
from authberry.models import RefreshToken

ADA = "ada@example.com"
PROGRAM = """
import { forwarded } from "authberry/server";

const [url, email, password] = process.argv.slice(2);
const visitorWith = (cookie) => forwarded(cookie, { url, headers: { "User-Agent": "Firefox" } });
const jar = new Map();

function keep({ cookies }) {
  for (const { name, value, options } of cookies) {
    if (options.maxAge === 0) jar.delete(name);
    else jar.set(name, value);
  }
  return cookies;
}

const cookie = () => [...jar].map((pair) => pair.join("=")).join("; ");
const session = () => jar.get("authberry_session") ?? null;
const REGISTER = `mutation ($email: String!, $password: String!) {
  register(email: $email, password: $password, transport: SESSION) { __typename }
}`;
const PROVE = `mutation ($password: String!) {
  reauthenticate(proof: { password: $password }) { __typename }
}`;

const register = visitorWith(null);
const registered = await register.request(REGISTER, { email, password });
const set = keep(register);
const first = session();

const fifty = await Promise.all(Array.from({ length: 50 }, () => visitorWith(cookie()).state()));
const reading = visitorWith(cookie());
await reading.request("{ me { email } }");

const proving = visitorWith(cookie());
const proved = await proving.request(PROVE, { password });
keep(proving);
const second = session();
const { user, session: kept } = await visitorWith(cookie()).state();

const held = cookie();
const leaving = visitorWith(held);
await leaving.request("mutation { logout { ... on LoggedOut { ok } } }");
keep(leaving);
const { status, reason } = await visitorWith(held).state();

console.log(JSON.stringify({
  answers: [registered.register.__typename, proved.reauthenticate.__typename],
  options: set.find(({ name }) => name === "authberry_session").options,
  encoded: set.filter(({ value }) => encodeURIComponent(value) !== value).map(({ name }) => name),
  fifty: [...new Set(fifty.map(({ status, user }) => `${status} ${user?.email}`))],
  setByReading: reading.cookies.length,
  isAnother: first !== null && second !== null && first !== second,
  afterProof: [user.email, kept.userAgent],
  afterLogout: [status, reason, session()],
}));
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The server, as far as it asks."""
    path = tmp_path / "frontend.mjs"
    path.write_text(PROGRAM, "utf-8")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/authberry").symlink_to(CLIENTS / "js")
    return path


async def test_a_visitor_registers_renders_fifty_times_proves_and_logs_out(
    started: Serve, program: Path, rules: Auth
) -> None:
    """What the answers set can be handed on as it is, and reading sets nothing."""
    url = f"{started().url}/graphql"
    said = json.loads(await run_sync(lambda: run(program, url, ADA, PASSWORD)))
    lifetime = said["options"].pop("maxAge")
    assert 7775900 < lifetime <= 7776000
    assert said == {
        "answers": ["AuthPayload", "AuthPayload"],
        "options": {"path": "/", "httpOnly": True, "secure": False, "sameSite": "lax"},
        # Frameworks encode what they set, and would set another value.
        "encoded": [],
        "fifty": [f"loggedIn {ADA}"],
        "setByReading": 0,
        "isAnother": True,
        "afterProof": [ADA, "Firefox"],
        "afterLogout": ["loggedOut", "SESSION_REVOKED", None],
    }
    with rules.database.use():
        assert await RefreshToken.filter(revoked_at=None).count() == 0
