"""What a person sees while reports are made: a live bar on a terminal, one line a report on a log, a summary."""

import sys
import time


def _span(seconds):
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

    def __init__(self, total):
        self.total, self.done, self.failed, self.running = total, 0, 0, []
        self.start, self.live = time.monotonic(), None

    def __enter__(self):
        if sys.stdout.isatty():
            from rich.live import Live

            self.live = Live(self._bar(), auto_refresh=False, transient=True)
            self.live.start()
        return self

    def __exit__(self, *_):
        if self.live:
            self.live.stop()

    def _bar(self):
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

    def waiting(self, running):
        """Show which runs are being made now."""
        self.running = running
        if self.live:
            self.live.update(self._bar(), refresh=True)

    def finished(self, outcome):
        """Count one finished run; on a log, print its line."""
        self.done += outcome.status == "ok"
        self.failed += outcome.status != "ok"
        line = f"[{self.done + self.failed}/{self.total}] {outcome.run.id}  {outcome.seconds:.1f} s"
        if outcome.status != "ok":
            line += f"  FAILED: {outcome.error}"
        if self.live:
            if outcome.status != "ok":
                self.live.console.print(line, style="red", markup=False, highlight=False)
        else:
            print(line.replace("\n", " | "), flush=True)

    def summary(self, outcomes):
        """Print how many were made and failed, the slowest, and how to run the failed again."""
        spent = time.monotonic() - self.start
        bad = [o for o in outcomes if o.status != "ok"]
        print(f"{len(outcomes) - len(bad)} reports made, {len(bad)} failed, in {_span(spent)}.")
        slow = sorted(outcomes, key=lambda o: -o.seconds)[:5]
        if len(outcomes) > 5:
            print("slowest: " + ", ".join(f"{o.run.id} {o.seconds:.1f} s" for o in slow))
        for o in bad:
            print(f"failed: {o.run.id}: {o.error}")
        if bad:
            print(
                "to run the failed again: helpers run"
                + (" --failed" if all(o.status == "failed" for o in bad) else "")
                + (f"; one: helpers run --only {bad[0].run.id}" if len(bad) > 1 else "")
            )
