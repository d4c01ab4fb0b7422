"""What the server uses of uvicorn's inside is as it was when it was read."""

import ast
import hashlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from authberry.server.process.draining import DrainingServer
from authberry.server.process.protocol import BoundedProtocol
from authberry.server.process.supervisor import Supervisor, Worker
from authberry.server.process.uvicorn_internals import READ_FROM

SERVER = Path(__file__).parents[3] / "server"
INTERNALS = "process/uvicorn_internals.py"

# What is overridden, called, or read for the attributes that it sets; and the hash of its source.
READ = {
    "HttpToolsProtocol.__init__": "4f08999410347141",
    "HttpToolsProtocol.connection_made": "6efb565ff3d36b91",
    "HttpToolsProtocol.connection_lost": "c91a4c9bf2e29c55",
    "HttpToolsProtocol.data_received": "010a7ae59a5d3b1a",
    "HttpToolsProtocol.on_message_begin": "96d377fdc7c2baef",
    "HttpToolsProtocol.on_header": "65d62c044f61fdbd",
    "HttpToolsProtocol.on_headers_complete": "1ea8589acfad92d8",
    "HttpToolsProtocol.on_message_complete": "1fbad42dc31fc01f",
    "HttpToolsProtocol.on_response_complete": "64e254f28e389e76",
    "HttpToolsProtocol.send_400_response": "ae5a4a3782b646fd",
    "HttpToolsProtocol.shutdown": "d7351fa33f00d430",
    "HttpToolsProtocol.timeout_keep_alive_handler": "8b53bf5f2e202970",
    "HttpToolsProtocol._unset_keepalive_if_required": "00a6a4e47214e68e",
    "RequestResponseCycle.__init__": "4d2f220910c33c12",
    "Server.__init__": "c150b55284f7511e",
    "Server.startup": "2aa1d70a244bfcf2",
    "Server.main_loop": "afccb353a119333f",
    "Server.on_tick": "60ea49b06ccf68c1",
    "Server.shutdown": "9b33c50562992b1e",
    "Server.handle_exit": "553276efa26e09ea",
    "Server.capture_signals": "e1bbcd4770d1c887",
    "Process.__init__": "a8c85f799aae5b2c",
    "Process.is_alive": "7fb1ab8fc3907ec2",
    "Process.is_ready": "d1f0d0cdfff16c49",
    "Process.target": "ad60ca4616de4c34",
    "Process.kill": "23db0314aac48aa2",
    "Process.join": "bcc96b4a8bcdf2f7",
    "Process.start": "56658f1a46a87685",
    "Process.server": "0bc0d378bdef89dd",
    "Process.pid": "90398572c79efa31",
    "Process.exitcode": "8d73f4e8abcc48c2",
    "Multiprocess.__init__": "5e0f105cb4a381b5",
    "Multiprocess.init_processes": "6c69f2a36bf55750",
    "Multiprocess.run": "306814569fbd547b",
    "Multiprocess.keep_subprocess_alive": "3ba4980aa33bcecd",
    "Multiprocess.restart_all": "438dec6d95be9fcd",
    "Multiprocess.terminate_all": "6efef9523120f025",
    "Multiprocess.join_all": "0a1cc752977298f9",
    "Multiprocess.handle_signals": "69be08d4fd9bc0b4",
    "Multiprocess.handle_hup": "c6701178f72d4d79",
    "Multiprocess.handle_ttin": "ebfc0650752a779d",
    "Multiprocess.handle_ttou": "7801be71de722e96",
}
OWNERS = {
    owner.__name__: owner
    for owner in (HttpToolsProtocol, Multiprocess, Process, RequestResponseCycle, uvicorn.Server)
}
OURS = (BoundedProtocol, DrainingServer, Supervisor, Worker)


def digest(name: str) -> str:
    """The hash of a method's source; none where there is no such method."""
    owner, _, member = name.partition(".")
    found = inspect.getattr_static(OWNERS[owner], member, None)
    if isinstance(found, property):
        found = found.fget
    return hashlib.sha256(inspect.getsource(found).encode()).hexdigest()[:16] if found else "gone"


@pytest.mark.parametrize("name", READ)
def test_what_was_read_of_uvicorn_is_as_it_was(name: str) -> None:
    """An update that changes it is looked at before it is served with."""
    now = digest(name)
    assert now == READ[name], (
        f"uvicorn {uvicorn.__version__} has another `{name}` than {READ_FROM}, from which"
        f" server/{INTERNALS} was read. Read it again, adapt what depends on it, then write the"
        f" version there and {now!r} here."
    )


def test_whatever_is_overridden_has_been_read() -> None:
    """A class of ours that replaces more of uvicorn says so in the table."""
    overridden = {
        f"{owner.__name__}.{name}"
        for ours in OURS
        for owner in ours.__mro__
        if owner in OWNERS.values()
        for kind in ours.__mro__[: ours.__mro__.index(owner)]
        for name in vars(kind).keys() & vars(owner).keys()
        if callable(vars(owner)[name]) or isinstance(vars(owner)[name], property)
    }
    assert overridden - READ.keys() == set()
    assert "HttpToolsProtocol.shutdown" in overridden


def test_the_inside_of_uvicorn_is_imported_in_one_place() -> None:
    """Everybody else imports `uvicorn` itself, or what that place hands out."""
    importers = {
        path.relative_to(SERVER).as_posix()
        for path in SERVER.rglob("*.py")
        for module in modules_imported(path)
        if module.startswith("uvicorn.")
    }
    assert importers == {INTERNALS}


def modules_imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, or imports from."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
