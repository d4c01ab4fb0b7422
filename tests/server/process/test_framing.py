"""Where one request ends and the next begins: nobody else may see it differently."""

import asyncio
import re

import pytest
from processes import Server
from waiting import TIMEOUT

BODY = b'{"query": "{ __typename }"}'
CHUNKED = b"1b\r\n" + BODY + b"\r\n0\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
SECOND = b"GET /health/live HTTP/1.1\r\nHost: authberry\r\nConnection: close\r\n\r\n"
HEAD = b"POST /graphql HTTP/1.1\r\nHost: authberry\r\nContent-Type: application/json\r\n"

AMBIGUOUS = {
    "a length and chunks": HEAD + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    "chunks and a length": HEAD + b"Transfer-Encoding: chunked\r\n" + LENGTH + b"\r\n" + CHUNKED,
    "two lengths": HEAD + LENGTH + b"Content-Length: 5\r\n\r\n" + BODY,
    "one length twice": HEAD + LENGTH * 2 + b"\r\n" + BODY,
    "a length with a sign": HEAD + b"Content-Length: +27\r\n\r\n" + BODY,
    "a length that is none": HEAD + b"Content-Length: 0x1b\r\n\r\n" + BODY,
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n" + BODY,
    "an endless length": HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n" + BODY,
    "chunks that are not last": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKED,
    "a bad chunk size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + BODY + b"\r\n",
    "a space before a colon": HEAD + b"Content-Length : 27\r\n\r\n" + BODY,
    "a line that goes on": HEAD + b"X: a\r\n b\r\n" + LENGTH + b"\r\n" + BODY,
    "NUL in a header": HEAD + b"X: a\0b\r\n" + LENGTH + b"\r\n" + BODY,
    "a header without a colon": HEAD + b"garbage\r\n" + LENGTH + b"\r\n" + BODY,
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n",
    "HTTP/9.9": HEAD.replace(b"HTTP/1.1", b"HTTP/9.9") + LENGTH + b"\r\n" + BODY,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


HOSTS = {
    "none": [],
    "an empty one": [b""],
    "two": [b"authberry", b"authberry"],
    "two that differ": [b"authberry", b"evil.example"],
    "a path": [b"authberry/graphql"],
    "a query": [b"a/?x="],
    "a fragment": [b"authberry#"],
    "somebody at a host": [b"ada@authberry"],
    "a space": [b"authberry evil"],
    "a list": [b"authberry, evil.example"],
    "a port that is none": [b"authberry:http"],
    "two ports": [b"authberry:80:80"],
    "a colon": [b"authberry:"],
    "an open bracket": [b"[::1"],
    "not ASCII": [b"\xc3\xa9.example"],
    "a wildcard": [b"*"],
    "more than a name has": [b"a" * 256],
}
GOOD_HOSTS = [b"authberry", b"auth.example.com:8443", b"127.0.0.1:8000", b"[::1]:8000", b"my_svc.d"]


def naming(*hosts: bytes, version: bytes = b"1.1") -> bytes:
    """A whole request for these hosts."""
    lines = b"".join(b"Host: " + host + b"\r\n" for host in hosts)
    return b"GET /health/live HTTP/" + version + b"\r\n" + lines + b"\r\n"


async def answers(server: Server, sent: bytes) -> list[bytes]:
    """The statuses of all that is answered until the server hangs up, as it is asked to."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    async with asyncio.timeout(TIMEOUT):
        received = await reader.read()
    writer.close()
    return re.findall(rb"HTTP/1\.1 (\d+) ", received)


async def test_what_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read(
    shared_server: Server, subtests: pytest.Subtests
) -> None:
    """A second request that only we see is how requests are smuggled past a proxy."""
    for story, sent in AMBIGUOUS.items():
        with subtests.test(story):
            assert await answers(shared_server, sent + SECOND) == [b"400"]
    assert '"level": "error"' not in shared_server.log


async def test_what_is_plain_is_served_and_so_is_what_follows(shared_server: Server) -> None:
    """What the test above would see if everything were refused."""
    plain = HEAD + LENGTH + b"\r\n" + BODY
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED
    assert await answers(shared_server, plain + SECOND) == [b"200", b"200"]
    assert await answers(shared_server, chunked + SECOND) == [b"200", b"200"]


async def test_a_request_names_one_host(shared_server: Server, subtests: pytest.Subtests) -> None:
    """RFC 9112, section 3.2: or two programs take it for two places. HTTP/1.0 may name none."""
    for story, hosts in HOSTS.items():
        with subtests.test(story):
            assert await answers(shared_server, naming(*hosts) + SECOND) == [b"400"]
    for host in GOOD_HOSTS:
        assert await answers(shared_server, naming(host) + SECOND) == [b"200", b"200"]
    assert await answers(shared_server, naming(version=b"1.0")) == [b"200"]
    assert await answers(shared_server, naming(b"a/?x=", version=b"1.0")) == [b"400"]
    assert '"level": "error"' not in shared_server.log
