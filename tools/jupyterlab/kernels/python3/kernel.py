"""
What runs the cells of a notebook in `make lab`: after an error nothing that was asked for with it runs, and nothing old passes for new.

JupyterLab asks for all cells of a run at once, and for the numbers in the text between them (jupyterlab-myst). ipykernel forgets an
error as soon as no cell waits, so that cells which come a moment later run on what an earlier run has left.
"""

import math
import re
import symtable
import sys
import time
from pathlib import Path

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

PAUSE = 1.0  # seconds: a cell asked for sooner after another, or after an error, belongs to the same run
STOPPED = {
    "en": ("Stopped here: nothing below has been run since.", "[not computed]"),
    "vi": ("Dừng ở đây: các ô bên dưới chưa được chạy lại.", "[chưa tính]"),
}


class Kernel(IPythonKernel):
    """IPython's, in which an error stops the run, and takes away what the cells that did not run would have made."""

    language_info = {"name": "python"}  # as git keeps it: a notebook that was only opened is not marked as changed

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        self.browser, self.ahead = "", math.inf  # who asks; by how many seconds this clock is ahead of theirs
        self.together: set[str | None] = set()  # the cells of the run, as far as they were asked for
        self.last = self.until = -math.inf  # by the browser's clock: when the last was asked for, when one failed
        self.failed = False
        self.stops = True
        self.gone: set[str] = set()

    async def execute_request(self, stream, ident, parent):  # noqa: ANN201
        """Run what a message asks for, or answer that it does not run; the numbers in the text are always looked up."""
        content, header, cell = parent["content"], parent["header"], parent["metadata"].get("cellId")
        asked = header["date"].timestamp()
        if header["session"] != self.browser or asked < self.last:  # another clock, or one that was put back
            self.browser, self.ahead, self.last, self.until = header["session"], math.inf, -math.inf, -math.inf
        self.ahead = min(self.ahead, time.time() - asked)
        self.stops, content["stop_on_error"] = content.get("stop_on_error", True), False
        if content["code"]:
            if cell in self.together or asked > max(self.last, self.until) + PAUSE:
                self.together, self.failed = set(), False  # another run
            self.together.add(cell)
            self.last = asked
        if content["code"] and self.failed:
            self.forget(content["code"], self.shell.user_ns)
            self.session.send(stream, "execute_reply", {"status": "aborted"}, parent, ident=ident)
        else:
            await super().execute_request(stream, ident, parent)

    async def do_execute(self, code, silent, **given):  # noqa: ANN201
        """Run a cell; where it fails, say so for what follows."""
        before = dict(self.shell.user_ns)
        reply = await super().do_execute(code, silent, **given)
        words = sys.modules.get("helpers.words")
        said, blank = STOPPED[words.language() if words else "en"]
        if reply["status"] == "error" and self.stops and not silent:
            self.failed, self.until = True, time.time() - self.ahead
            self.forget(code, before)
            print(said, file=sys.stderr)
        for name, found in reply["user_expressions"].items():
            lost = re.fullmatch(r"name '(\w+)' is not defined", found.get("evalue", ""))
            if lost and lost[1] in self.gone:
                reply["user_expressions"][name] = {"status": "ok", "data": {"text/plain": blank}, "metadata": {}}
        return reply

    def forget(self, code: str, before: dict[str, object]) -> None:
        """Take away what a cell would have made anew and did not: what is as ``before`` it."""
        try:
            symbols = symtable.symtable(self.shell.transform_cell(code), "cell", "exec").get_symbols()
        except SyntaxError:
            return
        made = self.shell.user_ns
        for name in (s.get_name() for s in symbols if s.is_assigned() and not s.is_imported()):
            self.gone.add(name)
            if made.get(name) is before.get(name):
                made.pop(name, None)


if __name__ == "__main__":
    # modules beside a notebook (lessons/checks.py) are found; last, so that none stands for a library
    sys.path.append(str(Path.cwd()))
    IPKernelApp.launch_instance(kernel_class=Kernel)
