"""The server: who is answered, which files, and how many wait."""

import asyncio
import os
import signal
import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests
from conftest import PATIENCE, until

from press import serve


class Running:
    """A server in a thread of its own; ``get`` asks it."""

    def __init__(self, respond=None):
        self.loop, ready = asyncio.new_event_loop(), threading.Event()

        def run():
            asyncio.set_event_loop(self.loop)

            async def start():
                self.server, self.address = serve.make(0, respond)
                ready.set()

            self.loop.run_until_complete(start())
            self.loop.run_forever()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        ready.wait()
        parts = urlsplit(self.address)
        self.base, self.port, self.token = f"http://{parts.netloc}", parts.port, parts.query.partition("=")[2]
        self.session = requests.Session()

    def opened(self):
        self.session.get(self.address)
        return self

    def get(self, path, **headers):
        return self.session.get(self.base + path, headers=headers, allow_redirects=False, timeout=PATIENCE)

    def close(self):
        self.loop.call_soon_threadsafe(self.server.stop)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


@pytest.fixture
def running(toy, monkeypatch):
    monkeypatch.setenv("PRESS_ROOT", str(toy.root))
    (toy.root / "reports.toml").write_text("[project]\n", encoding="utf-8")
    toy.reports.mkdir(exist_ok=True)
    (toy.reports / "index.html").write_text("the index", encoding="utf-8")
    (toy.reports / ".lock").write_text("kept to itself", encoding="utf-8")
    (toy.root / "secret.txt").write_text("kept to itself", encoding="utf-8")
    server = Running(lambda path, query: (200, {"Content-Type": "text/plain"}, repr((path, query)).encode()))
    yield server
    server.close()


def test_the_printed_address_opens_and_is_left_without_its_token(running):
    answer = running.session.get(running.address + "&outcome=a", timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.url == f"{running.base}/app/?outcome=a"
    assert answer.text == "('', {'outcome': ['a']})"


@pytest.mark.parametrize(
    "path", ["/", "/app/", "/app/rest", "/reports/", "/reports/index.html", "/nothing", "/?token=x"]
)
def test_nobody_is_answered_without_the_token(running, path):
    answer = running.get(path)
    assert answer.status_code == 403
    assert "that this server printed when it started" in answer.text


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example/", "/\\evil.example/"])
def test_no_address_leads_to_another_site(running, path):
    with socket.create_connection(("127.0.0.1", running.port)) as line:
        asked = f"GET {path}?token={running.token} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n"
        line.sendall(asked.encode())
        assert b"Location: /evil.example/\r\n" in line.recv(9999)


def test_the_log_obeys_no_address(toy):
    toy.catalogue("", "[project]\n")
    pid, output = toy.start("serve", "--port", "0")
    until(lambda: output.exists() and "?token=" in output.read_text(), output.read_text)
    address = urlsplit(output.read_text().split()[1])
    cookie = f"press-{address.port}={address.query.partition('=')[2]}"
    host = f"HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n\r\n".encode()
    for path in (b"/a\x9b2J", b"/a?b=\x9b2J", b"/reports/../%1b%0aforged", b"/reports/../plain"):
        with socket.create_connection(("127.0.0.1", address.port)) as line:
            line.sendall(b"GET " + path + b" " + host)
            line.recv(9999)
    said = until(lambda: "plain" in output.read_text() and output.read_text(), output.read_text)
    os.kill(pid, signal.SIGINT)
    assert "forged" not in said and not {*said} & {*map(chr, [*range(10), *range(11, 32), *range(127, 160)])}


def test_another_name_for_this_machine_is_refused(running):
    running.opened()
    assert running.get("/app/", Host=f"evil.example:{running.port}").status_code == 403
    assert running.get("/app/", Host=f"localhost:{running.port}").status_code in (200, 403)


def test_a_page_of_another_site_is_refused(running):
    running.opened()
    assert running.get("/app/", Origin="https://evil.example").status_code == 403
    assert running.get("/app/", Origin="null").status_code == 403
    assert running.get("/app/", Origin=running.base).status_code == 200


def test_it_listens_on_this_machine_only(running):
    assert {sock.getsockname()[0] for sock in running.server._sockets.values()} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "path",
    ["/reports/.lock", "/reports/../secret.txt", "/reports/%2e%2e/secret.txt", "/reports/..%2fsecret.txt", "/secret.txt",
     "/reports//etc/passwd", "/reports/outside.txt", "/app/../secret.txt"],
)  # fmt: skip
def test_no_file_but_what_was_made_is_served(running, toy, path):
    (toy.reports / "outside.txt").unlink(missing_ok=True)
    (toy.reports / "outside.txt").symlink_to(toy.root / "secret.txt")
    running.opened()
    request = requests.Request("GET", running.base).prepare()
    request.url = running.base + path
    request.prepare_cookies(running.session.cookies)
    assert "kept to itself" not in running.session.send(request).text


def test_an_address_with_a_zero_byte_is_no_page(running):
    assert running.opened().get("/reports/%00").status_code == 404


def test_a_folder_without_a_page_is_refused_by_its_name(running, toy):
    (toy.reports / "100%").mkdir()
    found = running.opened().get("/reports/100%25/")
    assert found.status_code in (403, 404) and "%s" not in found.text and "%%" not in found.text


def test_made_pages_are_served(running):
    assert running.opened().get("/reports/index.html").text == "the index"


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_it_only_answers_questions(running, method):
    running.opened()
    assert running.session.request(method, f"{running.base}/app/", timeout=PATIENCE).status_code in (403, 405)


def test_what_waits_is_limited(running):
    running.close()
    gate = threading.Event()

    def slow(path, query):
        gate.wait()
        return 200, {}, b"done"

    server, results = Running(slow), []

    def ask():
        cookies = {f"press-{server.port}": server.token}
        results.append(requests.get(f"{server.base}/app/x", cookies=cookies, timeout=PATIENCE).status_code)

    threads = [threading.Thread(target=ask) for _ in range(serve.MOST_WAITING + 4)]
    for thread in threads:
        thread.start()
    until(lambda: results.count(503) == 4, lambda: str(results))
    gate.set()
    for thread in threads:
        thread.join()
    server.close()
    assert sorted(results) == [200] * serve.MOST_WAITING + [503] * 4


def test_a_port_that_is_taken_is_named(running):
    with pytest.raises(OSError, match=rf"port {running.port} cannot be used .*--port"):
        serve.make(running.port, lambda path, query: (200, {}, b""))


def test_without_an_app_the_reports_are_the_start(running, monkeypatch):
    running.close()
    plain = Running()
    answer = plain.session.get(plain.address, timeout=PATIENCE)
    plain.close()
    assert answer.text == "the index"
    assert "/reports/" in answer.url
