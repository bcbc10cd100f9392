"""What a person sees while reports are made: one line that is written over on a terminal, one line a report on a log, a summary."""

import os
import shutil
import sys
import time
from typing import Any

from press import project


class Outlet:
    """
    A standard output that goes nowhere once its reader is gone, or the log is full: neither is an error, nor decides what is made.

    Parameters
    ----------
    stream : text stream
        What it stands for.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Print a text at once."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return len(text)


def say(text: str, start: str = "", end: str = "\n") -> None:
    """
    Print lines.

    Parameters
    ----------
    text : str
    start, end : str
        What is printed before and after it.
    """
    print(start + "\n".join(map(project.clean, text.split("\n"))), end=end)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class Progress:
    """
    Shows a run's progress.

    Parameters
    ----------
    total : int
        Reports to make.
    """

    def __init__(self, total: int) -> None:
        self.total, self.done, self.failed, self.start = total, 0, 0, time.monotonic()
        terminal = sys.stdout and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self.over = "\r\x1b[K" if terminal else ""  # written before what is shown over a line
        self.shown = ""

    def waiting(self, running: list[str]) -> None:
        """Show which runs are being made now."""
        if self.over:
            spent, ended = time.monotonic() - self.start, self.done + self.failed
            left = f"about {_span(spent / ended * (self.total - ended))} left" if ended else "time left not known yet"
            text = f"{self.done} made, {self.failed} failed, {self.total - ended} left; {left}; {', '.join(running)}"
            text = text[: max(20, shutil.get_terminal_size((120, 24)).columns - 1)]
            if text != self.shown:
                say(text, self.over, "")
            self.shown = text

    def finished(self, outcome: Any) -> None:
        """Count one finished run; on a log, or where it failed, print its line."""
        self.done += outcome.status == "ok"
        self.failed += outcome.status != "ok"
        line = f"[{self.done + self.failed}/{self.total}] {outcome.run.id}  {outcome.seconds:.1f} s"
        if outcome.status != "ok":
            say(f"{line}  FAILED: {project.clean(outcome.error or '')}", self.over)
        elif not self.over:
            say(line)

    def summary(self, outcomes: list[Any]) -> None:
        """Print how many were made and failed, the slowest, and how to run the failed again."""
        bad = [o for o in outcomes if o.status != "ok"]
        spent = _span(time.monotonic() - self.start)
        say(f"{len(outcomes) - len(bad)} reports made, {len(bad)} failed, in {spent}.", self.over)
        if len(outcomes) > 5:
            slow = sorted(outcomes, key=lambda o: -o.seconds)[:5]
            say("slowest: " + ", ".join(f"{o.run.id} {o.seconds:.1f} s" for o in slow))
        for o in bad:
            say(f"failed: {o.run.id}: {o.error}")
        for o in (o for o in outcomes if o.late):
            say(f"out of date already: {o.run.id}: {', '.join(o.late)} changed while it was made; run again")
        if bad and bad[0].run.id.startswith("interactive/"):  # not in the catalogue
            say(f"to make it again: {project.command()} {bad[0].run.words}")
        elif bad:
            again, all_failed = f"{project.command()} run", all(o.status == "failed" for o in bad)
            one = f"; one: {again} {project.chosen(bad[0].run.id)}" if len(bad) > 1 else ""
            say(f"to run the failed again: {again}{' --failed' if all_failed else ''}{one}")
