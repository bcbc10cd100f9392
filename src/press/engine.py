"""Where cells run: an IPython shell of the process itself (a fork of one warmed process), or a Jupyter kernel."""

import ast
import atexit
import builtins
import copy
import getpass
import io
import json
import os
import re
import sys
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import Any

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from IPython.core.history import HistoryManager
from jupyter_client.jsonutil import json_clean, json_default
from jupyter_client.session import Session
from nbclient import NotebookClient
from nbclient.util import run_sync
from nbformat import NotebookNode
from nbformat.v4 import new_output

from press import project, reads
from press.catalogue import plain_code
from press.messages import expressions

STREAM_LIMIT = 200_000


class _Kept(Session):
    """Gives what a shell sends to nbclient, which makes outputs of it as of a kernel's messages; past the limit printed text is dropped."""

    sending = False

    def into(self, client: NotebookClient, cell: Any, index: int) -> None:
        client.clear_before_next_output = False
        self.client, self.cell, self.index, self.printed = client, cell, index, 0

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any) -> None:
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        try:
            content = json.dumps(message["content"], default=json_default, allow_nan=False)
        except ValueError:  # as the stock kernel does
            content = json.dumps(json_clean(message["content"]), default=json_default)
        message["content"] = json.loads(content)
        self.sending = True
        try:
            self.client.process_message(message, self.cell, self.index)
        finally:
            self.sending = False

    def write(self, name: str, text: str) -> None:
        if self.sending:  # what nbclient logs of it, where a cell has every log printed
            return
        last = self.cell.outputs[-1] if self.cell.outputs else {}
        if text and self.printed <= STREAM_LIMIT:
            if last.get("name") == name and not self.client.clear_before_next_output:
                last["text"] += text
            else:
                self.send(None, "stream", {"name": name, "text": text})
        self.printed += len(text)


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, kept: _Kept, name: str) -> None:
        self.kept, self.name = kept, name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """Return that of the console, where child processes print."""
        return 1 if self.name == "stdout" else 2

    def write(self, text: str) -> int:
        self.kept.write(self.name, str(text).encode("utf-8", "replace").decode())
        return len(text)


class ForkedShell(ZMQInteractiveShell):
    """The shell of a Jupyter kernel, without the kernel: it starts no thread, has no windows and writes no history."""

    kept: Any

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no event loop of windows here (``%matplotlib inline`` asks for none)."""

    def ask_exit(self) -> None:
        """Refuse ``exit()`` and ``quit``: in JupyterLab they end the kernel, here the cells below would not run."""
        raise RuntimeError("exit() and quit() end the kernel, and no cell below them would run; take them out.")

    def init_environment(self) -> None:
        """Leave the environment as it is."""

    def speak(self) -> None:
        """Let what is printed be kept, whatever was done to the streams."""
        sys.stdout, sys.stderr = _Stream(self.kept, "stdout"), _Stream(self.kept, "stderr")

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        try:
            said = str(evalue)[:STREAM_LIMIT]
        except Exception as error:
            said = f"(its message cannot be shown: {type(error).__name__})"
        self.speak()
        super()._showtraceback(etype, said, [line[:STREAM_LIMIT] for line in stb])


def _nobody(*_: object, **__: object) -> str:
    raise StdinNotImplementedError("a cell asks something (input, getpass, breakpoint), and nobody answers while a report is made; take it out.")  # fmt: skip


def shell() -> ForkedShell:
    """Return the one shell of this process, made at first use, with pyplot's figures shown as the stock kernel shows them."""
    if not ForkedShell.initialized():
        HistoryManager.enabled = False  # type: ignore[assignment]
        made: Any = ForkedShell.instance(colors="nocolor")
        made.kept = _Kept()
        made.builtin_trap.activate()  # pandas, whenever it is imported, finds a kernel and no terminal: the same text everywhere
        made.displayhook.session = made.display_pub.session = made.kept
    made = ForkedShell.instance()
    made.enable_matplotlib("inline")
    return made


