"""
Runs the press's commands for the tests, each in a fork of one process that has imported everything already.

With names of modules, it imports these and runs ``python -m ...`` in its forks.
"""

import ctypes
import datetime
import gc
import importlib
import itertools
import json
import os
import resource
import runpy
import signal
import sys
import tempfile
import time

# what reports of the tests import, and what the press imports for a page in print, a traceback, a process
NEEDED = (
    "pandas, matplotlib.pyplot, weasyprint, weasyprint.text.fonts, IPython.core.debugger, stack_data, babel.messages.pofile, "
    "multiprocessing.connection, multiprocessing.popen_fork"
)


def _turn_clock_back(start):
    """Let each look at the clock find it an hour earlier than the last one did."""
    seen = itertools.count(start, -3600)

    class Back(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(next(seen), tz)

    time.time, time.time_ns = lambda: float(next(seen)), lambda: next(seen) * 10**9
    datetime.datetime = Back


def _give_up_rights():
    """Be root who may not read what is not root's: without dac_override, dac_read_search and fowner."""
    libc, rights = ctypes.CDLL(None, use_errno=True), (1, 2, 3)
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    kept = ~sum(1 << right for right in rights) & 0xFFFFFFFF
    if libc.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget")
    sets[:3] = [word & kept for word in sets[:3]]
    if any(libc.prctl(24, right, 0, 0, 0) for right in rights) or libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def _become(order):
    """Go on as ``python -m MODULE`` with the arguments, the environment and the folder of the order."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # ends with the process it is a fork of
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"], JPY_PARENT_PID=str(os.getppid()))
    if "dask.config" in sys.modules:
        sys.modules["dask.config"].refresh()
    sys.path[0] = ""
    sys.argv[:] = ["", *order["args"]]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


def _press(order):
    """Carry out a command of the press; return its exit code."""
    from press import cli

    if "FILE_SIZE" in order["env"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(order["env"]["FILE_SIZE"]),) * 2)
    if "CLOCK" in order["env"]:
        _turn_clock_back(int(order["env"]["CLOCK"]))
    if "LIMITED" in order["env"]:
        _give_up_rights()
    os.environ.update(order["env"], PRESS_ROOT=order["root"])
    tempfile.tempdir = None  # looked up again
    return cli.main(order["args"])


def main(warm):
    """Read orders as JSON lines; answer each with the process id of its fork, and (unless it is not waited for) its exit code."""
    warm()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            out = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.setsid()
            try:
                code = (_become if "module" in order else _press)(order)
            except SystemExit as stop:
                code = stop.code
            except BaseException:
                import traceback

                traceback.print_exc()
                code = 99
            sys.stdout.flush()
            os._exit(code or 0)
        print(json.dumps(child), flush=True)
        if order["wait"]:
            print(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])), flush=True)


def _warm_press():
    from press import cli, execute

    cli.environment()
    cli.make_folders()
    execute.warm([f"import {NEEDED}"])


def _warm_modules():
    """Import modules, and what they import; ours are forgotten: they look at the shell in which they are imported."""
    for name in sys.argv[1:]:
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("helpers", "articles", "press")]:
        del sys.modules[name]
    gc.freeze()


if __name__ == "__main__":
    main(_warm_modules if sys.argv[1:] else _warm_press)
