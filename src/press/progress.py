"""What a person sees while reports are made: a live bar on a terminal, one line a report on a log, a summary."""

import contextlib
import os
import sys
import time
from typing import Any

from press import project


def be_quiet() -> None:
    """Print nowhere from here on: who reads what is printed does not decide what is made."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def say(text: str = "") -> None:
    """Print a line; a reader that is gone, or a log that is full, is no error."""
    try:
        print("\n".join(map(project.clean, text.split("\n"))), flush=True)
    except (OSError, ValueError):
        be_quiet()


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
        self.total, self.done, self.failed = total, 0, 0
        self.running: list[str] = []
        self.start = time.monotonic()
        self.live: Any = None

    def __enter__(self) -> "Progress":
        if sys.stdout and sys.stdout.isatty():
            from rich.live import Live

            self.live = Live(self._bar(), auto_refresh=False, transient=True)
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def _bar(self) -> Any:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        spent, ended = time.monotonic() - self.start, self.done + self.failed
        left = f"about {_span(spent / ended * (self.total - ended))} left" if ended else "time left not known yet"
        grid = Table.grid(padding=(0, 1))
        grid.add_row(ProgressBar(total=self.total, completed=ended, width=40), Text(f"{ended}/{self.total}"))
        said = Text(f"{self.done} made, {self.failed} failed, {self.total - ended} left; {_span(spent)} so far, {left}")
        return Group(grid, said, *(Text(f"  {name}", style="dim") for name in self.running))

    def waiting(self, running: list[str]) -> None:
        """Show which runs are being made now."""
        self.running = running
        if self.live:
            self.live.update(self._bar(), refresh=True)

    def finished(self, outcome: Any) -> None:
        """Count one finished run; on a log, print its line."""
        self.done += outcome.status == "ok"
        self.failed += outcome.status != "ok"
        line = f"[{self.done + self.failed}/{self.total}] {outcome.run.id}  {outcome.seconds:.1f} s"
        if outcome.status != "ok":
            line += f"  FAILED: {project.clean(outcome.error or '')}"
        if self.live:
            if outcome.status != "ok":
                self.live.console.print(line, style="red", markup=False, highlight=False)
        else:
            say(line)

    def summary(self, outcomes: list[Any]) -> None:
        """Print how many were made and failed, the slowest, and how to run the failed again."""
        spent = time.monotonic() - self.start
        bad = [o for o in outcomes if o.status != "ok"]
        say(f"{len(outcomes) - len(bad)} reports made, {len(bad)} failed, in {_span(spent)}.")
        slow = sorted(outcomes, key=lambda o: -o.seconds)[:5]
        if len(outcomes) > 5:
            say("slowest: " + ", ".join(f"{o.run.id} {o.seconds:.1f} s" for o in slow))
        for o in bad:
            say(f"failed: {o.run.id}: {o.error}")
        if bad:
            again = f"{project.command()} run"
            which = " --failed" if all(o.status == "failed" for o in bad) else ""
            one = f"; one: {again} --only {bad[0].run.id}" if len(bad) > 1 else ""
            say(f"to run the failed again: {again}{which}{one}")