def _code_cell(source: str) -> Any:
    """Return a cell of code; nbformat's own function takes a millisecond to find it valid."""
    return NotebookNode(cell_type="code", metadata=NotebookNode(), source=source, outputs=[], execution_count=None)


class _Runner:
    """
    Runs code.

    Parameters
    ----------
    nb : NotebookNode
    cwd : str
        The folder it runs in.
    """

    _execute: Any

    def __init__(self, nb: Any, cwd: str) -> None:
        more: dict[str, Any] = {"resources": {"metadata": {"path": cwd}}, "allow_errors": True, "timeout": None}
        self.client: Any = NotebookClient(nb, kernel_name="python3", **more)
        self.nb, self.cwd = nb, cwd

    def run(self, cell: Any, index: int | None = None) -> bool:
        """Run a cell; return whether it failed. Its outputs and, with an index, its execution count are set."""
        count, cell.outputs, console = cell.get("execution_count"), [], _console_size()
        self.client.nb, at = (self.nb, index) if index is not None else (type(self.nb)(cells=[cell]), 0)
        places = self.client._display_id_map
        self.client._display_id_map = places if index is not None else {}  # what is updated stands in another notebook
        failed = self._execute(cell, at, index is not None)
        self.client._display_id_map = places
        failed |= any(output.output_type == "error" for output in cell.outputs)  # what it shows may fail too
        if said := _console_since(console):  # of child processes and of code that is not Python
            cell.outputs.append(new_output("stream", name="stdout", text=said))
        if index is None:
            cell.execution_count = count
        return failed


class Shell(_Runner):
    """Runs code in the IPython shell of this process; changes the process as the code does."""

    def __enter__(self) -> "Shell":
        os.chdir(self.cwd)
        sys.argv[:] = ["ipykernel_launcher.py"]  # the words of the command are none of a cell's
        reads.hear_pandas()
        reads.start(project.root())
        shell()
        atexit._clear()
        builtins.input = getpass.getpass = _nobody  # which pdb asks too
        return self

    def __exit__(self, *_: object) -> None:
        atexit._run_exitfuncs()  # as at the end of a kernel, where what cells left open is written and closed
        reads.flush()
        names = ForkedShell.instance().user_ns
        for name in [name for name, value in names.items() if hasattr(type(value), "close")]:
            del names[name]
        os.chdir("/")

    def _execute(self, cell: Any, at: int, history: bool) -> bool:
        ip, streams = ForkedShell.instance(), (sys.stdout, sys.stderr)
        ip.kept.into(self.client, cell, at)
        cell.execution_count, here = ip.execution_count, os.getpid()
        ip.speak()
        try:
            result = ip.run_cell(cell.source, store_history=history)
        finally:
            if os.getpid() != here:  # a child of os.fork() that came out of its cell: the report is its parent's
                os._exit(0)
            sys.stdout, sys.stderr = streams
        return not result.success

    def values(self, expressions: list[str]) -> dict[str, Any]:
        """Evaluate expressions; return what Jupyter keeps of each (status and data, or the error)."""
        ForkedShell.instance().kept.into(self.client, _code_cell(""), 0)
        return ForkedShell.instance().user_expressions({e: e for e in expressions})


def _console_size() -> int:
    with suppress(OSError):  # closed by the code of a cell
        return os.fstat(1).st_size  # 0 of what is no file
    return 0


def _console_since(start: int) -> str:
    with suppress(OSError):
        if _console_size() > start:
            with open("/dev/fd/1", "rb") as file:
                file.seek(start)
                return file.read(STREAM_LIMIT).decode("utf-8", "replace")
    return ""


# What child processes print goes where that of this process goes: the pipe of a kernel is read by a thread that may be late.
_HERE = """
import os, sys, press.reads, press.project
[os.dup2(stream.fileno(), number) for number, stream in ((1, sys.stdout), (2, sys.stderr)) if hasattr(stream, "watch_fd_thread")]
press.reads.hear_pandas()
press.reads.start(press.project.root())
"""


