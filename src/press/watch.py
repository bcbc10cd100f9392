"""Waits for a change in what reports are made from, so that the pages a person works on follow each edit."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from press import project, reads
from press.plan import Plan
from press.progress import say

_PAUSE = 0.2  # seconds between two looks at a thousand files, which take some milliseconds


def _stamps(files: Iterable[Any]) -> dict[str, Any]:
    return {str(file): reads.stamp(file) for file in files}


def _watched(planned: Plan) -> dict[str, Any]:
    base, reports = planned.digests.base, f"/{project.reports().name}/"
    read = {f"/{name}" for manifest in planned.manifests.values() if manifest for name in manifest["read"]}
    files = (base + name for name in read.union(planned.digests.known) if not name.startswith(reports))
    # the folder: a notebook that is away comes back
    return _stamps([project.root() / project.FILE, project.notebooks(), *project.notebooks().rglob("*.ipynb"), *files])


def rounds(planned: Plan, anew: Callable[[], Plan]) -> Iterator[Plan]:
    """
    Wait for changes, again and again.

    Parameters
    ----------
    planned : Plan
        What stood when the watch began.
    anew : callable
        Returns the plan of now, or raises ValueError: a notebook half saved, a faulty ``reports.toml``.

    Yields
    ------
    Plan
        Whenever something is to be made, at first at once. A report that failed is not made again until something changes
        that it depends on.

    It ends where only a new process takes a change in: of a module that reports import, a text it names, the lock, the press.
    """
    inputs, last, before = planned.inputs, list[str](), dict[str, Any]()
    taken_in = [*inputs.code.values(), *(path for _, path in inputs.texts), project.root() / project.setting("lock")]
    fixed = _stamps([*taken_in, *project.package_files("press")])
    while _stamps(fixed) == fixed:
        before = _watched(planned) | (before if last else {})
        try:
            planned = anew()
            made = {id_: m and m | {"status": "ok"} for id_, m in planned.manifests.items()}
            changed = [pair for pair in planned.run if any(planned.inputs.changes(pair[0], made[pair[0].id]))]
            planned.run, names = changed, [run.id for run, _ in changed + planned.render]
            if names and names != last:  # the same again could not be written
                yield planned
                last = names
                continue
            if _watched(planned).keys() - before.keys():  # first read in the last round
                continue
            say("Waiting for changes; Ctrl-C ends.")
        except ValueError as error:
            say(str(error))
        while _stamps(before) == before and _stamps(fixed) == fixed:
            time.sleep(_PAUSE)
        last = []
