"""The example of pages and forms, served as its README's reader serves it."""

import sys
from pathlib import Path

from apps import SECRET
from program import Program

from bench.local_servers import free_port

FOLDER = Path(__file__).parents[2] / "examples/fastapi_templates"


class TemplatesExample(Program):
    """`uvicorn app:app` on a free port."""

    def __init__(self, database_url: str) -> None:
        """Serve it on a database, once it is entered."""
        port = free_port()
        environment = {"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET}
        command = [sys.executable, "-m", "uvicorn", "app:app", f"--port={port}"]
        super().__init__(command, FOLDER, environment, port)