class Kernel(_Runner):
    """Runs code in a new Jupyter kernel: the reference, and the way where there is no fork."""

    def __enter__(self) -> "Kernel":
        # without a person's startup files
        self.home = TemporaryDirectory(prefix="ipython-", dir=os.environ.get("IPYTHONDIR"))
        try:
            self._start()
        except RuntimeError:  # of kernels that start at one moment two can take the same port: one dies
            self._start()
        self._asked(_HERE)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._asked("press.reads.flush()")
            asked = "__import__('json').dumps(press.reads.digests())"
            reads.take(json.loads(ast.literal_eval(self.values([asked])[asked]["data"]["text/plain"])))
        finally:
            run_sync(self.client._async_cleanup_kernel)()
            self.home.cleanup()

    def _start(self) -> None:
        self.client.create_kernel_manager().shutdown_wait_time = 20.0  # what cells left open is written as it ends
        self.client.start_new_kernel(env=os.environ | {"PYTHONSAFEPATH": "1", "IPYTHONDIR": self.home.name})
        self.client.start_new_kernel_client()

    def _asked(self, code: str, **more: Any) -> dict[str, Any]:
        asked = self.client.kc.execute(code, silent=True, store_history=False, **more)
        return run_sync(self.client.async_wait_for_reply)(asked)["content"]

    def _execute(self, cell: Any, at: int, history: bool) -> bool:
        replies = list[dict[str, Any]]()
        self.client.on_cell_executed = lambda execute_reply, **_: replies.append(execute_reply["content"])
        self.client.execute_cell(cell, at, store_history=history)
        return any(reply["status"] != "ok" for reply in replies)  # an unknown magic is only printed, but fails

    def values(self, expressions: list[str]) -> dict[str, Any]:
        """Evaluate expressions; return what Jupyter keeps of each (status and data, or the error)."""
        return self._asked("", user_expressions={e: e for e in expressions}).get("user_expressions", {})


class ExpressionFailed(Exception):
    """An inline expression, or what a cell shows in a further language, failed: name of the error, message, number of the cell, code."""


def last_expression(source: str) -> str | None:
    r"""
    Return the code of a cell's last statement where that is an expression whose value is shown and can be asked for again, else None.

    Nothing that acts on the figure that statements before it drew (``plt.title``): that figure is shown and closed.

    Examples
    --------
    >>> last_expression("a = 1\na + 1"), last_expression("a = 1"), last_expression("a;"), last_expression("%%html\na")
    ('a + 1', None, None, None)
    >>> last_expression("plt.plot([1, 2])\nplt.title('t')"), last_expression("plt.plot([1, 2])")
    (None, 'plt.plot([1, 2])')
    """
    try:
        body = ast.parse(plain_code(source)).body
    except SyntaxError:
        return None
    if not body or not isinstance(body[-1], ast.Expr) or source.rstrip().endswith(";"):
        return None
    code = ast.get_source_segment(plain_code(source), body[-1]) or ""
    if re.match(r"\s*%%(?!time\b)", source) or (len(body) > 1 and re.match(r"(plt|pyplot)\.", code)):
        return None
    return code


def skipped(cell: Any) -> bool:
    """Return whether a cell does not run: no code, empty, or tagged ``skip-execution``."""
    return cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in cell.metadata.get("tags", [])


