"""A papermill engine that runs a notebook's cells in an IPython shell inside a fork of one warmed process."""

import base64
import io
import json
import os
import sys
import time

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell

STREAM_LIMIT = 200_000
_INLINE = "module://matplotlib_inline.backend_inline"


def _text(value):
    return str(value).encode("utf-8", "replace").decode()


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, shell, name):
        self.shell, self.name = shell, name

    def writable(self):
        return True

    def write(self, text):
        self.shell.stream(self.name, _text(text))
        return len(text)


class _Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.put("execute_result", format_dict, md_dict, execution_count=self.prompt_count)

    def finish_displayhook(self):
        self._is_active = False


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self.shell.put("display_data", data, metadata, display_id=(transient or {}).get("display_id"), update=update)

    def clear_output(self, wait=False):
        self.shell.clear(wait)


class ZMQFreeShell(InteractiveShell):
    """
    An IPython shell that keeps what a cell shows as notebook outputs.

    pandas looks for "zmq" in the name of the shell's class to tell a notebook from a terminal: hence the name.
    """

    displayhook_class = _Hook
    display_pub_class = _Publisher

    def begin(self):
        """Start a new cell and return the list its outputs will appear in."""
        self.outputs, self.size, self.clearing = [], 0, False
        self.handles = getattr(self, "handles", {})
        return self.outputs

    def clear(self, wait=False):
        """Drop the outputs of the running cell, at once or when the next one comes."""
        self.clearing = wait
        if not wait:
            self.outputs.clear()

    def _append(self, output):
        from nbformat import from_dict

        if self.clearing:
            self.clear()
        self.outputs.append(from_dict(output))
        return self.outputs[-1]

    def put(self, kind, data, metadata, display_id=None, update=False, **more):
        """Add one rich output, or change every earlier output shown under ``display_id``."""
        data = {
            k: base64.b64encode(v).decode("ascii") if isinstance(v, bytes) else _text(v) if isinstance(v, str) else v
            for k, v in data.items()
        }
        content = {"data": data, "metadata": metadata or {}}
        if update:
            for output in self.handles.get(display_id, []):
                output.update(content)
            return
        output = self._append({"output_type": kind, **content, **more})
        if display_id:
            self.handles.setdefault(display_id, []).append(output)

    def stream(self, name, text):
        """Add printed text; past the limit of a cell the rest is dropped."""
        if self.size > STREAM_LIMIT:
            return
        self.size += len(text)
        if not self.clearing and self.outputs and self.outputs[-1].get("name") == name:
            self.outputs[-1]["text"] += text
        elif text:
            self._append({"output_type": "stream", "name": name, "text": text})

    def _showtraceback(self, etype, evalue, stb):
        try:
            said = _text(evalue)
        except Exception as error:  # noqa: BLE001 (an error that cannot even be shown)
            said = f"(its message cannot be shown: {type(error).__name__})"
        self._append(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": said[:STREAM_LIMIT],
                "traceback": [_text(line[:STREAM_LIMIT]) for line in stb],
            }
        )


def shell():
    """Return the one shell of this process, made at first use; it starts no thread and writes no history."""
    current = InteractiveShell._instance
    if isinstance(current, ZMQFreeShell):
        return current
    HistoryManager.enabled = False
    for cls in InteractiveShell._walk_mro():
        cls._instance = None
    made = ZMQFreeShell.instance(colors="nocolor", display_page=True)
    made.begin()
    return made


def use_inline():
    """Make pyplot show its figures as the stock kernel does; needs :func:`shell`."""
    os.environ["MPLBACKEND"] = _INLINE
    import matplotlib.pyplot as plt
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support, flush_figures

    plt.switch_backend(_INLINE)
    activate_matplotlib(_INLINE)
    if flush_figures not in shell().events.callbacks["post_execute"]:
        configure_inline_support(shell(), _INLINE)


