"""Where cells run: an IPython shell of the process itself (a fork of one warmed process), or a Jupyter kernel."""

import ast
import base64
import copy
import io
import os
import stat
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell

from press import project, reads
from press.catalogue import plain_code
from press.messages import expressions

STREAM_LIMIT = 200_000
_INLINE = "module://matplotlib_inline.backend_inline"


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode()


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, shell: "ZMQFreeShell", name: str) -> None:
        self.shell, self.name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.shell.stream(self.name, _text(text))
        return len(text)


class _Hook(DisplayHook):
    shell: Any

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.shell.put("execute_result", format_dict, md_dict, execution_count=self.prompt_count)

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Publisher(DisplayPublisher):
    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        self.shell.put("display_data", data, metadata, display_id=(transient or {}).get("display_id"), update=update)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.clear(wait)


class ZMQFreeShell(InteractiveShell):
    """
    An IPython shell that keeps what a cell shows as notebook outputs.

    pandas looks for "zmq" in the name of the shell's class to tell a notebook from a terminal: hence the name.
    """

    displayhook_class = _Hook
    display_pub_class = _Publisher

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: there is no event loop of windows here (``%matplotlib inline`` asks for none)."""

    def begin(self) -> list[Any]:
        """Start a new cell and return the list its outputs will appear in."""
        self.outputs: list[Any] = []
        self.size, self.clearing = 0, False
        self.handles: dict[str, list[Any]] = getattr(self, "handles", {})
        return self.outputs

    def clear(self, wait: bool = False) -> None:
        """Drop the outputs of the running cell, at once or when the next one comes."""
        self.clearing = wait
        if not wait:
            self.outputs.clear()

    def _append(self, output: dict[str, Any]) -> Any:
        from nbformat import from_dict

        if self.clearing:
            self.clear()
        self.outputs.append(from_dict(output))
        return self.outputs[-1]

    def put(
        self, kind: str, data: Any, metadata: Any, display_id: str | None = None, update: bool = False, **more: Any
    ) -> None:
        """Add one rich output, or change every earlier output shown under ``display_id``."""
        data = {
            k: base64.b64encode(v).decode("ascii") if isinstance(v, bytes) else _text(v) if isinstance(v, str) else v
            for k, v in data.items()
        }
        content = {"data": data, "metadata": metadata or {}}
        if update:
            for output in self.handles.get(display_id or "", []):
                output.update(content)
            return
        output = self._append({"output_type": kind, **content, **more})
        if display_id:
            self.handles.setdefault(display_id, []).append(output)

    def stream(self, name: str, text: str) -> None:
        """Add printed text; past the limit of a cell the rest is dropped."""
        if self.size > STREAM_LIMIT:
            return
        self.size += len(text)
        if not self.clearing and self.outputs and self.outputs[-1].get("name", "") == name:
            self.outputs[-1]["text"] += text
        elif text:
            self._append({"output_type": "stream", "name": name, "text": text})

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        try:
            said = _text(evalue)
        except Exception as error:
            said = f"(its message cannot be shown: {type(error).__name__})"
        self._append(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": said[:STREAM_LIMIT],
                "traceback": [_text(line[:STREAM_LIMIT]) for line in stb],
            }
        )


def shell() -> ZMQFreeShell:
    """Return the one shell of this process, made at first use; it starts no thread and writes no history."""
    current = InteractiveShell._instance
    if isinstance(current, ZMQFreeShell):
        return current
    HistoryManager.enabled = False  # type: ignore[assignment]
    for cls in InteractiveShell._walk_mro():
        cls._instance = None
    made = ZMQFreeShell.instance(colors="nocolor", display_page=True)
    made.begin()
    return made


def use_inline() -> None:
    """Make pyplot show its figures as the stock kernel does; needs :func:`shell`."""
    os.environ["MPLBACKEND"] = _INLINE
    import matplotlib.pyplot as plt
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support, flush_figures

    plt.switch_backend(_INLINE)
    activate_matplotlib(_INLINE)
    if flush_figures not in shell().events.callbacks["post_execute"]:
        configure_inline_support(shell(), _INLINE)


class Shell:
    """
    Runs code in the IPython shell of this process; changes the process as the code does.

    Parameters
    ----------
    nb : NotebookNode
    cwd : str
        The folder it runs in.
    opened : str
        File for the record of what is read.
    """

    def __init__(self, nb: Any, cwd: str, opened: str) -> None:
        self.cwd, self.opened = cwd, opened

    def __enter__(self) -> "Shell":
        os.chdir(self.cwd)
        reads.start(project.root())
        shell()
        use_inline()
        return self

    def __exit__(self, *_: object) -> None:
        reads.dump(self.opened)
        os.chdir("/")

    def run(self, cell: Any, index: int | None = None) -> bool:
        """Run a cell; return whether it failed. Its outputs and, with an index, its execution count are set."""
        ip, streams, console = shell(), (sys.stdout, sys.stderr), _console_size()
        cell.outputs, count = ip.begin(), ip.execution_count
        sys.stdout, sys.stderr = _Stream(ip, "stdout"), _Stream(ip, "stderr")
        try:
            result = ip.run_cell(cell.source, store_history=index is not None)
        finally:
            sys.stdout, sys.stderr = streams
        if text := _console_since(console):  # of child processes and of code that is not Python
            ip.stream("stdout", text)
        if index is not None:
            cell.execution_count = count
        return not result.success

    def values(self, expressions: list[str]) -> dict[str, Any]:
        """Evaluate expressions; return what Jupyter keeps of each (status and data, or the error)."""
        ip = shell()
        ip.begin()
        return ip.user_expressions({e: e for e in expressions})


def _console_size() -> int | None:
    try:
        found = os.fstat(1)
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _console_since(start: int | None) -> str:
    if start is None or (_console_size() or 0) <= start:
        return ""
    try:
        with open("/dev/fd/1", "rb") as file:
            file.seek(start)
            return file.read(STREAM_LIMIT).decode("utf-8", "replace")
    except OSError:  # the code closed it
        return ""


class Kernel:
    """Runs code in a new Jupyter kernel: the reference, and the way where there is no fork; see :class:`Shell`."""

    def __init__(self, nb: Any, cwd: str, opened: str) -> None:
        from nbclient import NotebookClient

        more: dict[str, Any] = {"resources": {"metadata": {"path": cwd}}, "allow_errors": True, "timeout": None}
        self.client: Any = NotebookClient(nb, kernel_name="python3", **more)
        self.nb, self.opened = nb, opened

    def __enter__(self) -> "Kernel":
        try:
            self._start()
        except RuntimeError:  # of kernels that start at one moment two can take the same port: one dies
            self._start()
        self._asked("import press.reads, press.project\npress.reads.start(press.project.root())")
        return self

    def __exit__(self, *_: object) -> None:
        from nbclient.util import run_sync

        try:
            self._asked(f"press.reads.dump({self.opened!r})")
        finally:
            run_sync(self.client._async_cleanup_kernel)()

    def _start(self) -> None:
        self.client.create_kernel_manager()
        self.client.start_new_kernel(env=os.environ | {"PYTHONSAFEPATH": "1"})
        self.client.start_new_kernel_client()

    def _asked(self, code: str, **more: Any) -> dict[str, Any]:
        from nbclient.util import run_sync

        asked = self.client.kc.execute(code, silent=True, store_history=False, **more)
        return run_sync(self.client.async_wait_for_reply)(asked)["content"]

    def run(self, cell: Any, index: int | None = None) -> bool:
        """Run a cell; return whether it failed. Its outputs and, with an index, its execution count are set."""
        count, cell.outputs = cell.get("execution_count"), []
        self.client.nb, at = (self.nb, index) if index is not None else (type(self.nb)(cells=[cell]), 0)
        self.client.execute_cell(cell, at, store_history=index is not None)
        if index is None:
            cell.execution_count = count
        return any(output.output_type == "error" for output in cell.outputs)

    def values(self, expressions: list[str]) -> dict[str, Any]:
        """Evaluate expressions; return what Jupyter keeps of each (status and data, or the error)."""
        return self._asked("", user_expressions={e: e for e in expressions}).get("user_expressions", {})


class ExpressionFailed(Exception):
    """An inline expression, or what a cell shows in a further language, failed: name of the error, message, number of the cell, code."""


def last_expression(source: str) -> str | None:
    r"""
    Return the code of a cell's last statement where that is an expression whose value is shown, else None.

    Examples
    --------
    >>> last_expression("a = 1\na + 1"), last_expression("a = 1"), last_expression("a;")
    ('a + 1', None, None)
    """
    try:
        body = ast.parse(plain_code(source)).body
    except SyntaxError:
        return None
    if not body or not isinstance(body[-1], ast.Expr) or source.rstrip().endswith(";"):
        return None
    return ast.get_source_segment(plain_code(source), body[-1])


def skipped(cell: Any) -> bool:
    """Return whether a cell does not run: no code, empty, or tagged ``skip-execution``."""
    return cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in cell.metadata.get("tags", [])


def run_cells(
    runner: Any, books: dict[str, Any], hook: str = "", on_cell: Any = lambda index, failed: None
) -> int | None:
    """
    Run a notebook once and write what it shows in every language.

    Parameters
    ----------
    runner : Shell or Kernel
    books : dict of str to NotebookNode
        The notebook by language: the same cells, with Markdown in each language. The first is executed; in the others,
        the last expression of a cell that showed something is evaluated again with the language switched.
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
            twin.outputs, twin.execution_count = copy.deepcopy(cell.outputs), cell.execution_count
            if hook and not failed:
                _show_again(runner, twin, index, lang, speak)
        on_cell(index, failed)
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            return index
    return None