def run_cells(runner: Any, books: dict[str, Any], hook: str = "", on_cell: Any = lambda *_: None) -> int | None:
    """
    Run a notebook once and write what it shows in every language.

    Parameters
    ----------
    runner : Shell or Kernel
    books : dict of str to NotebookNode
        The notebook by language: the same cells, with Markdown in each language. The first is executed; in the others,
        the last expression of a cell that showed something is evaluated again with the language switched, and the message of
        an error is asked for again.
    hook : str
        "module:function" that switches the language; where empty, outputs are the same in every language.
    on_cell : callable
        Told the position of a cell and None when it starts, then whether it failed.

    Returns
    -------
    int or None
        Position of the cell that failed; after it nothing more ran, unless it is tagged ``raises-exception``.

    Raises
    ------
    ExpressionFailed
        If an inline expression fails, or a last expression in a further language.
    """
    (first, nb), *others = books.items()
    module, _, function = hook.partition(":")
    speaks = "" if others else first

    def speak(lang: str) -> None:
        nonlocal speaks
        if hook and lang != speaks:
            switch = f"__import__('importlib').import_module({module!r}).{function}({lang!r})"
            if (said := runner.values([switch])[switch])["status"] != "ok":
                raise RuntimeError(f"{switch}: {said.get('evalue')}")
            speaks = lang

    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown":
            for lang, book in books.items():
                _fill_text(runner, book.cells[index], index, lang, speak)
        if skipped(cell):
            continue
        speak(first)
        on_cell(index, None)
        failed = runner.run(cell, index)
        for lang, book in others:
            twin = book.cells[index]
            twin.outputs, twin.execution_count = list(cell.outputs), cell.execution_count
            if hook and not failed:
                _show_again(runner, twin, index, lang, speak)
            if hook and failed:
                _say_again(runner, twin, lang, speak)
        on_cell(index, failed)
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            return index
    return None


def _fill_text(runner: Any, cell: Any, index: int, lang: str, speak: Any) -> None:
    wanted = list(dict.fromkeys(expressions(cell.source)))
    if not wanted:
        return
    speak(lang)
    results = runner.values(wanted)
    for expression, result in results.items():
        if result["status"] != "ok":
            said = f"the expression {{eval}}`{expression}` in the text failed ({lang}): {result['evalue']}"
            raise ExpressionFailed(result["ename"], said, index + 1, cell.source)
    kept = ("status", "data", "metadata")
    cell.metadata["user_expressions"] = [{"expression": e, "result": {k: results[e][k] for k in kept}} for e in wanted]


def _say_again(runner: Any, cell: Any, lang: str, speak: Any) -> None:
    """Put the message of the error that a cell ended with in another language, where the error speaks it."""
    speak(lang)
    asked = "str(__import__('sys').last_value)"
    result = runner.values([asked])[asked]
    cell.outputs = copy.deepcopy(cell.outputs)
    for output in cell.outputs if result["status"] == "ok" else ():
        if output.output_type == "error" and output.evalue:
            said = ast.literal_eval(result["data"]["text/plain"])
            output.traceback = [line.replace(output.evalue, said) for line in output.traceback]
            output.evalue = said


def _show_again(runner: Any, cell: Any, index: int, lang: str, speak: Any) -> None:
    shown = [o for o in cell.outputs if o.output_type in ("execute_result", "display_data")]
    source = last_expression(cell.source) if shown else None
    if source is None:
        return
    speak(lang)
    again, remember = _code_cell(source), "get_ipython().displayhook.__setattr__('cache_size', {})"
    runner.values([remember.format(0)])  # _ and Out stay what they are in the first language
    failed = runner.run(again)
    runner.values([remember.format(1000)])
    if failed:
        error = next(o for o in again.outputs if o.output_type == "error")
        raise ExpressionFailed(error.ename, f"in {lang}, what the cell shows failed: {error.evalue}", index + 1, source)
    new = [o for o in again.outputs if o.output_type in ("execute_result", "display_data")]
    for output in new:
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count
    for output in reversed(new):  # each in the place of the last of its kind: figures come behind what the cell shows
        alike = [o for o in shown if (o.output_type, {*o.data}) == (output.output_type, {*output.data})]
        place = next((n for n, one in enumerate(cell.outputs) if alike and one is alike[-1]), len(cell.outputs))
        cell.outputs[place : place + 1] = [output]
        shown = [o for o in shown if not alike or o is not alike[-1]]