def run_cells(nb):
    """
    Run a notebook's code cells in this process, writing their outputs into it.

    Parameters
    ----------
    nb : NotebookNode
        Changed in place: outputs and execution counts.

    Yields
    ------
    (int, bool or None)
        Position of a cell, and None when it starts, then whether it failed. After a failure nothing more runs,
        unless the cell is tagged ``raises-exception``.
    """
    ip, streams = shell(), (sys.stdout, sys.stderr)
    try:
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            yield index, None
            cell.outputs, cell.execution_count = ip.begin(), ip.execution_count
            sys.stdout, sys.stderr = _Stream(ip, "stdout"), _Stream(ip, "stderr")
            result = ip.run_cell(cell.source, store_history=True)
            sys.stdout, sys.stderr = streams
            failed = not result.success
            yield index, failed
            if failed and "raises-exception" not in cell.metadata.get("tags", []):
                return
    finally:
        sys.stdout, sys.stderr = streams


def _child(nb, pipe):
    os.setpgid(0, 0)
    shell()
    use_inline()
    for index, failed in run_cells(nb):
        pipe.send((index, failed, None))
    pipe.send((None, None, [(cell.get("outputs"), cell.get("execution_count")) for cell in nb.cells]))


def _in_fork(nb, timeout):
    import multiprocessing
    import signal

    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(nb, theirs))
    process.start()
    theirs.close()
    deadline = time.monotonic() + timeout if timeout else None
    try:
        while True:
            if not ours.poll(max(0, deadline - time.monotonic()) if deadline else None):
                raise TimeoutError(f"the notebook was stopped after {timeout} seconds.")
            index, failed, outputs = ours.recv()
            if outputs is not None:
                for cell, (out, count) in zip(nb.cells, outputs, strict=True):
                    if cell.cell_type == "code":
                        cell.outputs, cell.execution_count = out, count
                return
            yield index, failed
    except EOFError:
        process.join()
        raise RuntimeError(
            f"the process that ran the notebook ended by itself (exit code {process.exitcode})."
        ) from None
    finally:
        if process.is_alive():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                process.kill()
        process.join()


class ForkEngine:
    """
    Engine ``fork``: ``papermill --engine fork``; one child process a notebook, so that no state leaks and a crash ends one notebook only.

    It borrows papermill's base class when called and does not inherit from it: papermill loads this module while it is itself being loaded.
    """

    @classmethod
    def execute_notebook(cls, *args, **options):
        """Run a notebook under papermill's manager (see ``papermill.engines.Engine``)."""
        from papermill.engines import Engine

        return Engine.execute_notebook.__func__(cls, *args, **options)

    @classmethod
    def nb_kernel_name(cls, nb, name=None):
        """Return the kernel's name, which papermill wants to know."""
        return name or nb.metadata.get("kernelspec", {}).get("name", "python3")

    @classmethod
    def nb_language(cls, nb, language=None):
        """Return "python": there is no other here."""
        return language or "python"

    @classmethod
    def execute_managed_notebook(
        cls, nb_man, kernel_name, *, here=False, journal=None, timeout=None, execution_timeout=None, **_
    ):
        """
        Run the notebook held by papermill's manager.

        Parameters
        ----------
        nb_man : NotebookExecutionManager
            papermill's record of the run.
        kernel_name : str
            Ignored: the cells run in this interpreter.
        here : bool
            Whether this process is already one notebook's own child; else a child is forked.
        journal : str, optional
            File that gets one JSON line a finished cell, so that a crash leaves what was done.
        timeout, execution_timeout : float, optional
            Seconds for the whole notebook, when a child is forked here.
        """
        events = run_cells(nb_man.nb) if here else _in_fork(nb_man.nb, timeout or execution_timeout)
        for index, failed in events:
            cell = nb_man.nb.cells[index]
            if failed is None:
                nb_man.cell_start(cell, index)
            elif failed:
                nb_man.cell_exception(cell, cell_index=index)
            else:
                nb_man.cell_complete(cell, cell_index=index)
            if journal:
                done = failed is not None
                line = {
                    "cell": index,
                    "done": done,
                    "count": cell.execution_count,
                    "outputs": cell.outputs if done else [],
                }
                with open(journal, "a", encoding="utf-8") as record:
                    record.write(json.dumps(line) + "\n")