def _fill_text(runner: Any, cell: Any, index: int, lang: str, speak: Any) -> None:
    wanted = list(dict.fromkeys(expressions(cell.source)))
    cell.metadata.pop("user_expressions", None)
    if not wanted:
        return
    speak(lang)
    results = runner.values(wanted)
    for expression, result in results.items():
        if result["status"] != "ok":
            said = f"the expression {{eval}}`{expression}` in the text failed ({lang}): {result['evalue']}"
            raise ExpressionFailed(result["ename"], said, index + 1, cell.source)
    kept = ("status", "data", "metadata")
    entries = [{"expression": e, "result": {k: results[e][k] for k in kept}} for e in wanted]
    cell.metadata["user_expressions"] = entries


def _show_again(runner: Any, cell: Any, index: int, lang: str, speak: Any) -> None:
    from nbformat.v4 import new_code_cell

    shown = [o for o in cell.outputs if o.output_type in ("execute_result", "display_data")]
    source = last_expression(cell.source) if shown else None
    if source is None:
        return
    speak(lang)
    again = new_code_cell(source)
    if runner.run(again):
        error = next(o for o in again.outputs if o.output_type == "error")
        raise ExpressionFailed(error.ename, f"in {lang}, what the cell shows failed: {error.evalue}", index + 1, source)
    new = [o for o in again.outputs if o.output_type in ("execute_result", "display_data")]
    for output in new:
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count
    gone = shown[-len(new) :] if new else []
    cell.outputs = [o for o in cell.outputs if not any(o is old for old in gone)] + new
