"""The made pages, and the project's own app beside them, on this machine only: ``rotation serve``."""

import asyncio
import os
import secrets
import webbrowser
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from tornado import httpserver, netutil, web

from press import progress, project

MOST_WAITING = 8  # requests to the app that may wait; it answers one at a time


class _Guarded(web.RequestHandler):
    """Answer who asks for this machine by its name, from no other site, and knows the token."""

    def prepare(self) -> None:
        origin, asked = self.request.headers.get("Origin"), f"{self.request.uri}{unquote(self.request.path)}"
        if project.clean(asked) != asked:  # what a terminal would obey reaches no log
            raise web.HTTPError(404)
        if self.request.host not in self.settings["hosts"] or origin not in (None, f"http://{self.request.host}"):
            raise web.HTTPError(403, "Only pages opened on this machine are answered.")
        token, cookie = self.settings["secret"], self.settings["cookie"]
        query = parse_qsl(self.request.query, keep_blank_values=True)
        if secrets.compare_digest(dict(query).get("token", "").encode(), token.encode()):
            self.set_cookie(cookie, token, httponly=True, samesite="Lax")
            rest = urlencode([pair for pair in query if pair[0] != "token"])
            # to no other site
            self.redirect("/" + self.request.path.lstrip("/\\") + (f"?{rest}" if rest else ""))
        elif not secrets.compare_digest((self.get_cookie(cookie) or "").encode(), token.encode()):
            raise web.HTTPError(403, "Open the address that this server printed when it started; it holds the token.")

    def set_default_headers(self) -> None:
        for name, value in {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}.items():
            self.set_header(name, value)
        self.set_header("Referrer-Policy", "no-referrer")
        self.clear_header("Server")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        said = isinstance(error, web.HTTPError) and error.log_message and error.log_message % error.args
        self.finish(said or f"{status_code} {self._reason}")


class _Made(_Guarded, web.StaticFileHandler):
    """A file below ``reports/``; nothing hidden, nothing that a link leads out to."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        found = super().validate_absolute_path(root, absolute_path)
        if found is not None and "/." in f"/{os.path.relpath(Path(found).resolve(), Path(root).resolve())}":
            raise web.HTTPError(404)
        return found


class _App(_Guarded):
    """What the project's own app answers; it works on one request at a time, and on none whose page has gone."""

    gone = False

    def initialize(self, respond: Callable[..., Any], pool: ThreadPoolExecutor, room: asyncio.Semaphore) -> None:
        self._respond, self._pool, self._room = respond, pool, room

    def on_connection_close(self) -> None:
        self.gone = True

    async def get(self, path: str) -> None:
        if self._room.locked():
            raise web.HTTPError(503, "Too many questions are waiting. Try again in a few seconds.")
        given = self.request.arguments.items()
        query = {name: [value.decode("utf-8", "replace") for value in values] for name, values in given}
        async with self._room:
            status, headers, body = await asyncio.get_running_loop().run_in_executor(self._pool, self._ask, path, query)
        if not self.gone:
            self.set_status(status)
            for name, value in headers.items():
                self.set_header(name, value)
            self.finish(body)

    def _ask(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        return (499, {}, b"") if self.gone else self._respond(path, query)


def make(port: int = 0, respond: Callable[..., Any] | None = None) -> tuple[httpserver.HTTPServer, str]:
    """
    Bind the server to this machine's own address.

    Parameters
    ----------
    port : int
        0 for any that is free.
    respond : callable, optional
        From path (str) and query (name to list of str) to status (int), headers (dict) and body (bytes); by default what
        ``[project] app`` in ``reports.toml`` names ("module:function").

    Returns
    -------
    server, address
        A tornado server that runs with the event loop, and the address to open; it holds the token.

    Raises
    ------
    OSError
        If the port is taken.
    """
    respond = respond or project.hook("app")
    try:
        sockets = netutil.bind_sockets(port, "127.0.0.1")
    except OSError as error:
        remedy = "give another with --port, or 0 for any"
        raise OSError(f"port {port} cannot be used ({error.strerror}); {remedy}.") from None
    port, token = sockets[0].getsockname()[1], secrets.token_urlsafe(24)
    paths: list[tuple] = [(r"/reports/(.*)", _Made, {"path": str(project.reports()), "default_filename": "index.html"})]
    if respond:
        pool = ThreadPoolExecutor(max_workers=1)
        paths.append((r"/app/(.*)", _App, {"respond": respond, "pool": pool, "room": asyncio.Semaphore(MOST_WAITING)}))
    start = "app" if respond else "reports"
    paths.append((r"/(?:app|reports)?", _Start, {"url": f"/{start}/", "permanent": False}))
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
    settings: dict[str, Any] = {"secret": token, "cookie": f"press-{port}", "hosts": hosts}
    silent: dict[str, Any] = {"default_handler_class": _Nothing, "log_function": lambda _handler: None}
    server = httpserver.HTTPServer(web.Application(paths, **settings, **silent))
    server.add_sockets(sockets)
    return server, f"http://127.0.0.1:{port}/{start}/?token={token}"


class _Start(_Guarded, web.RedirectHandler):
    """Lead from the bare address to the first page."""


class _Nothing(_Guarded):
    """Say that there is no such page."""

    def get(self) -> None:
        raise web.HTTPError(404)


def serve(port: int = 8890, browse: bool = False) -> None:
    """
    Serve until interrupted.

    Parameters
    ----------
    port : int
        0 for any that is free.
    browse : bool
        Whether the address is opened in the browser.
    """

    async def forever() -> None:
        _, address = make(port)
        progress.say(f"Open {address}\nOnly this machine can; Ctrl-C ends it.")
        if browse:
            webbrowser.open(address)
        await asyncio.Event().wait()

    asyncio.run(forever())
