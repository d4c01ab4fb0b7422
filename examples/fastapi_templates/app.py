"""A notebook of pages and forms, with no JavaScript: FastAPI and Jinja, logged in by a cookie.

    pip install -r requirements.in && uvicorn app:app

Make an account with `authberry users create ada@example.com --role admin`, and look at
http://127.0.0.1:8000. What is about logging in is below "Logging in"; the rest only asks.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import operations as documents
from fastapi import Depends, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from authberry import Auth, Settings, Viewer
from authberry.server.routes.fastapi import Asking, Operations, return_path

auth = Auth(Settings.load())
asking = Asking(auth, login_url="/login")
operations = Operations(asking)

Somebody = Annotated[Viewer, Depends(asking)]
Anybody = Annotated[Viewer | None, Depends(asking.optional)]
Text = Annotated[str, Form()]

templates = Jinja2Templates(Path(__file__).with_name("pages"))
notes: dict[UUID, list[str]] = defaultdict(list)

HEADERS = {
    "Cache-Control": "no-store",  # a page for somebody is not shown to the next by any cache
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the database open."""
    async with auth:
        yield


app = FastAPI(lifespan=lifespan)


def page(request: Request, name: str, viewer: Viewer | None, **more: Any) -> HTMLResponse:
    """Render a page, which says who is logged in."""
    context = {"user": viewer.user if viewer else None, **more}
    return templates.TemplateResponse(request, f"{name}.html", context, headers=HEADERS)


def go_to(path: str) -> RedirectResponse:
    """Lead the browser on behind a form, so that a reload does not send it again."""
    return RedirectResponse(path, 303)


@app.get("/")
async def read_notes(request: Request, viewer: Somebody) -> HTMLResponse:
    """What somebody has written."""
    return page(request, "notes", viewer, notes=notes[viewer.user.id])


@app.post("/notes")
async def add_note(viewer: Somebody, text: Text) -> RedirectResponse:
    """Write something. A form of another site gets no further than `Somebody`."""
    notes[viewer.user.id].append(text)
    return go_to("/")


@app.get("/admin")
async def admin(
    request: Request, viewer: Annotated[Viewer, Depends(asking.with_role("admin"))]
) -> HTMLResponse:
    """How much everybody has written, for administrators."""
    return page(request, "admin", viewer, count=sum(map(len, notes.values())))


@app.get("/private")
async def private(
    request: Request, viewer: Annotated[Viewer, Depends(asking.with_recent_login(max_age=300))]
) -> HTMLResponse:
    """What is only shown to somebody who has just proved who they are."""
    return page(request, "private", viewer)


# Logging in


@app.get("/login")
async def login_page(request: Request, viewer: Anybody, next: str = "/") -> HTMLResponse:
    """Log in; or, for whoever is logged in, prove it once more."""
    return page(request, "prove" if viewer else "login", viewer, next=return_path(next))


@app.post("/login")
async def login(request: Request, email: Text, password: Text, next: Text = "/") -> Any:
    """Take a password."""
    done = await operations.execute(
        request, documents.LOGIN, {"email": email, "password": password}
    )
    match done.answer["__typename"]:
        case "AuthPayload":
            return done.onto(go_to(return_path(next)))
        case "SecondFactorRequired":
            return done.onto(page(request, "code", None, next=return_path(next)))
    more = {"email": email, "next": return_path(next), "problem": done.answer.get("message")}
    return done.onto(page(request, "login", None, **more))


@app.post("/login/code")
async def second_factor(request: Request, code: Text, next: Text = "/") -> Any:
    """Take the code of somebody's app, where their account has one."""
    done = await operations.execute(request, documents.COMPLETE_LOGIN, {"code": code})
    if done.answer["__typename"] == "AuthPayload":
        return done.onto(go_to(return_path(next)))
    more = {"next": return_path(next), "problem": done.answer["message"]}
    # A ticket that is used up is of no more use: the password has to be typed again.
    again = "code" if done.answer["__typename"] == "InvalidProof" else "login"
    return done.onto(page(request, again, None, **more))


@app.post("/prove")
async def prove(request: Request, viewer: Somebody, password: Text, next: Text = "/") -> Any:
    """Take the password once more, in the same session."""
    done = await operations.execute(request, documents.REAUTHENTICATE, {"password": password})
    if done.answer["__typename"] == "AuthPayload":
        return done.onto(go_to(return_path(next)))
    more = {"next": return_path(next), "problem": done.answer["message"]}
    return done.onto(page(request, "prove", viewer, **more))


@app.post("/logout")
async def logout(request: Request) -> RedirectResponse:
    """End the session, in every tab."""
    done = await operations.execute(request, documents.LOGOUT)
    return done.onto(go_to("/login"))


@app.get("/sessions")
async def sessions(request: Request, viewer: Somebody) -> HTMLResponse:
    """Where else somebody is logged in."""
    done = await operations.execute(request, documents.SESSIONS)
    return page(request, "sessions", viewer, sessions=done.answer)


@app.post("/sessions/end")
async def end_session(request: Request, id: Text) -> RedirectResponse:
    """Log somebody out elsewhere, at once."""
    done = await operations.execute(request, documents.REVOKE_SESSION, {"id": id})
    return done.onto(go_to("/sessions"))
