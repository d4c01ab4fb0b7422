"""The example page as its developer sees it: Vite serves it, and passes on what is for the API."""

from pathlib import Path

from node import NODE
from program import Program

from bench.local_servers import free_port

CLIENTS = Path(__file__).parents[2] / "clients"


class Vite(Program):
    """`vite preview` of the example that was built, on a free port."""

    def __init__(self, api_url: str, port: int = 0) -> None:
        """Pass requests on to the server at `api_url`, once it is entered."""
        port = port or free_port()
        arguments = ["preview", "--host=127.0.0.1", f"--port={port}", "--strictPort"]
        super().__init__(
            [NODE, CLIENTS / "node_modules/vite/bin/vite.js", *arguments],
            CLIENTS / "react-example",
            {"API_URL": api_url},
            port,
        )
